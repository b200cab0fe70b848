"""What the kill matrix concludes from its gradings."""

from grader.settings import Effort
from tests.meta.measures.kill_matrix import Case, Outcome, killed_alone


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
