"""The seconds that a worker may still keep the judge waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from grader.boundary.limits import Limit
from grader.processes.watch import waited_s

MIN_GRACE_S: Final = 0.01  # below it, waiting on is not worth a system call
MOST_WAITING: Final = 3.0  # times a limit that a worker may be kept waiting by a busy machine


class Allowance:
    """A limit, and what is left of it. Only the time that the judge waits for the worker counts.

    What a busy machine makes the worker wait for a processor does not count, up to MOST_WAITING times the limit.
    """

    def __init__(self, pid: Callable[[], int | None]) -> None:
        self.limit = Limit("limit_s", 0.0)
        self._pid = pid
        self._left_s = 0.0
        self._excused_s = 0.0  # granted beyond the limit, because the machine was busy
        self._waited_s = 0.0

    def renew(self, limit: Limit) -> None:
        """Grant that limit from now on."""
        self.limit, self._left_s = limit, limit.seconds
        self._excused_s, self._waited_s = 0.0, waited_s(self._pid())

    @contextmanager
    def waiting(self) -> Iterator[float]:
        """Count the time in the block; gives the deadline, in seconds of time.monotonic()."""
        started = time.monotonic()
        try:
            yield started + self._left_s
        finally:
            self._left_s -= time.monotonic() - started

    def grace(self) -> float:
        """The deadline has passed: more seconds, for those in which the worker wanted to run and could not."""
        waited = waited_s(self._pid())
        more = min(waited - self._waited_s, MOST_WAITING * self.limit.seconds - self._excused_s)
        if more < MIN_GRACE_S:
            return 0.0
        self._waited_s = waited
        self._excused_s += more
        self._left_s += more
        return more
