"""Objects of subclasses: what the base class holds comes out, whatever the class says of it."""

from __future__ import annotations

import enum
from collections import Counter, OrderedDict, defaultdict, namedtuple
from typing import Any, NoReturn

import numpy as np
import pytest
import torch

from grader.boundary.plain import plain

Pair = namedtuple("Pair", "x y")  # as students write it


class Answer(enum.IntEnum):
    YES = 7


class Kind(enum.StrEnum):
    ONE = "one"


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (np.float64(0.5), 0.5),
        (np.mean([1.0, 2.0]), 1.5),
        (np.array([1.0, 3.0]).sum(), 4.0),
        (np.str_("text"), "text"),
        (Answer.YES, 7),
        (Kind.ONE, "one"),
        (Pair(1, 2), (1, 2)),
        (torch.Size((2, 3)), (2, 3)),
        (torch.ones(1, 2).shape, (1, 2)),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(int, {np.str_("a"): 1}), {"a": 1}),
        (Counter("aab"), {"a": 2, "b": 1}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_object_of_a_usual_subclass_is_what_its_base_class_holds(value: object, held: object) -> None:
    found = plain(value)
    assert found == held
    assert type(found) is type(held)
    if isinstance(found, dict):
        assert {type(key) for key in found} == {str}


@pytest.mark.parametrize(
    "value", [None, True, 1, 1.5, "a", (1,), [1], {"a": 1}, b"bytes", {1}, np.float32(1), np.int64(1), np.ones(1), int]
)
def test_anything_else_is_what_it_was(value: object) -> None:
    assert plain(value) is value


def test_what_is_in_it_is_left_as_it_is() -> None:
    inside = Pair(1, 2)
    assert plain(Pair(inside, inside))[0] is inside


def test_what_torch_max_returns_is_a_tuple() -> None:
    found = plain(torch.max(torch.tensor([[1.0, 2.0]]), dim=1))
    assert type(found) is tuple
    assert [part.tolist() for part in found] == [[2.0], [1]]


# --- classes that lie -------------------------------------------------------------------------------------------------


def lie(*_: object, **__: object) -> NoReturn:
    raise AssertionError("the object itself was asked")


ASKED = (
    *("__float__", "__int__", "__index__", "__str__", "__repr__", "__iter__", "__getitem__", "__len__", "__eq__"),
    *("__hash__", "__bool__", "__getattribute__", "__format__", "__contains__", "__next__", "__reversed__"),
    *("hex", "items", "keys", "values", "copy", "as_subclass", "detach", "numpy", "__class_getitem__"),
)


class LyingAboutBases(type):
    """A class of classes that hide what they are."""

    __mro__ = property(lie)

    def mro(cls) -> list[type]:
        return type.mro(cls)

    def __subclasscheck__(cls, kind: type) -> bool:
        return lie()

    def __eq__(cls, other: object) -> bool:
        return lie()

    __hash__ = type.__hash__


def liar(base: type, *arguments: Any) -> Any:
    kind: Any = LyingAboutBases("Liar", (base,), dict.fromkeys(ASKED, lie) | {"__hash__": base.__hash__})
    return base.__new__(kind, *arguments)


@pytest.mark.parametrize(
    ("base", "content"), [(float, 1.5), (int, 3), (str, "one"), (tuple, (1, 2)), (list, [1, 2]), (dict, {"a": 1})]
)
def test_class_that_overrides_everything_is_not_asked(base: type, content: Any) -> None:
    value = liar(base, content)
    if base in (list, dict):
        base.__init__(value, content)
    found = plain(value)
    assert type(found) is base
    assert found == content


def test_keys_that_are_one_when_they_are_plain_are_no_table() -> None:
    class Key(str):
        def __eq__(self, other: object) -> bool:
            return self is other

        __hash__ = object.__hash__

    value = defaultdict(int, {Key("a"): 1, Key("a"): 2})
    assert plain(value) is value


class LyingTensor(torch.Tensor):
    """Nothing that it says of itself is true."""

    shape = property(lambda self: torch.Size((7,)))
    dtype = property(lie)
    layout = property(lie)
    __getattr__ = __eq__ = __iter__ = __len__ = __float__ = detach = numpy = as_subclass = lie
    __hash__ = torch.Tensor.__hash__

    @classmethod
    def __torch_function__(cls, *_: object, **__: object) -> Any:
        return torch.full((7,), 9.0)


class LyingParameter(torch.nn.Parameter):
    @classmethod
    def __torch_function__(cls, *_: object, **__: object) -> Any:
        return torch.full((7,), 9.0)


LYING_TENSORS = (
    torch.ones(2).as_subclass(LyingTensor),
    torch.ones(2, requires_grad=True).as_subclass(LyingTensor),
    LyingParameter(torch.ones(2)),
)


@pytest.mark.parametrize("value", LYING_TENSORS, ids=["tensor", "with history", "parameter"])
def test_tensor_that_lies_is_its_data(value: torch.Tensor) -> None:
    found = plain(value)
    assert type(found) is torch.Tensor
    assert found.tolist() == [1.0, 1.0]


def test_tensor_keeps_its_place_in_the_graph_and_its_memory() -> None:
    leaf = torch.ones(2, requires_grad=True)
    found = plain((2 * leaf).as_subclass(LyingTensor))
    found.sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.tolist() == [2.0, 2.0]
    data = torch.ones(2)
    assert plain(data.as_subclass(LyingTensor)).data_ptr() == data.data_ptr()


def test_tensor_without_data_of_its_own_stays_what_it_is() -> None:
    class Wrapper(torch.Tensor):
        @classmethod
        def __torch_dispatch__(cls, *_: object, **__: object) -> Any:
            lie()

    value = torch.Tensor._make_wrapper_subclass(Wrapper, (2,))
    assert plain(value) is value
