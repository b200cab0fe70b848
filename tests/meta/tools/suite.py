"""The checks of a suite as functions, without pytest: for what runs each of them in its own way."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.suite.checks import info_of

Check = Callable[..., None]


def checks_in(folder: Path) -> Iterator[Check]:
    """All functions with @check in the folder's test files, in their order."""
    sys.path.insert(0, str(folder))  # what stands beside the checks is imported by its name
    for path in sorted(folder.glob("test_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield from (value for value in vars(module).values() if info_of(value) is not None)


def question_of(check: Check) -> str:
    """The question that a check belongs to."""
    info = info_of(check)
    assert info is not None
    return info.question
