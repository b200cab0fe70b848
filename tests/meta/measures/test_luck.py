"""What the measure of luck tells."""

from __future__ import annotations

from collections import Counter

import pytest

from grader.doctor.seeds import SeedResult, SeedTrial
from grader.settings import Effort
from tests.meta.measures.luck import report


def lost(**checks: int) -> SeedResult:
    trial = SeedTrial(name="a-mutant", source="", questions=("Linear",), seeds=20, effort=Effort.QUICK)
    return SeedResult(trial=trial, checks=Counter(checks))


def test_check_that_is_lost_with_some_seeds_only_is_luck(capsys: pytest.CaptureFixture[str]) -> None:
    assert lost(test_forward=20, test_shape=3).by_luck == {"test_shape": 3}
    assert not report([lost(test_forward=20), lost(test_shape=3)])
    assert "LUCK a-mutant: test_shape 3/20" in capsys.readouterr().out


def test_same_checks_for_each_seed_are_none_and_nothing_tried_proves_nothing() -> None:
    assert report([lost(test_forward=20), lost()])
    assert not report([])
