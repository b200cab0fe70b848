"""Checks as functions: those of a folder, and the items of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.doctor.functions import checks_in, items_of, question_of
from tests.meta.tools.toys import two_toys


def test_checks_of_a_folder_in_their_order(tmp_path: Path) -> None:
    checks = [*checks_in(load_assignment(two_toys(tmp_path)))]
    assert [(check.__name__, question_of(check)) for check in checks] == [
        ("test_double", "double"),
        ("test_triple", "triple"),
    ]


def test_checks_of_what_it_is_built_on_are_its_own_but_for_those_that_are_dropped(tmp_path: Path) -> None:
    two_toys(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    (own / "assignment.toml").write_text(
        'extends = "../toys"\ndrop = ["test_double"]\n'
        '[[question]]\nname = "triple"\n[question.checks]\ntest_zero = 1\n'
        '[[question]]\nname = "double"\n[question.checks]\ntest_nothing = 1\n'
    )
    (own / "test_own.py").write_text(
        "from grader.suite import check\n\n\n"
        '@check("triple")\ndef test_zero(submission):\n    """0."""\n\n\n'
        '@check("double")\ndef test_nothing(submission):\n    """Nothing."""\n'
    )
    checks = [check.__name__ for check in checks_in(load_assignment(own))]
    assert checks == ["test_zero", "test_nothing", "test_triple"]


def test_check_without_parameters_is_one_item() -> None:
    def check() -> None:
        """Nothing is checked."""

    assert items_of(check) == [{}]


def test_parameters_make_an_item_each() -> None:
    @pytest.mark.parametrize("x", [1, pytest.param(2, id="two")])
    @pytest.mark.parametrize(("y", "z"), [(3, 4), pytest.param(5, 6)])
    def check(x: int, y: int, z: int) -> None:
        """Nothing is checked."""

    items = items_of(check)
    assert len(items) == 4
    assert {"x": 2, "y": 5, "z": 6} in items


def test_names_of_parameters_may_be_one_text() -> None:
    @pytest.mark.parametrize("x, y", [(1, 2)])  # noqa: PT006 - what is tested
    def check(x: int, y: int) -> None:
        """Nothing is checked."""

    assert items_of(check) == [{"x": 1, "y": 2}]
