"""Channels: nobody waits beyond a deadline, and what breaks off is told."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import tracemalloc

import pytest
import torch

from grader.boundary import wire
from grader.boundary.channel import Channel
from grader.boundary.wire import ChannelClosed, DeadlinePassed, ProtocolError
from tests.meta.units.boundary.frames import frame, soon, spec


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 7, 8, 14, 34, 40, 46])
def test_frame_that_breaks_off_closes_the_channel(cut: int, pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(frame('{"tensors": [["float32", [2]]]}', b"\0" * 8)[:cut])
    peer.shutdown(socket.SHUT_WR)
    with pytest.raises(ChannelClosed):
        channel.receive(soon())


def test_memory_grows_with_what_arrives_not_with_what_is_declared(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(spec("uint8", [wire.MAX_PAYLOAD_BYTES], declared=wire.MAX_PAYLOAD_BYTES) + b"\0" * 100)
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
    peer.sendall(frame('{"tensors": [["uint8", [1]]]}', b"\0") + b"\0" * 8)
    channel.receive(soon())
    assert channel.has_unread()
    with pytest.raises(ProtocolError):
        channel.receive(soon())


def test_peer_that_writes_nothing_ends_at_the_deadline(pair: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(DeadlinePassed):
        pair[0].receive(time.monotonic() + 0.02)


def test_peer_that_writes_a_part_ends_at_the_deadline(pair: tuple[Channel, socket.socket]) -> None:
    channel, peer = pair
    peer.sendall(spec("float32", [100], declared=400) + b"\0" * 7)
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
