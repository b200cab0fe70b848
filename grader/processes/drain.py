"""What workers print, read as it comes: a full pipe can't hold a worker, nor a flood fill the judge.

One thread reads for all of them. It is there before the first worker is: one that takes all threads of its user would
leave none for the next worker's output. Where pipes can't be polled (Windows), each has a thread.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from typing import Final

MAX_OUTPUT_BYTES: Final = 1 << 20
READS_AHEAD: Final = 16  # of 64 KiB, which is what a pipe holds: a worker that prints without end can't hold the judge
NEWS_S: Final = 0.1  # how long somebody who listens waits before he looks at the clock
CAN_POLL: Final = hasattr(select, "poll")


class Output:
    """A worker's standard output and error, of which the first part is kept."""

    def __init__(self, descriptor: int, most: int = MAX_OUTPUT_BYTES) -> None:
        self.descriptor = descriptor
        self.gone = threading.Event()  # set once it has ended and its descriptor is closed
        self._kept = bytearray()
        self._most = most
        self._dropped = 0
        self._common = (0, 0)  # of these two, what belongs to all that it is asked
        self._heard: bytearray | None = None  # what came since somebody has begun to listen
        self._ended = False
        self._reading = threading.Lock()
        self._news = threading.Event()
        if CAN_POLL:
            os.set_blocking(descriptor, False)

    def text(self) -> str:
        """What was kept, decoded, with a note on what was not. What was printed before an answer is in it (POSIX)."""
        self._read_ahead()
        kept = bytes(self._kept).decode("utf-8", "replace")
        return kept + (f"\n[{self._dropped} more bytes]" if self._dropped else "")

    def keep(self) -> None:
        """What was printed until now is told of all that comes: the file has printed it, and not what is asked."""
        self._read_ahead()
        with self._reading:
            self._common = len(self._kept), self._dropped

    def renew(self, *, wholly: bool = False) -> None:
        """What was printed since was another's, and is not told any more. wholly: nor what was to be kept."""
        self._read_ahead()
        with self._reading:
            self._common = (0, 0) if wholly else self._common
            kept, self._dropped = self._common
            del self._kept[kept:]

    def _read_ahead(self) -> None:
        for _ in range(READS_AHEAD if CAN_POLL else 0):  # the thread may not have come to it yet
            if not self.read():
                break

    def hear(self, ask: Callable[[], object], is_all: Callable[[bytes], bool], seconds: float) -> str:
        """What comes once it was asked for, until that is all. It does not count as printed."""
        with self._reading:
            self._heard = bytearray()
        ask()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not self._ended and not is_all(bytes(self._heard)):
            self._news.wait(NEWS_S)
            self._news.clear()
        with self._reading:
            heard, self._heard = bytes(self._heard), None
        return heard.decode("utf-8", "replace")

    def read(self) -> bool:
        """Read once, without waiting where that can be had; whether more may be there."""
        with self._reading:
            if self._ended:
                return False
            try:
                chunk = os.read(self.descriptor, 1 << 16)
            except BlockingIOError:
                return False
            except OSError:
                chunk = b""
            if not chunk:
                self._ended = True
                return False
            self._news.set()
            if self._heard is not None and len(self._heard) < MAX_OUTPUT_BYTES:
                self._heard += chunk
                return True
            room = self._most - len(self._kept)
            self._kept += chunk[:room]
            self._dropped += max(0, len(chunk) - room)
            return True

    def close_if_ended(self) -> bool:
        """For the thread that reads, which alone closes: nobody else polls a number that means another file by now."""
        if not self._ended:
            return False
        os.close(self.descriptor)
        self.gone.set()
        return True

    def end(self) -> None:
        """Nothing is read any more."""
        with self._reading:
            self._ended = True


class Drain:
    """The thread that reads all outputs."""

    def __init__(self) -> None:
        self._outputs: dict[int, Output] = {}
        self._added = threading.Lock()
        self._closing = False
        self._thread: threading.Thread | None = None
        if CAN_POLL:
            self._bell, self._ringer = os.pipe()
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Those that have not ended."""
        with self._added:
            return tuple(self._outputs.values())

    def add(self, output: Output) -> Output:
        """Read that output from now on."""
        if not CAN_POLL:
            threading.Thread(target=_read_to_its_end, args=[output], daemon=True).start()
            return output
        with self._added:
            self._outputs[output.descriptor] = output
        os.write(self._ringer, b"x")
        return output

    def close(self) -> None:
        """Read no more, and close all that are left."""
        if self._thread is None or self._closing:
            return
        self._closing = True
        os.write(self._ringer, b"x")
        self._thread.join()
        os.close(self._ringer)
        os.close(self._bell)

    def _run(self) -> None:
        polled: dict[int, Output] = {}
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        while not self._closing:
            for descriptor, _ in poll.poll():
                if descriptor == self._bell:
                    os.read(self._bell, 1 << 12)
                elif descriptor in polled:
                    polled[descriptor].read()
                    if polled[descriptor].close_if_ended():
                        poll.unregister(descriptor)
                        self._forget(polled.pop(descriptor))
            for output in self.outputs:
                if output.descriptor not in polled:
                    poll.register(output.descriptor, select.POLLIN)
                    polled[output.descriptor] = output
        for output in self.outputs:
            output.end()
            output.close_if_ended()

    def _forget(self, output: Output) -> None:
        with self._added:
            if self._outputs.get(output.descriptor) is output:  # by now the number may be another one's
                del self._outputs[output.descriptor]


def _read_to_its_end(output: Output) -> None:
    while not output.close_if_ended():
        output.read()
