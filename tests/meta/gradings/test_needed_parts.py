"""What a question needs: graded first whatever was asked for, replaced where wrong, and missing where unwritten."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import Assignment
from grader.gradebook.handout import blocks_of, name_of
from grader.judge.grade import grade
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from grader.settings import Settings
from tests.meta.gradings.outcomes import lost, verdicts
from tests.meta.tools.command import Run
from tests.meta.tools.repository import ROOT
from tests.meta.tools.toy import suite_of

Grade = Callable[..., Scorecard]

TABLE = """
title = "Toy homework"
reference = "reference.py"
stand_ins = "stand_ins.py"
limit_s = 20
[[question]]
name = "part"
[question.checks]
test_part = 4
[[question]]
name = "trained"
needs = ["part"]
background = true
[question.checks]
test_trained = 6
"""
SUITE = '''
"""A part, and what is trained with it."""
from grader.suite import expect
from grader.suite.checks import check

@check("part")
def test_part(submission):
    """part(x) is twice x."""
    expect.equal(submission.part(21), 42)

@check("trained", hint="train for a few epochs")
def test_trained(submission):
    """trained() gives a model."""
    expect.equal(submission.trained(), 6)
'''
PART = "def part(x):\n    return {0} * x\n"
TRAINED = "model = 0\n{0}\ndef trained():\n    return model\n"


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "assignment.toml").write_text(TABLE)
    (folder / "stand_ins.py").write_text(PART.format(2))
    suite_of(folder).write_text(SUITE)
    return folder


@pytest.mark.parametrize(("verdict", "carried"), [(Verdict.PASSED, ()), (Verdict.FAILED, ("part",))])
def test_what_is_known_of_a_needed_part_counts(homework: Path, verdict: Verdict, carried: tuple[str, ...]) -> None:
    path = homework.parent / "hw.py"
    path.write_text(PART.format(2) + TRAINED.format("model = part(3)"))
    result = CheckResult(name="test_part", title="Twice.", verdict=verdict, max_score=4.0)
    known = QuestionResult(name="part", checks=(result,))
    card = grade(path, homework, Settings(only=("trained",)), known=[known])
    (check,) = card.checks
    assert (check.name, check.verdict, check.carried_forward) == ("test_trained", Verdict.PASSED, carried)


def trained(run: Run, homework: Path, source: str, *options: str) -> dict[str, Any]:
    """The check of what is trained."""
    path = homework.parent / "hw.py"
    path.write_text(source)
    card = json.loads(run(path, "--assignment", homework, "--json", "-", *options).stdout)
    (check,) = card["questions"][-1]["checks"]
    assert options == () or [question["name"] for question in card["questions"]] == ["trained"]
    assert card["max_score"] == (6.0 if options else 10.0)
    return {**check, "duration_s": 0}


@pytest.mark.parametrize(
    ("factor", "training", "verdict", "carried"),
    [
        (2, "model = part(3)", "passed", []),
        (3, "model = part(3)", "passed", ["part"]),
        (3, "model = part(2)", "passed", []),  # with its own part, whatever that is
        (2, "model = part(1)", "failed", []),
        (3, "model = part(1)", "failed", []),
    ],
)
def test_question_that_is_asked_for_alone_has_the_result_that_it_has_among_all(
    run: Run, homework: Path, factor: int, training: str, verdict: str, carried: list[str]
) -> None:
    source = PART.format(factor) + TRAINED.format(training)
    alone = trained(run, homework, source, "--only", "trained")
    assert (alone["verdict"], alone["carried_forward"]) == (verdict, carried)
    assert alone == trained(run, homework, source)


def test_parts_that_nobody_asked_for_are_graded_silently(run: Run, homework: Path) -> None:
    path = homework.parent / "hw.py"
    path.write_text(PART.format(2) + TRAINED.format("model = part(3)"))
    done = run(path, "--assignment", homework, "--only", "trained")
    assert done.returncode == 0
    assert "part:" not in done.stdout
    assert "grading part" not in done.stdout
    assert "trained 6/6" in done.stdout


# --- a statement that trains has raised -------------------------------------------------------------------------------


LOOP = "model = part(1)\nfor step in range(3):\n    model += [1][step]"


@pytest.mark.parametrize(
    ("training", "raised"),
    [
        ("model = part(3) / 0", "line 4 raised ZeroDivisionError: division by zero"),
        (LOOP, "line 6 raised IndexError: list index out of range"),
    ],
)
def test_training_that_raised_is_told_first_and_no_hint_to_train_follows(
    run: Run, homework: Path, training: str, raised: str
) -> None:
    check = trained(run, homework, PART.format(2) + TRAINED.format(training), "--only", "trained")
    first, *rest = check["message"].splitlines()
    assert first == f"hw.py, {raised}, so the model was not trained"
    assert rest
    assert (check["verdict"], check["hint"], check["diagnosis"], check["snippet"]) == ("failed", "", "", "")


def test_training_that_did_not_raise_keeps_its_hint(run: Run, homework: Path) -> None:
    check = trained(run, homework, PART.format(2) + TRAINED.format("model = part(1)"), "--only", "trained")
    assert check["hint"] == "train for a few epochs"
    assert "not trained" not in check["message"]


# --- not written ------------------------------------------------------------------------------------------------------

FORWARD = "        return self.linear2(torch.relu(self.linear1(X)))"
LINEAR_FORWARD = "        return X @ self.weight.T"


def test_network_that_was_not_written_earns_nothing_by_a_stand_in(grade_source: Grade, reference_source: str) -> None:
    assert reference_source.count(FORWARD) == 1
    scorecard = grade_source(reference_source.replace(FORWARD, "        pass"), only=["eval_two_layer_nn"])
    assert scorecard.score == 0
    assert set(verdicts(scorecard, "eval_two_layer_nn").values()) == {Verdict.BLOCKED}
    told = "eval_two_layer_nn needs TwoLayerNN. TwoLayerNN is not written yet: fill in forward (student.py, line "
    assert all(check.message.startswith(told) for check in scorecard.checks)


def test_part_that_lacks_a_method_is_missing_where_it_is_needed_and_graded_by_itself(
    grade_source: Grade, parts_source: str
) -> None:
    assert parts_source.count(LINEAR_FORWARD) == 1
    scorecard = grade_source(parts_source.replace(LINEAR_FORWARD, "        pass"), only=["Linear", "TwoLayerNN"])
    assert lost(scorecard) == {"Linear", "TwoLayerNN"}
    assert verdicts(scorecard, "Linear")["test_weight"] is Verdict.PASSED
    found = verdicts(scorecard, "TwoLayerNN")
    assert found["test_two_layer_forward"] is Verdict.BLOCKED
    assert found["test_two_layers"] is Verdict.PASSED  # the layers are there


def test_loader_that_needs_no_next_trains_with_its_own_parts(grade_source: Grade, reference_source: str) -> None:
    """A generator in __iter__: wrong by itself, and its trainings are the student's own."""
    start = reference_source.index("    def __iter__")
    end = reference_source.index("def epoch")
    generator = (
        "    def __iter__(self):\n"
        "        for start in range(0, len(self.X), self.batch_size):\n"
        "            yield self.X[start : start + self.batch_size], self.y[start : start + self.batch_size]\n\n"
        "    def __next__(self):\n        pass\n\n\n"
    )
    source = reference_source[:start] + generator + reference_source[end:]
    scorecard = grade_source(source, only=["DataLoader", "eval_linear_model"])
    assert lost(scorecard) == {"DataLoader"}
    assert not scorecard.questions[-1].carried_forward


def test_assignment_lists_the_methods_that_the_template_leaves_empty(assignment: Assignment) -> None:
    _, blocks = blocks_of((ROOT / "student_template" / "hw3.py").read_text(encoding="utf-8"))
    for question in assignment.questions:
        (block,) = [block for block in blocks if name_of(block) == question.name]
        empty = [part.split("(")[0] for part in block.split("    def ")[1:] if "### BEGIN YOUR CODE" in part]
        assert list(question.methods) == (empty if block.startswith("class") else [])
