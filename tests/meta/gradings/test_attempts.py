"""Attempts: a mistake costs its own question, a slice never costs points, and a hang is not waited for twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.judge.attempt import Attempt
from grader.judge.grade import grade
from grader.judge.grading import WorkerStarter
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.scorecard import QuestionResult, Scorecard, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta.conftest import limited

Grade = Callable[..., Scorecard]
FORWARD = "        return X @ self.weight.T"
TWO_LAYER_FORWARD = "        return self.linear2(torch.relu(self.linear1(X)))"


def edited(source: str, old: str, new: str) -> str:
    assert source.count(old) == 1
    return source.replace(old, new)


def by_name(scorecard: Scorecard) -> dict[str, QuestionResult]:
    return {question.name: question for question in scorecard.questions}


def carried(question: QuestionResult) -> set[tuple[str, ...]]:
    return {check.carried_forward for check in question.checks}


# --- error carried forward --------------------------------------------------------------------------------------------


def test_wrong_part_costs_its_own_question_only(grade_source: Grade, parts_source: str) -> None:
    wrong = edited(parts_source, FORWARD, "        return 2 * X @ self.weight.T")
    scorecard = grade_source(wrong, only=["Linear", "TwoLayerNN"])
    found = by_name(scorecard)
    assert found["Linear"].score < found["Linear"].max_score
    assert not found["Linear"].carried_forward
    assert found["TwoLayerNN"].score == found["TwoLayerNN"].max_score
    assert carried(found["TwoLayerNN"]) == {("Linear",), ()}  # the layers themselves are there all the same
    assert scorecard.max_score - scorecard.score == found["Linear"].max_score - found["Linear"].score


def test_right_parts_are_not_replaced(grade_source: Grade, parts_source: str) -> None:
    found = by_name(grade_source(parts_source, only=["Linear", "TwoLayerNN"]))
    assert carried(found["TwoLayerNN"]) == {()}


def test_part_that_was_not_graded_is_taken_to_be_wrong_where_a_check_fails(
    grade_source: Grade, parts_source: str
) -> None:
    wrong = edited(parts_source, FORWARD, "        return 2 * X @ self.weight.T")
    found = by_name(grade_source(wrong, only=["TwoLayerNN"]))
    assert found["TwoLayerNN"].score == found["TwoLayerNN"].max_score
    assert found["TwoLayerNN"].carried_forward


def test_missing_part_is_not_replaced(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(edited(parts_source, "class Linear(", "class Linaer("), only=["Linear", "TwoLayerNN"])
    assert scorecard.score == 0
    assert {check.verdict for check in scorecard.checks} == {Verdict.BLOCKED}
    assert by_name(scorecard)["TwoLayerNN"].checks[0].message == (
        "TwoLayerNN needs Linear. Linear is not in student.py: define it first"
    )


def test_two_mistakes_cost_both_questions(grade_source: Grade, parts_source: str) -> None:
    wrong = edited(parts_source, FORWARD, "        return 2 * X @ self.weight.T")
    wrong = edited(wrong, TWO_LAYER_FORWARD, "        return self.linear2(self.linear1(X))")
    found = by_name(grade_source(wrong, only=["Linear", "TwoLayerNN"]))
    assert found["Linear"].score < found["Linear"].max_score
    lost = {check.name: check for check in found["TwoLayerNN"].checks if check.verdict is not Verdict.PASSED}
    assert "test_two_layer_forward" in lost
    assert all(not check.carried_forward for check in lost.values())


def test_what_is_told_of_two_mistakes_is_the_one_that_remains_with_a_right_part(
    grade_source: Grade, parts_source: str
) -> None:
    wrong = edited(parts_source, FORWARD, "        return X @ self.weight.TT")
    wrong = edited(wrong, TWO_LAYER_FORWARD, "        return self.linear3(X)")
    found = by_name(grade_source(wrong, only=["Linear", "TwoLayerNN"]))
    (check,) = [check for check in found["TwoLayerNN"].checks if check.name == "test_two_layer_forward"]
    assert "linear3" in check.message


# --- the whole file ---------------------------------------------------------------------------------------------------

# What the class needs is changed in a way that no reading of the source can follow.
UNREADABLE_CHANGE = """
exec("def product(X, weight):\\n    return X @ weight.T")
"""


def test_part_that_only_the_whole_file_makes_right_keeps_its_points(grade_source: Grade, parts_source: str) -> None:
    source = edited(parts_source, FORWARD, "        return product(X, self.weight)")
    source = edited(source, "class Linear(", "def product(X, weight):\n    return X\n\n\nclass Linear(")
    for change in (UNREADABLE_CHANGE, "\nglobals()['product'] = lambda X, weight: X @ weight.T\n"):
        scorecard = grade_source(source + change, only=["Linear"])
        assert scorecard.score == scorecard.max_score


def test_helper_that_is_redefined_below_counts_as_python_would_call_it(grade_source: Grade, parts_source: str) -> None:
    source = edited(parts_source, FORWARD, "        return product(X, self.weight)")
    source = edited(source, "class Linear(", "def product(X, weight):\n    return X\n\n\nclass Linear(")
    scorecard = grade_source(source + "\n\ndef product(X, weight):\n    return X @ weight.T\n", only=["Linear"])
    assert scorecard.score == scorecard.max_score


def test_whole_file_does_not_make_wrong_parts_right(grade_source: Grade, parts_source: str) -> None:
    wrong = edited(parts_source, FORWARD, "        return 2 * X @ self.weight.T")
    found = by_name(grade_source(wrong + "\nexec('helper = 1')\n", only=["Linear", "TwoLayerNN"]))
    assert found["Linear"].score < found["Linear"].max_score
    assert found["TwoLayerNN"].score == found["TwoLayerNN"].max_score


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The checks' executions that ran into their limit, as they happen."""
    timed_out: list[str] = []
    original = WorkerStarter.await_executed

    def watched(self: WorkerStarter, worker: Worker, attempt: Attempt) -> None:
        try:
            original(self, worker, attempt)
        except BaseException as ended:
            timed_out.append(str(ended))
            raise

    monkeypatch.setattr(WorkerStarter, "await_executed", watched)
    return timed_out


