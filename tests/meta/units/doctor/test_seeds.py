"""Each check with many seeds: it is seen where luck decides."""

from __future__ import annotations

import pytest

from grader.doctor.processes import Bench
from grader.doctor.seeds import SeedTrial, run_seeds
from grader.settings import Effort


@pytest.mark.parametrize(
    ("condition", "luck"),
    [("torch.rand(()) < 0.5", True), ("True", False)],
    ids=["decided-by-luck", "always-wrong"],
)
def test_luck_is_seen(condition: str, luck: bool, bench: Bench, reference_source: str) -> None:
    right = "return X @ self.weight.T"
    assert reference_source.count(right) == 1
    wrong = reference_source.replace(right, "return X @ self.weight.T * (2 if self.wrong else 1)")
    made = "        self.weight = Parameter("
    assert wrong.count(made) == 1
    wrong = wrong.replace(made, f"        self.wrong = bool({condition})\n{made}")
    checked = run_seeds(bench, SeedTrial(name="made", source=wrong, questions=(), seeds=6, effort=Effort.QUICK))
    assert bool(checked.by_luck) == luck
    assert luck or checked.checks["test_forward"] == 6


def test_only_what_differs_from_the_reference_is_checked(bench: Bench, reference_source: str) -> None:
    same = SeedTrial(name="same", source=reference_source, questions=(), seeds=1, effort=Effort.QUICK)
    assert bench.differing(same.source) == []
    assert run_seeds(bench, same).checks == {}
