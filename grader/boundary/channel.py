"""One end of a conversation between judge and worker: frames (see grader.boundary.wire), with deadlines."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import torch

from grader.boundary.wire import (
    CHUNK,
    MAX_FRAME_BYTES,
    MAX_HEADER_BYTES,
    MAX_PAYLOAD_BYTES,
    PREFIX_BYTES,
    ChannelClosed,
    DeadlinePassed,
    Json,
    ProtocolError,
    RawFrame,
    encode,
)

_AHEAD: Final = 1 << 16  # read at least so much at once: a frame has three parts, and most are small


class Channel:
    """One end of a stream socket, with deadlines (seconds of time.monotonic(); None waits for ever)."""

    def __init__(self, sock: socket.socket, *, listens: bool = False, trusts: bool = False) -> None:
        """trusts: the peer is the judge. listens: while there is no room to send, take what the peer sends, one frame
        at most, so that two that both have much to say don't wait for each other.
        """
        self._sock = sock
        self._listens = listens
        self._trusts = trusts
        self._granted_s = 0.0  # for the frame that is sent or received at present
        self.grace: Callable[[], float] = lambda: 0.0  # asked where a deadline has passed: seconds to go on with
        self._ahead = bytearray()  # received with an earlier part, not asked for yet

    def close(self) -> None:
        """Close this end."""
        self._sock.close()

    def fileno(self) -> int:
        """The descriptor of this end."""
        return self._sock.fileno()

    def send(self, header: Mapping[str, Json], tensors: Sequence[torch.Tensor], deadline: float | None) -> None:
        """Send one frame. A peer that stops reading can't hold the sender beyond the deadline."""
        buffers = encode(header, tensors)
        self._granted_s = 0.0
        if sum(map(len, buffers)) <= CHUNK:
            buffers = [b"".join(buffers)]  # one system call, and one wake-up of the peer
        for buffer in buffers:
            view = memoryview(buffer)
            while view:
                self._arm(deadline)
                try:
                    view = view[self._send_some(view[:CHUNK]) :]
                except TimeoutError:
                    continue  # to look at the deadline again
                except OSError as error:
                    raise ChannelClosed(str(error)) from error

    def _send_some(self, view: memoryview) -> int:
        """Send what there is room for, and how much that was. Where there is none, wait; see `listens`."""
        if not self._listens:
            return self._sock.send(view)
        timeout = self._sock.gettimeout()
        self._sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            return self._sock.send(view)
        if _is_readable_before_writable(self._sock, timeout, can_read=len(self._ahead) < MAX_FRAME_BYTES):
            chunk = self._sock.recv(CHUNK)
            if not chunk:
                raise ChannelClosed("the peer closed the channel")
            self._ahead += chunk
        return 0

    def receive(self, deadline: float | None) -> tuple[dict[str, Json], list[torch.Tensor]]:
        """The next frame, read."""
        return self.receive_frame(deadline).read(trusted=self._trusts)

    def receive_frame(self, deadline: float | None) -> RawFrame:
        """The next frame. Its memory grows with what arrives, not with what is declared."""
        self._granted_s = 0.0
        declared = self._read(PREFIX_BYTES, deadline)
        length, size = int.from_bytes(declared[:4], "little"), int.from_bytes(declared[4:], "little")
        if not 2 <= length <= MAX_HEADER_BYTES:
            raise ProtocolError(f"a header declares {length} bytes")
        if size > MAX_PAYLOAD_BYTES:
            raise ProtocolError("a frame declares more bytes than the limit")
        return RawFrame(bytes(self._read(length, deadline)), self._read(size, deadline))

    def has_unread(self) -> bool:
        """Whether the peer has sent more than was received."""
        return bool(self._ahead or self._peek())

    def is_ready(self) -> bool:
        """Whether there is something to receive: a byte of it at least, or that the peer has hung up."""
        return bool(self._ahead) or self._peek() is not None

    def _peek(self) -> bytes | None:
        """One byte without taking it: empty where the peer has hung up, None where there is nothing yet."""
        self._sock.setblocking(False)
        try:
            # recv, never recvmsg: the kernel drops descriptors that a hostile peer passes along.
            return self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def _read(self, size: int, deadline: float | None) -> bytearray:
        data = self._ahead[:size]
        del self._ahead[:size]
        while len(data) < size:
            self._arm(deadline)
            missing = size - len(data)
            try:
                chunk = self._sock.recv(max(_AHEAD, min(CHUNK, missing)))
            except TimeoutError:
                continue  # to look at the deadline again
            except OSError as error:
                raise ChannelClosed(str(error)) from error
            if not chunk:
                raise ChannelClosed("the peer closed the channel")
            data += chunk[:missing]
            self._ahead += chunk[missing:]
        return data

    def _arm(self, deadline: float | None) -> None:
        if deadline is None:
            self._sock.settimeout(None)
            return
        left = deadline + self._granted_s - time.monotonic()
        if left <= 0:
            more = self.grace()
            if left + more <= 0:
                raise DeadlinePassed("the deadline has passed")
            self._granted_s += more
            left += more
        self._sock.settimeout(left)


def _is_readable_before_writable(sock: socket.socket, timeout: float | None, *, can_read: bool) -> bool:
    """Wait until there is something to read or room to write; whether the first is so. Without can_read, for room."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLOUT | (select.POLLIN if can_read else 0))
        found = poll.poll(None if timeout is None else max(timeout, 0.0) * 1000)
        return can_read and any(event & select.POLLIN for _, event in found)
    readable, _, _ = select.select([sock] if can_read else [], [sock], [], timeout)
    return bool(readable)
