"""Which checks a suite has: one function a check, of one or more items."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.assignment import Assignment
from grader.errors import AssignmentInvalid
from grader.judge import collection
from grader.judge.collection import checks_of
from grader.judge.run import CheckCase
from grader.suite.checks import check
from tests.meta.units.judge.test_run import assignment_of, question

ASSIGNMENT: Assignment = assignment_of(question("a", checks=2), question("b"))


def made(question: str) -> Callable[..., None]:
    """A check of that question; pytest must not take it for a test of its own."""

    def function(submission: object) -> None:
        """It is right."""

    function.__name__ = f"test_{question}"
    return check(question)(function)


OF_A, OF_B = made("a"), made("b")


def item(function: object, path: Path, name: str = "") -> Any:
    named = name or getattr(function, "__name__", "")
    return SimpleNamespace(function=function, path=path, name=f"{named}[1]", originalname=named)


@pytest.fixture(autouse=True)
def _nothing_else_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else fits nothing: test_registration.py."""
    monkeypatch.setattr(collection, "validate", lambda *_, **__: None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "test_suite.py"
    path.write_text(
        "def test_a(submission): ...\n\ndef test_b(submission): ...\n\ndef helper(): ...\ndef helper(): ...\n"
    )
    return path


def test_items_of_one_function_are_one_check_in_the_order_that_is_asked_for(file: Path) -> None:
    items = [item(OF_A, file), item(OF_B, file), item(OF_A, file), item(None, file, "test_text")]
    found = checks_of(items, ASSIGNMENT, ["b", "a"])
    cases = [CheckCase(name="test_b", question="b"), CheckCase(name="test_a", question="a")]
    assert [*found] == cases
    assert [found[case] for case in cases] == [[items[1]], [items[0], items[2]]]
    assert [*checks_of(items, ASSIGNMENT, ["a"])] == cases[1:]


def test_check_of_two_files_is_refused_with_both_places(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "test_other.py"
    other.write_text("\n\nif True:\n    pass\nasync def test_a(submission): ...\n")
    with pytest.raises(AssignmentInvalid) as refused:
        checks_of([item(OF_A, file), item(OF_A, other)], ASSIGNMENT, ["a"])
    assert f"test_a is defined more than once, at {file}:1 and {other}:5; " in str(refused.value)


def test_one_definition_under_either_condition_is_one(file: Path) -> None:
    file.write_text("if fast:\n    def test_a(submission): ...\nelse:\n    def test_a(submission): ...\n")
    assert len(checks_of([item(OF_A, file)], ASSIGNMENT, ["a"])) == 1
