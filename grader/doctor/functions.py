"""The checks of a suite as functions, without pytest: for what runs each of them in its own way."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from grader.assignment import Assignment
from grader.suite.checks import info_of

Check = Callable[..., None]


def checks_in(assignment: Assignment) -> Iterator[Check]:
    """All functions with @check in the test files of its folders, in their order, but for those that are dropped."""
    sys.path[:0] = [*map(str, assignment.folders)]  # what stands beside the checks is imported by its name
    for folder in assignment.folders:
        dropped = assignment.dropped if folder != assignment.folder else ()
        for path in sorted(folder.glob("test_*.py")):
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            checks = (value for value in vars(module).values() if info_of(value) is not None)
            yield from (check for check in checks if check.__name__ not in dropped)


def question_of(check: Check) -> str:
    """The question that a check belongs to."""
    info = info_of(check)
    assert info is not None
    return info.question


def items_of(check: Check) -> list[Mapping[str, Any]]:
    """What each item of a check is called with beside the submission: several where it has `parametrize`."""
    found: list[list[dict[str, Any]]] = []
    for mark in getattr(check, "pytestmark", ()):
        if mark.name == "parametrize":
            given = inspect.signature(lambda argnames, argvalues, **_: None).bind(*mark.args, **mark.kwargs).arguments
            found.append([dict(row) for row in _rows(given["argnames"], given["argvalues"])])
    return [{name: value for part in parts for name, value in part.items()} for parts in itertools.product(*found)]


def _rows(argnames: Any, argvalues: Any) -> Iterator[Iterator[tuple[str, Any]]]:
    names = [name.strip() for name in argnames.split(",") if name.strip()] if isinstance(argnames, str) else argnames
    for value in argvalues:
        is_wrapped = isinstance(value, type(pytest.param()))
        values = value.values if is_wrapped else value if len(names) > 1 else (value,)
        yield zip(names, values, strict=True)
