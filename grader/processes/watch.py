"""The judge's side of what a worker does beside answering: its files, and the time that it had to wait."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final, Protocol

from grader.boundary.limits import Limits
from grader.machine import trees

MIB: Final = 1 << 20
POLL_S: Final = 0.1  # how often the scratch folders are looked at


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
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()  # before there is a worker that could take all threads of the user

    def add(self, worker: Watched, scratch: Path, limits: Limits) -> None:
        """Look at that worker's folder from now on."""
        self._watched = [entry for entry in self._watched if entry[0].is_alive] + [(worker, scratch, limits)]

    def close(self) -> None:
        """Look no more."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(POLL_S):
            for worker, scratch, limits in self._watched:
                if worker.is_alive and (reason := overfull(scratch, limits)):
                    worker.strike(reason)


def overfull(folder: Path, limits: Limits) -> str:
    """Which limit the files in a scratch folder have passed, or nothing. Links are not followed."""
    bytes_left, files_left = limits.scratch_mib * MIB, limits.files
    try:
        for status in trees.entries(folder):
            bytes_left -= getattr(status, "st_blocks", status.st_size // 512) * 512
            files_left -= 1
            if bytes_left < 0:
                return f"wrote more than {limits.scratch_mib:g} MiB to files (scratch_mib)"
            if files_left < 0:
                return f"made more than {limits.files:g} files (files)"
    except trees.TooDeep:
        return f"made more than {trees.MOST_DEPTH} folders in one another, which counts as too many (files)"
    except OSError:  # it is gone, or taken from the judge: see what remove() tells
        pass
    return ""


def waited_s(pid: int | None) -> float:
    """For how long the process was ready to run and no processor was free, where the system counts that (Linux)."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_bytes().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
