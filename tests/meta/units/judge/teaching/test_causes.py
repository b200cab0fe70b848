"""Causes: the mistakes that a failure is explained by, and the place of the check where it failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.judge.teaching.causes import causes_of, diagnosis, explanations, place_of
from grader.suite.failures import CheckFailed, StudentError

ERRORS = {"does not require grad": "it is detached", "TypeError": "it is called wrongly"}


def student_error(type_name: str, text: str) -> StudentError:
    return StudentError(type_name, text, (), "f()")


def test_exception_of_the_submission_is_explained_by_its_text() -> None:
    error = student_error("RuntimeError", "element 0 of tensors does not require grad")
    assert causes_of(error, ERRORS) == ("it is detached",)
    assert causes_of(student_error("TypeError", "f() takes no arguments"), ERRORS) == ("it is called wrongly",)
    assert causes_of(student_error("TypeError", "x does not require grad"), ERRORS) == tuple(ERRORS.values())
    assert causes_of(student_error("ValueError", ""), ERRORS) == ()


def test_expectation_names_its_own_mistakes_and_its_text_is_not_searched() -> None:
    assert causes_of(CheckFailed("TypeError", causes=("a", "b")), ERRORS) == ("a", "b")
    assert causes_of(CheckFailed("TypeError"), ERRORS) == ()


def test_exception_of_the_check_itself_is_not_explained() -> None:
    assert causes_of(TypeError("TypeError"), ERRORS) == ()


def first(number: int) -> None:
    raise ValueError(number)


def second(number: int) -> None:
    raise ValueError(number)


def place(function: Callable[[int], None], number: int) -> object:
    with pytest.raises(ValueError) as caught:
        function(number)
    return place_of(caught.value)


def test_place_is_the_same_for_all_examples_and_another_for_another_line() -> None:
    assert place(first, 1) == place(first, 2)
    assert place(first, 1) != place(second, 1)
    assert hash(place(first, 1)) == hash(place(first, 2))


def test_place_leaves_out_the_grader_s_own_lines() -> None:
    found = []
    for actual in ((1, 2, 3), [1]):
        with pytest.raises(CheckFailed) as caught:
            expecting(actual)
        found.append(place_of(caught.value))
    assert found[0] == found[1]


def expecting(actual: object) -> None:
    from grader.suite import expect

    expect.length(actual, 2)


def test_exception_without_a_trace_has_a_place_of_its_own() -> None:
    assert place_of(ValueError()) == ()


def test_mistake_that_explains_every_failure_is_named_first_of_the_check_s() -> None:
    failures = [("a", "b", "c"), ("c", "b")]
    assert explanations({"here": failures}, "here") == ("b", "c")
    assert diagnosis({"here": failures}, "here") == "b"


def test_nothing_is_named_that_leaves_a_failure_unexplained() -> None:
    assert diagnosis({"here": [("a",), ("b",)]}, "here") == ""
    assert diagnosis({"here": [("a",)], "there": [("b",)]}, "here") == ""
    assert diagnosis({"here": [("a",)], "there": [()]}, "here") == "a"  # nobody explains failures there
    assert diagnosis({}, "here") == ""
