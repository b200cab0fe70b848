"""Where memory is little, the scorecard says so, and what trains runs one after the other."""

from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.judge import grading as grading_module
from grader.judge.attempt import OWN
from grader.judge.grade import grade
from grader.judge.grading import Grading
from grader.machine import memory
from grader.processes.workers import Workers
from grader.settings import Settings
from grader.submission import read_submission
from grader.suite.ask import fetch


def test_too_little_memory_is_a_warning_of_the_scorecard(
    assignment: Assignment, workers: Workers, tmp_path: Path, parts_source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "warning", lambda: "512 MiB of memory are here")
    path = tmp_path / "student.py"
    path.write_text(parts_source)
    scorecard = grade(read_submission(path), assignment, Settings(only=("SGD",)), workers=workers)
    assert scorecard.warnings == ("512 MiB of memory are here",)


@pytest.mark.parametrize("little", [True, False])
def test_where_memory_is_little_one_question_trains_at_a_time(
    little: bool,
    assignment: Assignment,
    workers: Workers,
    tmp_path: Path,
    parts_source: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_back: list[int] = []
    monkeypatch.setattr(grading_module, "cores", lambda: 3)  # two for trainings, if there is memory for them
    monkeypatch.setattr(memory, "is_little", lambda: little)
    monkeypatch.setattr(memory, "give_back", lambda: given_back.append(alive()))
    path = tmp_path / "student.py"
    trained = "\nlinear_model, two_layer_model = Linear(784, 10), TwoLayerNN(784, 300, 10)\n"
    for name in ("linear_model", "two_layer_nn"):
        parts_source = parts_source.replace(f"def eval_{name}", f"{trained}\n\ndef eval_{name}")
    path.write_text(parts_source)
    questions = ["eval_linear_model", "eval_two_layer_nn"]

    def alive() -> int:
        return sum(shared.worker.is_alive for shared in grading._shared.values())

    with Grading(read_submission(path), assignment, Settings(), workers) as grading:
        grading.start(questions)
        assert alive() == (0 if little else 2)
        for question in (*questions, questions[0]):
            with grading.check(question, OWN) as conversation:
                fetch(conversation.submission.Linear(2, 3))
            assert alive() == (1 if little else 2)
    assert given_back == ([0, 0, 0] if little else [])  # when nothing else trains, and before the next does
