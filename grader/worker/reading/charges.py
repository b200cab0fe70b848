"""Who is charged for a banned use, by the source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from grader.worker.reading.statements import Statement
from grader.worker.reading.uses import Use


def own_statements(part: Iterable[int], needed: Iterable[Iterable[int]]) -> frozenset[int]:
    """What a question does itself: its slice without the slices of the questions that it needs."""
    return frozenset(part).difference(*needed)


def concerned(question: str, own: Iterable[int], program: Sequence[Statement], uses: Iterable[Use]) -> frozenset[int]:
    """Which of its own statements make what the question consists of, or change it.

    A slice holds more, to be on the safe side: whatever calls torch on a line of its own, whatever executes strings.
    """
    modules = frozenset[str]().union(*(s.binds for s in program if isinstance(s.node, ast.Import | ast.ImportFrom)))
    modules -= frozenset[str]().union(
        *(s.binds for s in program if not isinstance(s.node, ast.Import | ast.ImportFrom))
    )
    makes = {i: (program[i].binds | program[i].changes.direct | program[i].changes.passed) - modules for i in own}
    for use in uses:
        if use.index in makes:
            makes[use.index] |= use.binds or frozenset()
    relevant, found = {question}, set[int]()
    while fresh := {i for i in makes if i not in found and makes[i] & relevant}:
        found |= fresh
        relevant.update(*(program[i].uses | program[i].uses_later for i in fresh))
    return frozenset(found)


def charged(uses: Iterable[Use], question: str, own: Iterable[int], program: Sequence[Statement]) -> tuple[Use, ...]:
    """The uses that this question loses its points for."""
    uses = tuple(uses)
    found = concerned(question, own, program, uses)
    relevant = {question}.union(*(program[i].uses | program[i].uses_later for i in found))
    return tuple(use for use in uses if use.index in found and (use.binds is None or use.binds & relevant))


def own_lines(question: str, found: Iterable[int], program: Sequence[Statement]) -> list[tuple[int, int]]:
    """First and last line of each concerned statement whose running code this question answers for."""
    return lines_of(program[i] for i in sorted(found) if not program[i].dynamic or question in program[i].binds)


def lines_of(found: Iterable[Statement]) -> list[tuple[int, int]]:
    """First and last line of each statement, decorators included."""
    return [_lines(s.node) for s in found]


def _lines(node: ast.stmt) -> tuple[int, int]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        case _:
            first = node.lineno
    return first, node.end_lineno or node.lineno
