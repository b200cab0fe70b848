"""Plain values: each arrives as it was sent; whatever else arrives is refused, and nothing else happens."""

from __future__ import annotations

import contextlib
import json
import math
import struct
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.parameter import Parameter

from grader.boundary import wire
from grader.boundary.wire import ProtocolError
from tests.meta.units.boundary.frames import JSON, QUICK, no_tag, refuse, same, through_a_channel


@st.composite
def tensors(draw: st.DrawFn) -> torch.Tensor:
    dtype = draw(st.sampled_from(list(wire.DTYPES.values())))
    shape = draw(st.lists(st.integers(0, 3), max_size=4))
    data = bytearray(draw(st.binary(min_size=n, max_size=n)) if (n := math.prod(shape) * dtype.itemsize) else b"")
    if not data:
        return torch.empty(shape, dtype=dtype)
    made = torch.frombuffer(data, dtype=torch.uint8 if dtype is torch.bool else dtype)
    return (made % 2 == 0 if dtype is torch.bool else made).reshape(shape)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=20),
    tensors(),
    st.sampled_from(list(wire.DTYPES.values())),
    st.just(...),
    st.builds(torch.Size, st.lists(st.integers(0, 9), max_size=3)),
    st.builds(slice, st.none() | st.integers(-9, 9), st.none() | st.integers(-9, 9), st.none() | st.integers(1, 3)),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=5), inner, max_size=4),
    ),
    max_leaves=12,
)


@QUICK
@given(value=VALUES)
def test_plain_value_arrives_as_it_was_sent(value: Any) -> None:
    assert same(through_a_channel(value), value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1])
def test_float_arrives_bit_for_bit(number: float) -> None:
    assert same(through_a_channel(number), number)
    assert math.copysign(1, through_a_channel(number)) == math.copysign(1, number)


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=wire.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (2, 3)], ids=str)
def test_tensor_of_every_dtype_and_shape_arrives(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    value = torch.arange(math.prod(shape)).reshape(shape).to(dtype)
    assert same(through_a_channel(value), value)


@pytest.mark.parametrize(
    "value",
    [
        torch.arange(6.0).reshape(2, 3).T,
        torch.arange(10.0)[::3],
        torch.ones(1).expand(3, 4),
        torch.arange(8.0).reshape(2, 2, 2)[:, 1],
        torch.arange(6.0).reshape(3, 2)[:1, 1],
        torch.arange(6.0).reshape(2, 3).T[1:1],
        torch.ones(2, 2, requires_grad=True),
        torch.ones(2, requires_grad=True) * 3,
        Parameter(torch.arange(4.0)),
        torch.tensor([1 + 2j]).conj().imag,  # a view with its negative bit set
        torch.tensor([math.nan, math.inf, -0.0]),
    ],
    ids=[
        "transposed",
        "strided",
        "expanded",
        "sliced",
        "one of a row",
        "none of a column",
        "leaf",
        "with history",
        "parameter",
        "negated",
        "special",
    ],
)
def test_tensor_arrives_however_it_is_stored(value: torch.Tensor) -> None:
    arrived = through_a_channel(value)
    assert same(arrived, value)
    assert not arrived.requires_grad


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=wire.DTYPES)
def test_large_tensor_arrives_however_it_is_stored(dtype: torch.dtype) -> None:
    value = torch.arange(3_000_000).reshape(1000, 3000).to(dtype)
    for stored in (value, value.T, value[:, ::2], value[:1].expand(1000, 3000)):
        assert same(through_a_channel(stored), stored)


def test_large_tensor_is_sent_without_a_copy() -> None:
    value = torch.zeros(1000, 1000)
    _, payload = wire.encode({}, [value])
    value[0, 0] = 1.0
    assert bytes(payload[:4]) == struct.pack("<f", 1.0)


class Point(NamedTuple):
    x: float
    rest: list[object]


class Count(int):
    pass


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        -(2**63) - 1,
        "x" * (wire.MAX_TEXT + 1),
        "\ud800",
        {"\udfff": 1},
        [0] * (wire.MAX_ITEMS + 1),
        {1: 2},
        torch.ones(2, dtype=torch.complex64),
        torch.ones(2).to_sparse(),
        torch.ones([1] * (wire.MAX_DIMS + 1)),
        torch.ones(1).expand(wire.MAX_PAYLOAD_BYTES // 4 + 1),
        torch.empty(2, device="meta"),
        torch.complex64,
        b"bytes",
        {1, 2},
        object(),
        int,
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_does_not_pass_as_a_value(value: Any) -> None:
    found: list[torch.Tensor] = []
    assert wire.pack(value, found, refuse) == {"object": type(value).__name__}
    assert wire.pack([value], found, refuse) == {"list": [{"object": type(value).__name__}]}
    assert not found


def test_objects_of_subclasses_arrive_as_what_their_base_class_holds_at_any_depth() -> None:
    value = OrderedDict([("a", Point(np.float64(0.5), [torch.Size((2,)), np.str_("b")]))])
    assert same(through_a_channel(value), {"a": (0.5, [(2,), "b"])})


def test_what_is_too_large_does_not_pass_as_an_object_of_a_subclass_either() -> None:
    assert wire.pack(np.str_("x" * (wire.MAX_TEXT + 1)), [], refuse) == {"object": "str"}
    assert wire.pack(Count(2**63), [], refuse) == {"object": "int"}


def test_text_beyond_the_first_plane_arrives() -> None:
    assert through_a_channel(["🙂", "é", "\0", ""]) == ["🙂", "é", "\0", ""]


def test_list_that_holds_itself_is_cut_off() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert '{"object": "list"}' in json.dumps(wire.pack(endless, [], refuse))


@settings(QUICK, max_examples=300)
@given(packed=JSON)
def test_unpacking_anything_gives_a_value_or_a_protocol_error(packed: wire.Json) -> None:
    with contextlib.suppress(ProtocolError):
        wire.unpack(packed, [torch.ones(1)], no_tag)


@pytest.mark.parametrize(
    "packed",
    [
        {"float": "1" * 70},
        {"float": "one"},
        {"float": "0x1p99999"},
        {"float": 1},
        {"tensor": 1},
        {"tensor": -1},
        {"tensor": True},
        {"list": [0] * (wire.MAX_ITEMS + 1)},
        {"dict": [["a"]]},
        {"dict": [[1, 2]]},
        {"dict": [["a", 1], ["a", 2]]},
        {"dtype": "complex64"},
        {"dtype": ["float32"]},
        {"slice": [1, 2]},
        {"ellipsis": True, "float": "0x0p0"},
        {"ref": 1},
        {},
        [1],
    ],
    ids=lambda packed: str(packed)[:40],
)
def test_malformed_value_is_refused(packed: wire.Json) -> None:
    with pytest.raises(ProtocolError):
        wire.unpack(packed, [torch.ones(1)], no_tag)
