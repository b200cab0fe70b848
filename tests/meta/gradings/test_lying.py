"""Whatever a worker sends in place of a value, a check fails: it never breaks, as one does that has a fault of ours."""

from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.processes.workers import Workers
from grader.scorecard import Scorecard, Verdict
from grader.suite import expect as expect_module
from tests.meta.conftest import Grade
from tests.meta.measures.lies import CHANCES, Broken, Liar, graded


def checks_of_parts(assignment: Assignment) -> tuple[str, ...]:
    return tuple(check for part in assignment.questions if not part.background for check in part.points)


@pytest.mark.parametrize("chance", CHANCES)
def test_values_that_lie_break_no_check(
    chance: float, parts_source: str, assignment: Assignment, workers: Workers, tmp_path: Path
) -> None:
    """A small sample of `nox -s lies`."""
    (tmp_path / "student.py").write_text(parts_source)
    liar = Liar(seed=0)
    liar.chance = chance
    scorecard = graded(liar, tmp_path / "student.py", assignment, workers, checks_of_parts(assignment))
    assert Verdict.FAILED in [check.verdict for check in scorecard.checks]
    assert set(liar.told) <= {check.name for check in scorecard.checks}
    assert len(liar.told) > 3


def test_check_that_is_broken_by_a_lie_ends_the_run(
    parts_source: str, assignment: Assignment, workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    (tmp_path / "student.py").write_text(parts_source)
    liar = Liar(seed=0)
    liar.chance = 1.0
    monkeypatch.setattr(expect_module, "close", breaks)
    with pytest.raises(Broken, match="broken: ZeroDivisionError"):
        graded(liar, tmp_path / "student.py", assignment, workers, checks_of_parts(assignment))


def changed_linear(source: str, lines: str) -> str:
    assert source.count("        return X @ self.weight.T") == 1
    return source.replace("        return X @ self.weight.T", lines)


TURNS_ITS_WEIGHT = """\
        self.weight.data = self.weight.data.T
        return X @ self.weight"""
IS_READ_ONCE = """\
        return X @ self.kept.T

    @property
    def weight(self):
        self.reads = getattr(self, "reads", 0) + 1
        return self.kept if self.reads < 3 else 7"""


@pytest.mark.parametrize("kind", ["turns its weight", "weight is a number at its third read"])
def test_layers_that_change_while_they_are_looked_at_break_no_check(
    kind: str, grade_source: Grade, parts_source: str
) -> None:
    source = changed_linear(parts_source, TURNS_ITS_WEIGHT if kind == "turns its weight" else IS_READ_ONCE)
    if kind != "turns its weight":
        source = source.replace("self.weight = Parameter(", "self.kept = Parameter(", 1)
    card: Scorecard = grade_source(source, only=["Linear", "TwoLayerNN", "MultiLayerNN"])
    assert {check.verdict for check in card.questions[0].checks} <= {Verdict.PASSED, Verdict.FAILED, Verdict.CRASHED}
    assert not card.is_provisional
    assert card.questions[0].score < card.questions[0].max_score
