"""What a case must lose, and what is concluded from what it lost."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from grader.assignment import Assignment
from grader.doctor.cases import (
    Case,
    Outcome,
    case_of_made,
    case_of_right,
    case_of_wrong,
    killed_alone,
    outcome_of,
)
from grader.doctor.corpus import Right, Wrong
from grader.scorecard import CheckResult, Verdict
from grader.settings import Effort
from tests.meta.tools.owning import made_of

REFERENCE = "def Linear(x):\n    return x + 1  # why\n\n\ndef eval_linear_model():\n    return 1\n"
MADE = made_of(REFERENCE, ["Linear", "eval_linear_model"])


def outcome(*lost: str, loses: str = "Linear", verdict: str = "") -> Outcome:
    """A mutant of that question, or a variant where there is none, that lost these checks."""
    loses_ = frozenset({loses} if loses else ())
    case = Case(name="case", source="", loses=loses_, verdict=verdict, effort=Effort.QUICK, train=False)
    return Outcome(case=case, lost=dict.fromkeys(lost, "failed: no"), snippets={}, diagnoses={}, problem="")


def test_a_check_is_needed_where_no_other_kills_the_mutant() -> None:
    assert killed_alone([outcome("a"), outcome("a"), outcome("a", "b"), outcome("b", "c")]) == {"a": 2}


def test_a_mutant_that_survives_proves_nothing() -> None:
    assert killed_alone([outcome()]) == {}


def test_mutants_that_break_the_rules_and_variants_prove_no_check_needed() -> None:
    assert killed_alone([outcome("a", verdict="forbidden"), outcome("a", loses="")]) == {}


def test_made_mutant_must_cost_its_question_unless_the_list_has_it(assignment: Assignment) -> None:
    assert case_of_made(MADE[0], assignment, right=True).loses == frozenset()
    assert case_of_made(MADE[0], assignment, right=False).loses == {"Linear"}


def test_mutant_is_trained_only_where_the_training_was_changed(assignment: Assignment) -> None:
    trained = {(q, case_of_made(made, assignment, right=False).train) for made in MADE for q in made.questions}
    assert trained == {("Linear", False), ("eval_linear_model", True)}
    for loses, train in (("test_forward", False), ("eval_linear_model", True)):
        wrong = Wrong(name="a", mistake="it is wrong", source="", loses=(loses,))
        assert case_of_wrong(wrong, assignment).train == train


def test_variant_loses_nothing() -> None:
    case = case_of_right(Right(name="a", what="as a notebook", source="{}", suffix=".ipynb"), train=True)
    assert (case.loses, case.train, case.suffix) == (frozenset(), True, ".ipynb")


def problem(
    loses: set[str],
    lost: Mapping[str, str],
    assignment: Assignment,
    verdict: Verdict = Verdict.FAILED,
    wanted: str = "",
    *,
    exactly: bool = True,
) -> str:
    """What is wrong with a case that must lose these, and lost those checks, each of a question."""
    case = Case(
        name="case",
        source="",
        loses=frozenset(loses),
        verdict=wanted,
        effort=Effort.QUICK,
        train=False,
        exactly=exactly,
    )
    results: dict[str, list[CheckResult]] = {question: [] for question in assignment.names}
    for question in assignment.questions:
        for check in question.points:
            found = verdict if lost.get(check) == question.name else Verdict.PASSED
            results[question.name].append(CheckResult(name=check, title=check, verdict=found, max_score=1))
    return outcome_of(case, results, assignment).problem


@pytest.mark.parametrize(
    ("loses", "lost", "said"),
    [
        ({"Linear"}, {"test_forward": "Linear"}, ""),
        ({"Linear"}, {}, "loses points on nothing"),
        ({"Linear"}, {"test_forward": "Linear", "test_step": "SGD"}, "loses points on ['Linear', 'SGD']"),
        (set(), {"test_forward": "Linear"}, "expected nothing"),
        ({"test_forward"}, {"test_forward": "Linear"}, ""),
        ({"test_forward"}, {"test_weight": "Linear"}, "loses ['test_weight'], expected ['test_forward']"),
        ({"test_forward"}, {"test_weight": "Linear", "test_forward": "Linear"}, "expected ['test_forward']"),
        ({"test_forward", "SGD"}, {"test_forward": "Linear", "test_step": "SGD"}, ""),
        ({"test_forward", "Linear"}, {"test_forward": "Linear", "test_weight": "Linear"}, ""),
    ],
)
def test_exactly_what_is_named_must_be_lost(
    loses: set[str], lost: dict[str, str], said: str, assignment: Assignment
) -> None:
    found = problem(loses, lost, assignment)
    assert said in found
    assert bool(found) == bool(said)


def test_verdict_counts_where_it_is_named(assignment: Assignment) -> None:
    lost = {"test_forward": "Linear"}
    assert "expected forbidden" in problem({"Linear"}, lost, assignment, wanted="forbidden")
    assert problem({"Linear"}, lost, assignment, Verdict.FORBIDDEN, wanted="forbidden") == ""
    assert "broke the grader" in problem({"Linear"}, lost, assignment, Verdict.BROKEN)


def test_made_mutant_may_cost_some_of_its_questions_and_no_other(assignment: Assignment) -> None:
    lost = {"test_forward": "Linear"}
    assert not case_of_made(MADE[0], assignment, right=False).exactly
    assert problem({"Linear", "SGD"}, lost, assignment, exactly=False) == ""
    assert "on ['Linear'], expected ['SGD']" in problem({"SGD"}, lost, assignment, exactly=False)
    both = {**lost, "test_step": "SGD"}
    assert "on ['Linear', 'SGD'], expected ['SGD']" in problem({"SGD"}, both, assignment, exactly=False)
    assert "loses points on nothing" in problem({"SGD"}, {}, assignment, exactly=False)
    assert "expected nothing" in problem(set(), lost, assignment, exactly=False)


def test_made_mutant_that_leaves_a_part_unwritten_may_block_what_needs_it(assignment: Assignment) -> None:
    blocked = {"test_forward": "Linear", "test_step": "SGD"}
    assert problem({"Linear"}, blocked, assignment, Verdict.BLOCKED, exactly=False) == ""
    assert "expected ['Linear']" in problem({"Linear"}, blocked, assignment, Verdict.BLOCKED)
    assert "loses points on nothing" in problem(
        {"Linear"}, {"test_step": "SGD"}, assignment, Verdict.BLOCKED, exactly=False
    )
    assert "expected nothing" in problem(set(), blocked, assignment, Verdict.BLOCKED, exactly=False)
