"""Frames: a malformed one is refused, and nobody waits beyond a deadline."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
import tracemalloc

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.boundary import wire
from grader.boundary.wire import Channel, ChannelClosed, DeadlinePassed, ProtocolError
from tests.meta.units.boundary.frames import JSON, QUICK, frame, no_tag, soon, spec

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


def test_frame_above_a_limit_is_not_sent() -> None:
    with pytest.raises(ProtocolError):
        wire.encode({"a": "x" * wire.MAX_HEADER_BYTES}, [])
    half = torch.zeros(wire.MAX_PAYLOAD_BYTES // 2 + 1, dtype=torch.uint8)
    with pytest.raises(ProtocolError):
        wire.encode({}, [half, half])


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


@pytest.mark.parametrize("listens", [True, False])
def test_two_that_send_at_once_do_not_hold_each_other_where_one_listens(listens: bool) -> None:
    ours, theirs = socket.socketpair()
    large = torch.zeros(4 << 20, dtype=torch.uint8)  # more than the system keeps for a reader
    heard: list[int] = []

    def speak_first() -> None:
        with contextlib.suppress(wire.WireError, OSError):
            peer = Channel(theirs)
            peer.send({"n": 1}, [large], None)
            heard.append(peer.receive(None)[0]["n"])

    peer = threading.Thread(target=speak_first)
    with ours, theirs:
        peer.start()
        channel = Channel(ours, listens=listens)
        if listens:
            channel.send({"n": 2}, [large], soon())
            assert channel.receive(soon())[0]["n"] == 1
            peer.join()
            assert heard == [2]
        else:
            with pytest.raises(DeadlinePassed):
                channel.send({"n": 2}, [large], time.monotonic() + 0.2)
            ours.shutdown(socket.SHUT_RDWR)
            peer.join()


def test_channel_that_listens_keeps_one_frame_at_most_while_it_sends() -> None:
    """A peer that speaks without end does not fill the memory of one that has no room to send."""
    ours, theirs = socket.socketpair()
    flood = bytes(1 << 20)

    def speak() -> None:
        with contextlib.suppress(OSError):
            while True:
                theirs.sendall(flood)

    peer = threading.Thread(target=speak)
    with ours, theirs:
        peer.start()
        channel = Channel(ours, listens=True)
        with pytest.raises(DeadlinePassed):
            channel.send({}, [torch.zeros(4 << 20, dtype=torch.uint8)], time.monotonic() + 1.0)
        assert len(channel._ahead) <= wire.MAX_FRAME_BYTES + (1 << 20)
        ours.shutdown(socket.SHUT_RDWR)
        peer.join()
