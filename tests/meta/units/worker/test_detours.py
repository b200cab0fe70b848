"""Detours: whoever calls is looked at first, and the original does what it did."""

from __future__ import annotations

import math
import types
from typing import Any

import pytest

from grader.worker import detours


class Looks:
    """Notes what is told: the name, the function that called, and the rest."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def __call__(self, name: str, frame: types.FrameType, *rest: object) -> None:
        self.seen.append((name, frame.f_code.co_name, *rest))


@pytest.fixture
def look() -> Looks:
    return Looks()


def made(step: int) -> types.FunctionType:
    """A function with a closure, defaults and names that must be given by name."""

    def add(x: int, y: int = 1, *, z: int = 10) -> int:
        return x + y + z + step

    assert isinstance(add, types.FunctionType)
    return add


def test_function_looks_and_does_what_it_did_until_it_is_undone(look: Looks) -> None:
    function = made(1000)
    code = function.__code__
    undo = detours.into(function, "add", look, None, "held")
    assert (function(100), function(100, y=2, z=20)) == (1111, 1122)
    me = "test_function_looks_and_does_what_it_did_until_it_is_undone"
    assert look.seen == [("add", me, "held")] * 2
    assert (function.__code__.co_name, function.__code__.co_firstlineno) == ("add", code.co_firstlineno)
    undo()
    assert function.__code__ is code
    assert (function(100), len(look.seen)) == (1111, 2)


def test_method_is_free_for_objects_of_its_own_class(look: Looks) -> None:
    class Kind:
        def method(self, x: int) -> int:
            return x + 1

    class Heir(Kind):
        pass

    detours.into(Kind.method, "Kind.method", look, Kind, "held")  # type: ignore[arg-type]
    assert (Kind().method(1), Heir().method(2)) == (2, 3)
    assert look.seen == []
    assert Kind.method(object(), 3) == 4  # type: ignore[arg-type]
    assert [seen[0] for seen in look.seen] == ["Kind.method"]


def test_operator_is_told_with_the_object_that_is_called(look: Looks) -> None:
    class Operator:
        def __call__(self) -> int:
            return 5

    operator = Operator()
    detours.into(Operator.__call__, "ops", look, None, Operator)  # type: ignore[arg-type]
    assert operator() == 5
    assert [seen[2:] for seen in look.seen] == [(operator, None, operator)]


def test_function_in_c_has_one_that_stands_for_it(look: Looks) -> None:
    stand = detours.around(math.gcd, "math.gcd", look)  # type: ignore[arg-type]
    assert stand(12, 18) == 6
    assert look.seen == [("math.gcd", "test_function_in_c_has_one_that_stands_for_it", stand)]
    assert (stand.__name__, stand.__doc__) == ("gcd", math.gcd.__doc__)


def test_constructor_of_a_class_without_one_goes_on_to_its_parent(look: Looks) -> None:
    class Parent:
        def __init__(self, x: int) -> None:
            self.x = x

    class Kind(Parent):
        pass

    setattr(Kind, "__init__", detours.constructor(Kind, "Kind", look))  # noqa: B010 - it is one for this class
    assert Kind(3).x == 3
    assert look.seen == [("Kind", "test_constructor_of_a_class_without_one_goes_on_to_its_parent", Kind)]


def test_subclass_is_told_by_its_name_and_those_of_it_are_not(look: Looks) -> None:
    class Kind:
        pass

    setattr(Kind, "__init_subclass__", detours.subclass_hook(Kind, "Kind", look))  # noqa: B010

    class Mine(Kind):
        pass

    class MineToo(Mine):
        pass

    assert [(seen[0], *seen[2:]) for seen in look.seen] == [("Kind", Kind, "Mine")]
