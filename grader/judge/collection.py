"""Which checks a suite has, from what pytest has collected: one function a check, of one or more items.

What pytest does not see is looked for in the source: of two functions of a name in one file the first is gone when the
file is imported, and with it what it would have found.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import Assignment
from grader.judge.run import CheckCase
from grader.suite.checks import info_of


def checks_of(
    items: Sequence[pytest.Item], assignment: Assignment, order: Sequence[str]
) -> dict[CheckCase, list[pytest.Item]]:
    """The items of each check of these questions, in that order: several where it has `parametrize`.

    Raises pytest.UsageError for a check without points, and for one that is defined twice: only one could count.
    """
    points = {check for question in assignment.questions for check in question.points}
    _refuse_second_definitions(items, points)
    found: dict[CheckCase, list[pytest.Item]] = {}
    for item in items:
        info = info_of(function_of(item))
        if info is None or info.question not in order:
            continue
        case = CheckCase(name=name_of(item), question=info.question)
        if case.name not in assignment.question(case.question).points:
            raise pytest.UsageError(f"{case.name} has no points in {assignment.folder / 'assignment.toml'}")
        found.setdefault(case, []).append(item)
    return dict(sorted(found.items(), key=lambda entry: order.index(entry[0].question)))


def function_of(item: pytest.Item) -> Any:
    """The test function of an item; None for an item of another kind."""
    return getattr(item, "function", None)


def name_of(item: pytest.Item) -> str:
    """The name of the item's function, which is that of its check."""
    return str(getattr(item, "originalname", None) or item.name)


def _refuse_second_definitions(items: Iterable[pytest.Item], names: Collection[str]) -> None:
    """Raises pytest.UsageError where a function of one of these names is defined twice, or collected at two places."""
    of_checks = [item for item in items if function_of(item) is not None]
    places: dict[str, list[str]] = {}
    for path in dict.fromkeys(item.path for item in of_checks):
        for name, line in _functions_in(path):
            places.setdefault(name, []).append(f"{path}:{line}")
    for item in of_checks:  # one function that two files have, of which one imports it
        known = places.setdefault(name_of(item), [])
        if not any(place.startswith(f"{item.path}:") for place in known):
            known.append(f"{item.path}:1")
    for name, found in places.items():
        if name in names and len(found) > 1:
            raise pytest.UsageError(
                f"{name} is defined more than once, at {' and '.join(found)}; a check has a name of its own: rename one"
            )


def _functions_in(path: Path) -> Iterator[tuple[str, int]]:
    """Name and line of each function of the file and of its classes. Both branches of an `if` are no second one."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):  # it is no Python file
        return
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    for body in bodies:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, node.lineno
