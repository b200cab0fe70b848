"""What the measure of luck concludes, and that it sees luck decide."""

from __future__ import annotations

from collections import Counter

import pytest

from grader.assignment import find_assignment, load_assignment
from grader.processes.workers import Workers
from grader.settings import Effort
from tests.meta.measures.luck import Lost, Tried, Trier, report


def lost(**checks: int) -> Lost:
    return Lost(Tried("a-mutant", "", ("Linear",), 20, Effort.QUICK), Counter(checks))


def test_check_that_is_lost_with_some_seeds_only_is_luck(capsys: pytest.CaptureFixture[str]) -> None:
    assert lost(test_forward=20, test_shape=3).by_luck == {"test_shape": 3}
    assert not report([lost(test_forward=20), lost(test_shape=3)])
    assert "LUCK a-mutant: test_shape 3/20" in capsys.readouterr().out


def test_same_checks_for_each_seed_are_none_and_nothing_tried_proves_nothing() -> None:
    assert report([lost(test_forward=20), lost()])
    assert not report([])


@pytest.mark.parametrize(
    ("condition", "luck"),
    [("torch.rand(()) < 0.5", True), ("True", False)],
    ids=["decided-by-luck", "always-wrong"],
)
def test_luck_is_seen(condition: str, luck: bool, workers: Workers) -> None:
    assignment = load_assignment(find_assignment("hw3"))
    assert assignment.reference is not None
    right = "return X @ self.weight.T"
    source = assignment.reference.read_text(encoding="utf-8")
    assert source.count(right) == 1
    wrong = source.replace(right, "return X @ self.weight.T * (2 if self.wrong else 1)")
    made = "        self.weight = Parameter("
    assert wrong.count(made) == 1
    wrong = wrong.replace(made, f"        self.wrong = bool({condition})\n{made}")
    checked = Trier(workers).run(Tried("made", wrong, ("Linear",), 6, Effort.QUICK))
    assert bool(checked.by_luck) == luck
    assert luck or checked.checks["test_forward"] == 6
