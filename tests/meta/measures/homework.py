"""The shipped homework as the measures grade it: its mutants and variants as cases of the doctor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grader.assignment import Assignment, find_assignment, load_assignment
from grader.doctor.cases import Case
from grader.settings import Effort
from tests.meta import mutants, variants
from tests.meta.mutants import anchors

PROCESSES: Final = 2
EPOCHS: Final = re.compile(r"\bepochs=\d+")
EQUIVALENTS: Final = Path(mutants.__file__).with_name("equivalents.toml")


def hw3() -> Assignment:
    """The assignment."""
    return load_assignment(find_assignment("hw3"))


def reference_of(assignment: Assignment) -> str:
    """The source of its reference."""
    assert assignment.reference is not None
    return assignment.reference.read_text(encoding="utf-8")


def smaller(source: str, *, train: bool = True) -> str:
    """The same with a smaller network, where it is trained as in the reference: in half the time, below 3 %, too.

    train: whether a question that trains is graded. If not, there are no epochs: a whole file, which is executed for
    some of the checks that fail, takes a minute otherwise.
    """
    if not train:
        return without_epochs(source)
    return source.replace(
        anchors.TWO_LAYER_TRAINED, "two_layer_model = train(TwoLayerNN(784, 150, 10), learning_rate=0.5, epochs=6)"
    )


def without_epochs(source: str) -> str:
    """The source with trainings that end before their first epoch, in `train` or in loops at top level."""
    lines = source.encode().split(b"\n")
    for node in ast.parse(source).body:
        if isinstance(node, ast.For | ast.While) and _called_in(node) & {"epoch", "train"}:
            head, never = (node.iter, b"()") if isinstance(node, ast.For) else (node.test, b"False")
            assert head.lineno == head.end_lineno
            line = lines[head.lineno - 1]
            lines[head.lineno - 1] = line[: head.col_offset] + never + line[head.end_col_offset :]
    return EPOCHS.sub("epochs=0", b"\n".join(lines).decode())


def _called_in(node: ast.AST) -> set[str]:
    return {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}


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
