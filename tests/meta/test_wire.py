"""Frames: every plain value arrives as it was sent; whatever else arrives is refused, and nothing else happens."""

from __future__ import annotations

import contextlib
import json
import math
import random
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.parameter import Parameter

from grader.boundary import wire
from grader.boundary.wire import Channel, ChannelClosed, DeadlinePassed, ProtocolError

QUICK = settings(max_examples=100, derandomize=True, database=None, deadline=None)


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    """A channel, and the bare socket at its other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def soon() -> float:
    return time.monotonic() + 5.0


def refuse(value: Any) -> wire.Json:
    return {"object": type(value).__name__}


def no_tag(tag: str, content: wire.Json) -> object:
    raise ProtocolError(f"unknown tag {tag}")


def through_a_channel(value: Any) -> Any:
    """The value after a trip as a frame through a socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        tensors: list[torch.Tensor] = []
        packed = wire.pack(value, tensors, refuse)
        sender = threading.Thread(target=Channel(ours).send, args=({"value": packed}, tensors, soon()))
        sender.start()
        header, received = Channel(theirs).receive(soon())
        sender.join()
    return wire.unpack(header["value"], received, no_tag)


def raw(value: torch.Tensor) -> bytes:
    copy = torch.empty(value.shape, dtype=value.dtype).copy_(value.detach()).reshape(-1)
    return copy.view(torch.uint8).numpy().tobytes() if copy.numel() else b""


