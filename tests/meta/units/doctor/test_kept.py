"""Kept scores: written, read, and compared with what is lost now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.doctor.cases import CaseStanding
from grader.doctor.kept import KeptScores
from tests.meta.tools.toys import two_toys


@pytest.fixture
def toys(tmp_path: Path) -> Assignment:
    return load_assignment(two_toys(tmp_path))


def lost(name: str, *checks: str, loses: str = "double", train: bool = False) -> CaseStanding:
    wrong = (loses,) if loses else ()
    return CaseStanding(name=name, loses=wrong, train=train, lost=dict.fromkeys(checks, "failed: no"), problem="")


@pytest.fixture
def kept(toys: Assignment) -> KeptScores:
    outcomes = [lost("a", "test_double"), lost("b", "test_triple", "test_double"), lost("right", loses="")]
    return KeptScores().with_cases(outcomes, toys, ())


def test_what_is_kept_can_be_read_again(kept: KeptScores, tmp_path: Path) -> None:
    kept.write(tmp_path / "scores.json")
    assert KeptScores.read(tmp_path / "scores.json") == kept
    assert kept.suite.startswith("toys ")
    assert kept.lost == {"a": ("test_double",), "b": ("test_double", "test_triple")}
    assert '\n  "a": ["test_double"],\n' in (tmp_path / "scores.json").read_text()
    assert KeptScores.read(tmp_path / "none.json") == KeptScores()


def test_other_checks_that_are_lost_are_a_difference(kept: KeptScores, toys: Assignment) -> None:
    assert kept.differences([lost("a", "test_double"), lost("new", "test_triple")], toys) == []
    assert kept.differences([lost("a"), lost("b", "test_triple")], toys) == [
        "a: lost test_double, now nothing",
        "b: lost test_double, test_triple, now test_triple",
    ]


def test_other_points_are_a_difference(kept: KeptScores, toys: Assignment) -> None:
    double, triple = toys.questions
    changed = replace(toys, questions=(replace(double, points={"test_double": 5.0, "test_more": 1.0}), triple))
    assert kept.differences([], changed) == [
        "test_double: 4 points, now 5 points",
        "test_more: no such check, now 1 points",
    ]
    assert KeptScores().differences([], changed) == []


def test_what_trains_counts_where_it_was_trained(kept: KeptScores, toys: Assignment) -> None:
    double, triple = toys.questions
    trained = replace(toys, questions=(double, replace(triple, background=True)))
    assert kept.differences([lost("b", "test_double")], trained) == []
    assert len(kept.differences([lost("b", "test_double", train=True)], trained)) == 1


def test_mutants_that_are_gone_are_dropped_and_others_stay(kept: KeptScores, toys: Assignment) -> None:
    again = kept.with_cases([lost("a", "test_triple")], toys, ["a", "b"])
    assert again.lost == {"a": ("test_triple",), "b": ("test_double", "test_triple")}
    assert kept.with_cases([], toys, ["a"]).lost == {"a": ("test_double",)}
