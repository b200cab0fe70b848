"""A change of scores has to be told."""

from __future__ import annotations

import json

import pytest

from grader.assignment import Assignment
from grader.doctor.cases import CaseStanding
from grader.doctor.kept import KeptScores
from tests.meta import mutants
from tests.meta.measures import scores
from tests.meta.measures.scores import compare, entries_that_say_so, untold


def lost(name: str, *checks: str) -> CaseStanding:
    return CaseStanding(name=name, loses=("SGD",), train=False, lost=dict.fromkeys(checks, "failed: no"), problem="")


def test_entries_of_the_change_log_that_say_so_are_counted_over_line_ends() -> None:
    text = "- A (this can raise a score).\n- B\n- C, D (this\n  can lower a\n  score). This can change the score.\n"
    assert entries_that_say_so(text) == 3
    assert entries_that_say_so("- The score can be seen.\n") == 0


def test_difference_needs_an_entry_more_than_there_was() -> None:
    assert untold(["a"], 3, 3) == ["a"]
    assert untold(["a"], 3, 4) == []
    assert untold([], 3, 3) == []


def test_untold_difference_of_a_mutant_is_wrong(assignment: Assignment, capsys: pytest.CaptureFixture[str]) -> None:
    name, checks = next((n, c) for n, c in KeptScores.read(scores.SCORES).lost.items() if n.startswith("sgd-"))
    assert compare([lost(name, *checks)], assignment)
    assert "SCORE" not in capsys.readouterr().out
    told = json.loads(scores.TOLD.read_text(encoding="utf-8"))
    is_told = scores.told_by_now() > told
    assert compare([lost(name, *checks, "test_weight")], assignment) == is_told
    said = capsys.readouterr().out
    assert f"SCORE {name}: lost" in said
    assert ("WRONG" in said) != is_told


def test_kept_scores_are_of_mutants_and_checks_that_there_are(assignment: Assignment) -> None:
    kept = KeptScores.read(scores.SCORES)
    checks = {check for question in assignment.questions for check in question.points}
    assert kept.lost.keys() <= {mutant.name for mutant in mutants.all_mutants()}
    assert {check for lost in kept.lost.values() for check in lost} <= checks


def test_points_of_the_shipped_suite_are_those_that_are_kept_or_the_change_log_tells(assignment: Assignment) -> None:
    kept, told = KeptScores.read(scores.SCORES), json.loads(scores.TOLD.read_text(encoding="utf-8"))
    assert untold(kept.differences([], assignment), told, scores.told_by_now()) == []


def test_mutant_of_which_nothing_is_kept_is_named(assignment: Assignment, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare([lost("never-heard-of", "test_step")], assignment)
    assert "1 mutants have no kept score" in capsys.readouterr().out
