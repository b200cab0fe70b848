"""Checks, questions and assignment.toml, held against each other (each trap: tests/meta/gradings/test_traps.py)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.assignment import Assignment, load_assignment
from grader.boundary.rules import Rules
from grader.errors import AssignmentInvalid
from grader.judge.registration import in_table, validate
from grader.suite.checks import check
from tests.meta.tools.traps import TABLE, line_of, two_questions


def made(name: str, question: str) -> Any:
    """An item of pytest with that check."""

    def function(submission: object) -> None:
        """It is right."""

    function.__name__ = name
    marked = check(question)(function)
    return SimpleNamespace(function=marked, path=Path("test_toy.py"), name=name, originalname=name)


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    return load_assignment(two_questions(tmp_path))


ITEMS = [made("test_double", "double"), made("test_add", "Add")]


def test_suite_that_is_in_order_is_not_refused(assignment: Assignment) -> None:
    validate(ITEMS, assignment, is_whole=True)


def test_part_of_a_suite_needs_no_check_that_stands_in_another_file(assignment: Assignment) -> None:
    validate(ITEMS[:1], assignment, is_whole=False)
    with pytest.raises(AssignmentInvalid, match="test_add has points, and there is no such check"):
        validate(ITEMS[:1], assignment, is_whole=True)


def test_faults_are_told_together_and_the_rest_is_counted(assignment: Assignment) -> None:
    items = [made(f"test_{number}", "Add") for number in range(5)]
    with pytest.raises(AssignmentInvalid) as refused:
        validate([*ITEMS, *items], assignment, is_whole=True)
    assert str(refused.value).count("has no points in") == 3
    assert str(refused.value).endswith(" (and 2 more)")


def test_what_another_library_or_a_module_is_allowed_may_be_free_anyway(assignment: Assignment) -> None:
    rules = Rules(banned=frozenset({"torch.nn.*"}), allowed=frozenset({"numpy.*", "sklearn.x", "torch.optim.*"}))
    validate(ITEMS, replace(assignment, rules=rules), is_whole=True)
    for name in ("torch.nn*", "", "torch..nn", "*", "torch.nn.*.x"):
        with pytest.raises(AssignmentInvalid, match="is the name of nothing"):
            validate(ITEMS, replace(assignment, rules=replace(rules, banned=frozenset({name}))), is_whole=True)


def test_helper_of_one_name_in_two_folders_is_refused(assignment: Assignment, tmp_path: Path) -> None:
    other = tmp_path / "base"
    other.mkdir()
    for folder in (assignment.folder, other):
        (folder / "helper.py").write_text("")
        (folder / "conftest.py").write_text("")
    with pytest.raises(AssignmentInvalid, match=f"{assignment.folder / 'helper.py'}:1: .*rename yours"):
        validate(ITEMS, replace(assignment, extended=(other,)), is_whole=True)


def test_place_is_in_the_file_that_has_the_key(assignment: Assignment, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    built = replace(assignment, folder=own, extended=(assignment.folder,))
    assert in_table(built, "test_add") == f"{assignment.folder / 'assignment.toml'}:{line_of(TABLE, 'test_add')}"
    assert in_table(built, "none") == str(own / "assignment.toml")