def same(actual: Any, expected: Any) -> bool:
    """Equal in kind and in every bit; a torch.Size is received as a tuple, a Parameter as a tensor."""
    if isinstance(expected, torch.Tensor):
        return (
            type(actual) is torch.Tensor
            and (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
            and raw(actual) == raw(expected)
        )
    if isinstance(expected, tuple):
        return type(actual) is tuple and len(actual) == len(expected) and all(map(same, actual, expected))
    if type(actual) is not type(expected):
        return False
    match expected:
        case float():
            return struct.pack("d", actual) == struct.pack("d", expected) or (
                math.isnan(actual) and math.isnan(expected)
            )
        case list():
            return len(actual) == len(expected) and all(map(same, actual, expected))
        case dict():
            return list(actual) == list(expected) and all(same(actual[key], expected[key]) for key in expected)
        case slice():
            parts = ("start", "stop", "step")
            return all(same(getattr(actual, part), getattr(expected, part)) for part in parts)
        case _:
            return bool(actual == expected)


# --- what is plain arrives as it was ----------------------------------------------------------------------------------


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


class LyingInt(int):
    pass


class LyingFloat(float):
    pass


class LyingStr(str):
    pass


class LyingList(list[int]):
    pass


class LyingTuple(tuple[int, ...]):
    pass


class LyingDict(dict[str, int]):
    pass


class LyingTensor(torch.Tensor):
    pass


class LyingParameter(Parameter):
    pass


@pytest.mark.parametrize(
    "value",
    [
        LyingInt(1),
        LyingFloat(1.0),
        LyingStr("1"),
        LyingList([1]),
        LyingTuple((1,)),
        LyingDict(a=1),
        torch.ones(1).as_subclass(LyingTensor),
        LyingParameter(torch.ones(1)),
        2**63,
        -(2**63) - 1,
        "x" * (wire.MAX_TEXT + 1),
        "\ud800",
        {"\udfff": 1},
        [0] * (wire.MAX_ITEMS + 1),
        {1: 2},
        {LyingStr("a"): 1},
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


def test_text_beyond_the_first_plane_arrives() -> None:
    assert through_a_channel(["🙂", "é", "\0", ""]) == ["🙂", "é", "\0", ""]


def test_list_that_holds_itself_is_cut_off() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert '{"object": "list"}' in json.dumps(wire.pack(endless, [], refuse))


# --- what is malformed is refused -------------------------------------------------------------------------------------


def frame(header: bytes | str, payload: bytes = b"") -> bytes:
    text = header.encode() if isinstance(header, str) else header
    return len(text).to_bytes(4, "little") + text + payload


def spec(dtype: object, dims: object) -> bytes:
    return frame(json.dumps({"tensors": [[dtype, dims]]}))


MALFORMED = {
    "header of no bytes": b"\0\0\0\0",
    "header of one byte": b"\1\0\0\0{",
    "header too long": (wire.MAX_HEADER_BYTES + 1).to_bytes(4, "little"),
    "header far too long": b"\xff\xff\xff\xff",
    "not JSON": frame("{]"),
    "not an object": frame("[]"),
    "no tensors": frame("{}"),
    "tensors not a list": frame('{"tensors": {}}'),
    "bad UTF-8": frame(b'{"tensors": [], "a": "\xff"}'),
    "UTF-16": frame('{"tensors": []}'.encode("utf-16")),
    "byte order mark": frame(b"\xef\xbb\xbf" + b'{"tensors": []}'),
    "duplicate key": frame('{"tensors": [], "tensors": []}'),
    "duplicate key inside": frame('{"tensors": [], "a": {"b": 1, "b": 2}}'),
    "NaN": frame('{"tensors": [], "a": NaN}'),
    "Infinity": frame('{"tensors": [], "a": -Infinity}'),
    "float": frame('{"tensors": [], "a": 1.5}'),
    "exponent": frame('{"tensors": [], "a": 1e999}'),
    "many digits": frame('{"tensors": [], "a": ' + "9" * 4000 + "}"),
    "deep nesting": frame('{"tensors": [], "a": ' + "[" * 30_000 + "]" * 30_000 + "}"),
    "deep nesting, never closed": frame('{"tensors": ' + "[" * 60_000),
    "deep objects": frame('{"a":' * 12_000),
    "lone surrogate": frame('{"tensors": [], "a": "\\ud800"}'),
    "lone surrogate in capitals": frame('{"tensors": [], "a": ["\\uDFFF"]}'),
    "lone surrogate as a key": frame('{"tensors": [], "\\ud800": 1}'),
    "trailing text": frame('{"tensors": []} x'),
    "unknown dtype": spec("complex64", [1]),
    "dtype of no name": spec(None, [1]),
    "dtype as a list": spec(["float32"], [1]),
    "negative dim": spec("float32", [-1]),
    "two negative dims": spec("float32", [-2, -2]),
    "bool dim": spec("float32", [True]),
    "text dim": spec("float32", ["1"]),
    "dims not a list": spec("float32", 3),
    "too many dims": spec("float32", [1] * (wire.MAX_DIMS + 1)),
    "dim too large": spec("float32", [2**40]),
    "product that overflows 64 bits": spec("float32", [2**39, 2**39]),
    "product that wraps to zero": spec("float32", [2**32, 2**32]),
    "more bytes than the limit": spec("uint8", [wire.MAX_PAYLOAD_BYTES + 1]),
    "more bytes than the limit together": frame(json.dumps({"tensors": [["uint8", [wire.MAX_PAYLOAD_BYTES]]] * 2})),
    "spec of one part": frame('{"tensors": [["float32"]]}'),
    "spec of three parts": frame('{"tensors": [["float32", [1], 0]]}'),
    "spec not a list": frame('{"tensors": ["float32"]}'),
    # Nothing to read, but a shape that no tensor can have.
    "empty with a huge shape": spec("float32", [0, 2**39, 2**39]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_frame_is_refused(name: str, pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(MALFORMED[name])
    with pytest.raises(ProtocolError):
        channel.receive(soon())


def test_random_bytes_are_refused_and_nothing_else() -> None:
    source = random.Random(0)
    good = frame('{"batch": 1, "tensors": [["float32", [2]], ["bool", []]]}', b"\0" * 9)
    for n in range(4000):
        data = bytearray(source.randbytes(source.randrange(64)) if n % 4 == 0 else good)
        for _ in range(source.randrange(1, 4) if n % 4 else 0):
            data[source.randrange(len(data))] = source.randrange(256)
        if n % 4 == 2:
            data = data[: source.randrange(len(data))]
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(data)
            theirs.close()
            try:
                header, _ = Channel(ours).receive(soon())
            except (ProtocolError, ChannelClosed):
                continue
            assert type(header) is dict


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["float32", "0x1p0", "nan"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["float", "tensor", "list", "tuple", "dict", "dtype", "slice", "ellipsis", "ref", "tensors", "x"]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


@settings(QUICK, max_examples=300)
@given(packed=JSON)
def test_unpacking_anything_gives_a_value_or_a_protocol_error(packed: wire.Json) -> None:
    with contextlib.suppress(ProtocolError):
        wire.unpack(packed, [torch.ones(1)], no_tag)


@settings(QUICK, max_examples=200)
@given(header=st.dictionaries(st.just("tensors"), JSON) | JSON)
def test_decoding_any_header_gives_specs_or_a_protocol_error(header: wire.Json) -> None:
    try:
        _, specs = wire.decode_header(json.dumps(header).encode())
    except ProtocolError:
        return
    assert sum(size for _, _, size in specs) <= wire.MAX_PAYLOAD_BYTES


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


@pytest.mark.parametrize("depth", [wire.MAX_DEPTH + 1, 400])
def test_value_nested_too_deeply_is_refused(depth: int) -> None:
    text = '{"list":[' * depth + "1" + "]}" * depth
    header, _ = wire.decode_header(('{"tensors":[],"value":' + text + "}").encode())
    with pytest.raises(ProtocolError):
        wire.unpack(header["value"], [], no_tag)


def test_bytes_other_than_0_and_1_become_true(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(frame('{"tensors": [["bool", [4]]]}', b"\x00\x01\x02\xff"))
    _, (received,) = channel.receive(soon())
    assert received.dtype is torch.bool
    assert received.view(torch.uint8).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 10, 30, 35])
def test_frame_that_breaks_off_closes_the_channel(cut: int, pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(frame('{"tensors": [["float32", [2]]]}', b"\0" * 8)[:cut])
    peer.shutdown(socket.SHUT_WR)
    with pytest.raises(ChannelClosed):
        channel.receive(soon())


def test_memory_grows_with_what_arrives_not_with_what_is_declared(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(spec("uint8", [wire.MAX_PAYLOAD_BYTES]) + b"\0" * 100)
    peer.shutdown(socket.SHUT_WR)
    tracemalloc.start()
    try:
        with pytest.raises(ChannelClosed):
            channel.receive(soon())
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_reply_longer_than_declared_is_the_next_frame_and_is_refused(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(frame('{"tensors": [["uint8", [1]]]}', b"\0" * 9))
    channel.receive(soon())
    assert channel.has_unread()
    with pytest.raises(ProtocolError):
        channel.receive(soon())


# --- limits of the sender ---------------------------------------------------------------------------------------------


def test_frame_above_a_limit_is_not_sent() -> None:
    with pytest.raises(ProtocolError):
        wire.encode({"a": "x" * wire.MAX_HEADER_BYTES}, [])
    half = torch.zeros(wire.MAX_PAYLOAD_BYTES // 2 + 1, dtype=torch.uint8)
    with pytest.raises(ProtocolError):
        wire.encode({}, [half, half])


# --- deadlines --------------------------------------------------------------------------------------------------------


def test_peer_that_writes_nothing_ends_at_the_deadline(pair: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(DeadlinePassed):
        pair[0].receive(time.monotonic() + 0.02)


def test_peer_that_writes_a_part_ends_at_the_deadline(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(spec("float32", [100]) + b"\0" * 7)
    with pytest.raises(DeadlinePassed):
        channel.receive(time.monotonic() + 0.02)


def test_peer_that_does_not_read_ends_at_the_deadline(pair: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(DeadlinePassed):
        pair[0].send({}, [torch.zeros(4 << 20)], time.monotonic() + 0.1)


def test_deadline_in_the_past_is_passed_even_if_something_is_there(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(frame('{"tensors": []}'))
    with pytest.raises(DeadlinePassed):
        channel.receive(time.monotonic() - 1)
    with pytest.raises(DeadlinePassed):
        channel.send({}, [], time.monotonic() - 1)


def test_sending_to_a_peer_that_is_gone_closes_the_channel(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.close()
    with pytest.raises(ChannelClosed):
        channel.send({}, [torch.zeros(1 << 20)], soon())
    with pytest.raises(ChannelClosed):
        channel.receive(soon())


def test_has_unread_tells_silence_from_speech(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    assert not channel.has_unread()
    assert not channel.is_ready()
    peer.sendall(b"x")
    assert channel.has_unread()
    assert channel.is_ready()


def test_a_peer_that_has_hung_up_has_said_nothing_and_leaves_nothing_to_wait_for(
    pair: tuple[Channel, socket.socket],
) -> None:
    channel, peer = pair
    peer.close()
    assert not channel.has_unread()
    assert channel.is_ready()


def test_no_deadline_waits_for_the_whole_frame(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(frame('{"batch": 7, "tensors": []}'))
    channel.has_unread()  # leaves the socket non-blocking
    assert channel.receive(None) == ({"batch": 7}, [])
