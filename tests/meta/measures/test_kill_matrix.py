"""What the kill matrix concludes from its gradings."""

import pytest

from grader.assignment import find_assignment, load_assignment
from grader.settings import Effort
from tests.meta.measures.kill_matrix import Case, Outcome, killed_alone, made_case, report_made, smaller, stale
from tests.meta.mutants import anchors
from tests.meta.mutants.made import Equivalent, MadeMutant, made_mutants

REFERENCE = "def Linear(x):\n    return x + 1  # why\n\n\ndef eval_linear_model():\n    return 1\n"
MADE = made_mutants(REFERENCE, ["Linear", "eval_linear_model"])
MINUS, ALONE = (next(made for made in MADE if made.after == after) for after in ("return x - 1", "return x"))


def equivalent(*after: str) -> Equivalent:
    """A list of one entry: these changes of the first statement do no harm."""
    questions = frozenset({"Linear"})
    return Equivalent(questions=questions, inside="Linear", before="return x + 1", after=after, reason="a test")


def outcome_of(made: MadeMutant, problem: str, *, right: bool = False) -> tuple[MadeMutant, Outcome]:
    """What became of a made mutant. right: the list says that it is right code."""
    loses = frozenset[str]() if right else made.questions
    case = Case(name=made.name, source=made.source, loses=loses, verdict="", effort=Effort.QUICK, train=False)
    return made, Outcome(case=case, lost={}, snippets={}, diagnoses={}, problem=problem)


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


def test_made_mutant_must_cost_its_question_unless_the_list_has_it() -> None:
    assignment = load_assignment(find_assignment("hw3"))
    listed = [equivalent("return x - 1")]
    assert made_case(MINUS, assignment, listed).loses == frozenset()
    assert made_case(ALONE, assignment, listed).loses == {"Linear"}


def test_made_mutant_is_trained_only_where_the_training_was_changed() -> None:
    assignment = load_assignment(find_assignment("hw3"))
    trained = {(question, made_case(made, assignment, ()).train) for made in MADE for question in made.questions}
    assert trained == {("Linear", False), ("eval_linear_model", True)}


def test_survivor_is_shown_as_the_line_that_differs(capsys: pytest.CaptureFixture[str]) -> None:
    found = [outcome_of(MINUS, "loses points on nothing"), outcome_of(ALONE, "")]
    assert not report_made(REFERENCE, found)
    said = capsys.readouterr().out
    assert "-    return x + 1  # why\n+    return x - 1  # why\n" in said
    assert "+    return x  # why" not in said
    assert "1/2" in said


def test_killed_equivalent_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert not report_made(REFERENCE, [outcome_of(MINUS, "loses points on ['Linear']", right=True)])
    assert "is in the list of equivalents" in capsys.readouterr().out


def test_made_mutants_that_are_as_they_must_be_are_fine() -> None:
    assert report_made(REFERENCE, [outcome_of(MINUS, ""), outcome_of(ALONE, "", right=True)])


def test_entry_of_the_list_that_nothing_makes_is_stale() -> None:
    assert stale([equivalent("return x - 1", "return x")], MADE) == []
    (entry,) = stale([equivalent("return x - 1", "return x ** 1")], MADE)
    assert "return x ** 1" in entry
    assert len(stale([equivalent("return x")], MADE[:1])) == 1


def test_smaller_network_stands_in_the_reference_and_in_mutants_that_train_as_it_does() -> None:
    assert smaller(anchors.TWO_LAYER_TRAINED).count("TwoLayerNN(784, 150, 10)") == 1
    other = "two_layer_model = train(Model(784, 300, 10), learning_rate=0.3, epochs=6)"
    assert smaller(other) == other
