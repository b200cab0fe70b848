"""The judge's side of what a worker leaves: its output, its files, and the time that it had to wait."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from grader.boundary.limits import Limits

MIB: Final = 1 << 20
MAX_OUTPUT_BYTES: Final = 1 << 20
READS_AHEAD: Final = 16  # of 64 KiB, which is what a pipe holds: a worker that prints without end can't hold the judge
POLL_S: Final = 0.1  # how often the scratch folders are looked at


class Output:
    """Drains a worker's standard output and error, so that a full pipe can't hold it; keeps the first part."""

    def __init__(self, descriptor: int, most: int = MAX_OUTPUT_BYTES) -> None:
        self._kept = bytearray()
        self._most = most
        self._dropped = 0
        self._heard: bytearray | None = None  # what came since somebody has begun to listen
        self._descriptor = descriptor
        self._ended = False
        self._reading = threading.Lock()
        self._news = threading.Event()
        self._can_wait = hasattr(select, "poll")
        if self._can_wait:
            os.set_blocking(descriptor, False)
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """What was kept, decoded, with a note on what was not. What was printed before an answer is in it (POSIX)."""
        for _ in range(READS_AHEAD if self._can_wait else 0):  # the thread may not have come to it yet
            if not self._read():
                break
        kept = bytes(self._kept).decode("utf-8", "replace")
        return kept + (f"\n[{self._dropped} more bytes]" if self._dropped else "")

    def hear(self, ask: Callable[[], object], is_all: Callable[[bytes], bool], seconds: float) -> str:
        """What comes once it was asked for, until that is all. It does not count as printed."""
        with self._reading:
            self._heard = bytearray()
        ask()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not self._ended and not is_all(bytes(self._heard)):
            self._news.wait(POLL_S)
            self._news.clear()
        with self._reading:
            heard, self._heard = bytes(self._heard), None
        return heard.decode("utf-8", "replace")

    def _drain(self) -> None:
        if self._can_wait:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
        while not self._ended:
            if self._can_wait:
                poll.poll()
            self._read()
        os.close(self._descriptor)

    def _read(self) -> bool:
        """Read once, without waiting where that can be had; whether more may be there."""
        with self._reading:
            if self._ended:
                return False
            try:
                chunk = os.read(self._descriptor, 1 << 16)
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


class Watched(Protocol):
    """A worker, as the watch knows it."""

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""

    def strike(self, reason: str) -> None:
        """Kill it for passing a limit."""


class Watch:
    """Looks at the scratch folders of the workers at work, from a thread: no limit of the system bounds a folder."""

    def __init__(self) -> None:
        self._watched: list[tuple[Watched, Path, Limits]] = []
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, worker: Watched, scratch: Path, limits: Limits) -> None:
        """Look at that worker's folder from now on."""
        self._watched = [entry for entry in self._watched if entry[0].is_alive] + [(worker, scratch, limits)]
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._closing.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(POLL_S):
            for worker, scratch, limits in self._watched:
                if worker.is_alive and (reason := overfull(scratch, limits)):
                    worker.strike(reason)


def overfull(folder: Path, limits: Limits) -> str:
    """Which limit the files in a scratch folder have passed, or nothing. Links are not followed."""
    bytes_left, files_left, queue = limits.scratch_mib * MIB, limits.files, [os.fspath(folder)]
    while queue:
        with contextlib.suppress(OSError), os.scandir(queue.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    bytes_left -= getattr(status, "st_blocks", status.st_size // 512) * 512
                    files_left -= 1
                    if entry.is_dir(follow_symlinks=False):
                        queue.append(entry.path)
                if bytes_left < 0:
                    return f"wrote more than {limits.scratch_mib:g} MiB to files (scratch_mib)"
                if files_left < 0:
                    return f"made more than {limits.files:g} files (files)"
    return ""


def waited_s(pid: int | None) -> float:
    """For how long the process was ready to run and no processor was free, where the system counts that (Linux)."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_bytes().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