def test_hang_of_the_whole_file_is_waited_for_once(
    assignment: Assignment, workers: Workers, parts_source: str, tmp_path: Path, limits: list[str]
) -> None:
    path = tmp_path / "student.py"
    wrong = edited(parts_source, FORWARD, "        return 2 * X @ self.weight.T")
    wrong = edited(wrong, "p -= self.learning_rate * p.grad", "p += self.learning_rate * p.grad")
    path.write_text(wrong + "\nexec('while True: pass')\n")
    settings = Settings(effort=Effort.QUICK, only=("Linear", "SGD"))
    scorecard = grade(read_submission(path), limited(assignment, 2.0), settings, workers=workers)
    assert len(limits) == 1
    assert "no answer within" in limits[0]
    found = {check.verdict for check in scorecard.checks}
    assert found == {Verdict.PASSED, Verdict.FAILED}


def test_hang_of_a_part_is_waited_for_once(
    assignment: Assignment, workers: Workers, parts_source: str, tmp_path: Path, limits: list[str]
) -> None:
    path = tmp_path / "student.py"
    path.write_text(
        edited(parts_source, "class Linear(Module):", "class Linear(Module):\n    while True:\n        pass\n")
    )
    settings = Settings(effort=Effort.QUICK, only=("Linear",))
    scorecard = grade(read_submission(path), limited(assignment, 2.0), settings, workers=workers)
    assert {check.verdict for check in scorecard.checks} == {Verdict.TIMED_OUT}
    assert len([told for told in limits if "(part_s)" in told]) == 1


def test_check_has_a_limit_of_its_own(grade_source: Grade, parts_source: str) -> None:
    hanging = edited(parts_source, FORWARD, "        while True:\n            pass")
    scorecard = grade_source(hanging, only=["Linear"], limit_s=2)
    told = [check.message for check in scorecard.checks if check.verdict is Verdict.TIMED_OUT]
    assert told
    assert all("(limit_s)" in message for message in told)
