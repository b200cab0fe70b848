"""The calls that a worker recorded: read with care, shown as curves, and never believed."""

import math
from pathlib import Path

import pytest
from mnist_images import training_curves

from grader.assignment import Assignment
from grader.boundary.requests import MAX_CALLS
from grader.judge.attempt import OWN
from grader.judge.grading import Grading
from grader.processes.workers import Workers
from grader.report.formats import html
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from grader.settings import Settings
from grader.submission import read_submission
from grader.suite.recorded import Call, calls_with, read_calls
from tests.meta.fakes.worker import conversation, example


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [((True,), (1.0,))] * (MAX_CALLS + 1),
        [((True,), (1,))],
        [((1,), (1.0,))],
        [((True,), (1.0,), ())],
        [((True,) * 9, (1.0,))],
        [((True,), (1.0,) * 5)],
        ["no call"],
    ],
)
def test_answer_of_another_form_is_no_call_at_all(answer: object) -> None:
    assert read_calls(answer) == []


def test_question_of_the_homework_tells_how_its_model_was_trained(
    assignment: Assignment, workers: Workers, tmp_path: Path, parts_source: str
) -> None:
    """The model, loss and optimizer are the submission's; another model's training is not told."""
    path = tmp_path / "student.py"
    trained = """
def train(model):
    loader = DataLoader(torch.randn(20, 784), torch.arange(20) % 10)
    for _ in range(2):
        epoch(model, loader, CrossEntropyLoss(), SGD(model.parameters(), 0.1))
        epoch(model, loader, CrossEntropyLoss())
    return model

other, linear_model = train(Linear(784, 10)), train(Linear(784, 10))
"""
    path.write_text(parts_source.replace("def eval_linear_model", f"{trained}\n\ndef eval_linear_model", 1))
    with Grading(read_submission(path), assignment, Settings(), workers) as grading:
        grading.start(["eval_linear_model"])
        with grading.check("eval_linear_model", OWN) as conversation:
            calls = calls_with(conversation.submission.eval_linear_model())
    assert [call.given[3] for call in calls] == [True, False, True, False]
    assert calls[3].numbers[0] < calls[1].numbers[0] < calls[0].numbers[0]


class Calls:
    """Stands for a recorder: what it tells of any object, or an exception."""

    def __init__(self, told: object) -> None:
        self._told = told

    def calls_with(self, subject: object) -> object:
        if isinstance(self._told, Exception):
            raise self._told
        return self._told


@pytest.mark.parametrize("kind", ["told", "silent"])
@pytest.mark.parametrize(
    ("recorder", "expected"),
    [
        ([((True, False), (1.5, 2.0))], [Call((True, False), (1.5, 2.0))]),
        ([], []),
        (7, []),
        (ValueError("no"), []),
    ],
    ids=repr,
)
def test_calls_are_read_or_none_and_no_check_fails(kind: str, recorder: object, expected: list[Call]) -> None:
    worker, session, submission = conversation(kind, "model = 1")
    worker.state.recorder = Calls(recorder)  # type: ignore[assignment]
    found: list[Call] = []
    example(session, lambda: found.extend(calls_with(submission.model)))
    session.finish()
    assert found == expected


def called(*numbers: float, training: bool) -> Call:
    return Call((True, True, True, training), numbers)


def test_evaluations_belong_to_the_epoch_before_them() -> None:
    calls = [
        called(9.0, 0.9, training=False),
        called(3.0, 0.3, training=True),
        called(2.0, 0.2, training=False),
        called(2.5, 0.25, training=False),
        called(math.nan, 0.1, training=True),
        called(1.0, 0.1, training=False),
        Call((True, True, True), (5.0, 5.0)),
    ]
    loss, error = training_curves("model", calls)
    assert {series.name: series.points for series in loss.series} == {
        "evaluation": ((0, 9.0), (1, 2.0), (2, 1.0)),
        "training": ((1, 3.0),),
        "evaluation 2": ((1, 2.5),),
    }
    assert {series.name: series.points for series in error.series}["training"] == ((1, 0.3), (2, 0.1))
    assert "not a number are left out" in loss.note


def test_page_says_why_nothing_is_drawn() -> None:
    (curves,) = training_curves("model", [])
    result = CheckResult(name="t", title="t", verdict=Verdict.PASSED, max_score=1.0, figures=(curves,))
    card = Scorecard(
        assignment="hw3",
        submission="s.py",
        sha256="",
        grader_version="",
        seed=0,
        effort="quick",
        isolation="",
        questions=(QuestionResult(name="eval_linear_model", checks=(result,)),),
    )
    page = html.render(card)
    assert "Not drawn: the submission&#39;s own `epoch` was not seen" in page
    assert "<svg" not in page
