"""Ends a check that has a loop of its own: a worker has limits, and what the judge computes needs one, too.

What counts is the processor's time in one example, so that neither a slow machine nor a slow submission ends a check:
while the judge waits for a worker it uses none. A loop that sleeps is ended when the whole grading would be.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from grader.scorecard import CheckEnded, Verdict

LOOK_S: Final = (0.05, 3600.0)  # at least and at most between two looks


class CheckOverran(CheckEnded):
    """A check's own code did not come to an end; raised in the middle of it."""

    def __init__(self) -> None:
        super().__init__(Verdict.BROKEN, "a loop of the check's own did not end")


@contextlib.contextmanager
def ended_after(limit_s: float, most_s: float, step: Callable[[], object]) -> Iterator[None]:
    """Within, this thread gets a CheckOverran when one step has taken so many seconds of it. step: which it is at.

    most_s: seconds that may pass in any case.
    """
    thread, done, turn = threading.get_ident(), threading.Event(), threading.Lock()

    def watch() -> None:
        began, at, since = time.monotonic(), step(), _used(thread)
        left = limit_s
        while not done.wait(min(max(min(left, most_s), LOOK_S[0]), LOOK_S[1])):
            used, is_late = _used(thread) - since, time.monotonic() - began >= most_s
            if step() != at and not is_late:
                at, since, left = step(), _used(thread), limit_s
                continue
            left = limit_s - used
            if left <= 0 or is_late:
                with turn:
                    if not done.is_set():
                        _raise_in(thread, CheckOverran)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with turn:
            done.set()
            _raise_in(thread, None)  # one that is still on its way must not reach what comes next
        watcher.join()


def _used(thread: int) -> float:
    """Seconds of processor time: of that thread, or of the process where threads have no clock."""
    if hasattr(time, "pthread_getcpuclockid"):
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    return time.process_time()


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have Python raise it at the thread's next step; None: raise nothing that was to be raised."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error and ctypes.py_object(error))
