"""The shipped homework as the measures grade it: its mutants and variants as cases of the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grader.assignment import Assignment, find_assignment, load_assignment
from grader.doctor.cases import Case
from grader.settings import Effort
from tests.meta import mutants, variants
from tests.meta.mutants import anchors

PROCESSES: Final = 2
EQUIVALENTS: Final = Path(mutants.__file__).with_name("equivalents.toml")


def hw3() -> Assignment:
    """The assignment."""
    return load_assignment(find_assignment("hw3"))


def reference_of(assignment: Assignment) -> str:
    """The source of its reference."""
    assert assignment.reference is not None
    return assignment.reference.read_text(encoding="utf-8")


def smaller(source: str) -> str:
    """The same with a smaller network, where it is trained as in the reference: in half the time, below 3 %, too."""
    return source.replace(
        anchors.TWO_LAYER_TRAINED, "two_layer_model = train(TwoLayerNN(784, 150, 10), learning_rate=0.5, epochs=6)"
    )


def cases(assignment: Assignment, *, train: bool) -> Iterator[Case]:
    """All mutants, then all variants; those that only concern a training are left out where there is none."""
    reference = reference_of(assignment)
    for mutant in mutants.all_mutants():
        source = mutants.apply(reference, mutant)
        verdict = "forbidden" if mutant.verdict == "forbidden" else ""
        loses = frozenset(mutant.questions)
        if train or not any(assignment.question(name).background for name in loses):
            yield Case(name=mutant.name, source=source, loses=loses, verdict=verdict, effort=Effort.QUICK, train=train)
    for variant in variants.all_variants():
        source = variants.apply(reference, variant)
        yield Case(name=variant.name, source=source, loses=frozenset(), verdict="", effort=Effort.STANDARD, train=train)
