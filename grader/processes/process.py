"""What each way to start workers has in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

START_LIMIT_S: Final = 120.0
ARGUMENTS: Final = ("-P", "-s", "-m", "grader.worker")


class Process(Protocol):
    """What each way to start workers gives for a worker."""

    @property
    def pid(self) -> int | None:
        """Its process id, where it is known by now."""

    def identify(self) -> int | None:
        """The same, waited for where it can be known in a moment."""

    def end(self) -> int | None:
        """Kill it and all it has started; its exit status, negative for a signal. Nothing is asked of it later."""

    def discard(self, then: Callable[[], None]) -> None:
        """Have it killed as `end` does, without waiting for that; `then` is called once it is gone."""


def last_line(log: Path) -> str:
    """The last line of a log that says anything."""
    lines = log.read_text(errors="replace").split("\n")
    return next((" ".join(line.split())[:200] for line in reversed(lines) if line.strip()), "")
