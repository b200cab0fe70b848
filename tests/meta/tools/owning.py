"""Made mutants of a source, without a worker to read it: the tests may call what runs in one."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from grader.assignment import Assignment
from grader.doctor.made import MadeMutant, made_mutants, owners_of
from grader.worker.reading.slices import slice_for
from grader.worker.reading.statements import statements


def made_of(source: str, questions: Sequence[str], assignment: Assignment | None = None) -> tuple[MadeMutant, ...]:
    """All that is made of the source. assignment: which questions need which."""
    return made_mutants(source, owners_in(source, questions, assignment))


def owners_in(source: str, questions: Sequence[str], assignment: Assignment | None = None) -> list[frozenset[str]]:
    """The questions that each top-level statement is there for."""
    tree = ast.parse(source)
    program = statements(tree)
    needs = {q.name: q.needs for q in assignment.questions} if assignment else {}
    return owners_of(tree, {name: slice_for(name, program, needs.get(name, ())).indices for name in questions})
