"""What crosses the boundary beside plain values: exceptions, and descriptions of what does not cross."""

from __future__ import annotations

import json

import pytest
import torch

from grader.boundary import wire
from grader.boundary.values import MAX_DESCRIPTION, Frame, Once, Opaque, Raised, pack_result, unpack_result
from grader.boundary.wire import ProtocolError

RAISED = Raised("ValueError", "no", (Frame(3, "f", "x = 1"), Frame(-1, "", "")))


def through(value: object, description: str = "") -> object:
    """The value after a trip as a result."""
    tensors: list[torch.Tensor] = []
    packed = json.loads(json.dumps(pack_result(value, tensors, lambda part: description)))
    return unpack_result(packed, tensors)


def test_exception_arrives_as_it_was_sent_at_any_depth() -> None:
    assert through(RAISED) == RAISED
    assert type(through(RAISED)) is Raised
    assert through([RAISED, {"a": (RAISED,)}]) == [RAISED, {"a": (RAISED,)}]
    assert Raised.read(json.loads(json.dumps(RAISED.write()))) == RAISED


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        ["E", "t"],
        ["E", "t", [], 1],
        {"type": "E"},
        [1, "t", []],
        ["E", None, []],
        ["E", "t", {}],
        ["E", "t", [1]],
        ["E", "t", [[1, "f"]]],
        ["E", "t", [["1", "f", "c"]]],
        ["E", "t", [[True, "f", "c"]]],
        ["E", "t", [[1, None, "c"]]],
        ["E", "t", [[1, "f", 2]]],
    ],
    ids=repr,
)
def test_malformed_exception_is_refused(told: wire.Json) -> None:
    with pytest.raises(ProtocolError):
        Raised.read(told)
    with pytest.raises(ProtocolError):
        unpack_result({"raised": told}, [])


def test_what_does_not_cross_is_described_in_few_words() -> None:
    found = through([object()], "x" * 10_000)
    assert isinstance(found, list)
    assert found[0].description == "x" * MAX_DESCRIPTION
    told = unpack_result({"object": "y" * 10_000}, [])
    assert isinstance(told, Opaque)
    assert len(told.description) == MAX_DESCRIPTION


def test_what_does_not_cross_equals_nothing() -> None:
    one = Opaque("Layer")
    assert one != one
    assert one != Opaque("Layer")
    assert len({one, Opaque("Layer")}) == 2


@pytest.mark.parametrize("packed", [{"object": 1}, {"object": None}, {"leaf": 0}, {"ref": 0}, {"x": 1}, [1]], ids=repr)
def test_tag_of_another_kind_is_refused(packed: wire.Json) -> None:
    with pytest.raises(ProtocolError):
        unpack_result(packed, [torch.ones(1)])


def test_a_tensor_is_read_once() -> None:
    tensors = Once([torch.zeros(3), torch.ones(2)])
    assert unpack_result({"list": [{"tensor": 1}, {"tensor": 0}]}, tensors) is not None
    with pytest.raises(ProtocolError, match="one tensor twice"):
        unpack_result({"tensor": 1}, tensors)
