"""What the kill matrix tells of its gradings."""

import pytest

from grader.doctor.cases import Case, Outcome
from grader.doctor.made import MadeMutant
from grader.settings import Effort
from tests.meta.measures.homework import smaller
from tests.meta.measures.kill_matrix import report_made
from tests.meta.mutants import anchors
from tests.meta.tools.owning import made_of

REFERENCE = "def Linear(x):\n    return x + 1  # why\n\n\ndef eval_linear_model():\n    return 1\n"
MADE = made_of(REFERENCE, ["Linear", "eval_linear_model"])
MINUS, ALONE = (next(made for made in MADE if made.after == after) for after in ("return x - 1", "return x"))


def outcome_of(made: MadeMutant, problem: str, *, right: bool = False) -> tuple[MadeMutant, Outcome]:
    """What became of a made mutant. right: the list says that it is right code."""
    loses = frozenset[str]() if right else made.questions
    case = Case(name=made.name, source=made.source, loses=loses, verdict="", effort=Effort.QUICK, train=False)
    return made, Outcome(case=case, lost={}, snippets={}, diagnoses={}, problem=problem)


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


def test_nothing_is_trained_where_only_the_parts_are_graded() -> None:
    assert smaller(anchors.LINEAR_TRAINED, train=False).endswith("epochs=0)")


def test_smaller_network_stands_in_the_reference_and_in_mutants_that_train_as_it_does() -> None:
    assert smaller(anchors.TWO_LAYER_TRAINED).count("TwoLayerNN(784, 150, 10)") == 1
    other = "two_layer_model = train(Model(784, 300, 10), learning_rate=0.3, epochs=6)"
    assert smaller(other) == other
