"""Frames: a malformed one is refused, and those that are the same have one digest."""

from __future__ import annotations

import json
import random
import socket

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.boundary import wire
from grader.boundary.channel import Channel
from grader.boundary.wire import ChannelClosed, ProtocolError
from tests.meta.units.boundary.frames import JSON, QUICK, frame, no_tag, soon, spec

MALFORMED = {
    "header of no bytes": frame(b""),
    "header of one byte": frame(b"{"),
    "header too long": wire.prefix(wire.MAX_HEADER_BYTES + 1, 0),
    "header far too long": b"\xff\xff\xff\xff\0\0\0\0",
    "payload too long": frame('{"tensors": []}', declared=wire.MAX_PAYLOAD_BYTES + 1),
    "payload far too long": frame('{"tensors": []}', declared=2**32 - 1),
    "payload of no tensor": frame('{"tensors": []}', b"\0"),
    "tensor of no payload": spec("uint8", [1]),
    "tensors of more than the payload": frame('{"tensors": [["uint8", [1]], ["float32", [1]]]}', b"\0" * 4),
    "tensors of less than the payload": frame('{"tensors": [["uint8", [1]], ["float32", [1]]]}', b"\0" * 6),
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


@settings(QUICK, max_examples=200)
@given(header=st.dictionaries(st.just("tensors"), JSON) | JSON)
def test_decoding_any_header_gives_specs_or_a_protocol_error(header: wire.Json) -> None:
    try:
        _, specs = wire.decode_header(json.dumps(header).encode())
    except ProtocolError:
        return
    assert sum(size for _, _, size in specs) <= wire.MAX_PAYLOAD_BYTES


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


def test_frames_that_differ_in_a_bit_or_in_their_number_have_other_digests() -> None:
    frames = [
        wire.RawFrame(b"{}", bytearray()),
        wire.RawFrame(b"{} ", bytearray()),
        wire.RawFrame(b"{}", bytearray(b" ")),
        wire.RawFrame(b"{}", bytearray(b"!")),
    ]
    digests = [frame.digest(number) for frame in frames for number in (1, 2)]
    assert len({*digests}) == len(digests)
    assert wire.RawFrame(b"{}", bytearray(b"!")).digest(1) == frames[-1].digest(1)


@pytest.mark.parametrize("first", ["uint8", "bool", "float16"])
def test_tensor_arrives_wherever_its_bytes_begin(first: str) -> None:
    """After one of an odd size, those of the next are not aligned."""
    before = torch.ones(3, dtype=wire.DTYPES[first])
    for dtype in wire.DTYPES.values():
        value = torch.arange(1, 8).to(dtype)
        text, *payload = wire.encode({}, [before, value])
        frame = wire.RawFrame(bytes(text)[wire.PREFIX_BYTES :], bytearray(b"".join(payload)))
        _, (_, read) = frame.read(trusted=False)
        assert torch.equal(read, value)
        read.resize_(100)  # its memory is its own


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=wire.DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0)], ids=str)
def test_tensor_that_was_read_is_no_view(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    """What a student is given may be detached in place, as in `p.grad.detach_()`."""
    text, *payload = wire.encode({}, [torch.ones(shape, dtype=dtype)])
    frame = wire.RawFrame(bytes(text)[wire.PREFIX_BYTES :], bytearray(b"".join(payload)))
    _, (read,) = frame.read(trusted=True)
    assert not read._is_view()
    assert (read.shape, read.dtype) == (shape, dtype)
    assert read.detach_().all()


def test_what_is_read_of_a_frame_takes_its_memory_once() -> None:
    text, *payload = wire.encode({}, [torch.zeros(3), torch.ones(2)])
    frame = wire.RawFrame(bytes(text)[wire.PREFIX_BYTES :], bytearray(b"".join(payload)))
    _, read = frame.read(trusted=False)
    assert [part.tolist() for part in read] == [[0.0] * 3, [1.0] * 2]
    assert not frame.payload


def test_frame_above_a_limit_is_not_sent() -> None:
    with pytest.raises(ProtocolError):
        wire.encode({"a": "x" * wire.MAX_HEADER_BYTES}, [])
    half = torch.zeros(wire.MAX_PAYLOAD_BYTES // 2 + 1, dtype=torch.uint8)
    with pytest.raises(ProtocolError):
        wire.encode({}, [half, half])
