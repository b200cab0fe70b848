"""Ctrl-C, SIGTERM and a closed terminal as one exception, which waits where it would leave something behind.

A Python signal handler runs between any two steps of the main thread. Raised in the middle of the talk with the zygote
or before a folder's name is noted, the exception would leave a process or a folder for good: `deferred` puts it off.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any, Final

_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(KeyboardInterrupt):
    """The process was told to stop. A KeyboardInterrupt, so that whoever handles one of those handles it, too."""

    def __init__(self, number: int) -> None:
        super().__init__(f"it was interrupted ({signal.Signals(number).name})")
        self.number = number


class _Interrupts:
    """Of the process: signal handlers are the process's, too."""

    deferrals = 0
    pending: int | None = None
    told: int | None = None


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Within, the first signal raises Interrupted in the main thread and further ones do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}
    _Interrupts.deferrals, _Interrupts.pending, _Interrupts.told = 0, None, None
    for number in _SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):  # nohup, or a job in the background: stays so
            before[number] = signal.signal(number, _handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _Interrupts.told = None  # what comes afterwards was not interrupted


def _handle(number: int, frame: object) -> None:
    if _Interrupts.deferrals:
        _Interrupts.pending = number
    elif _Interrupts.told is None:
        _Interrupts.told = number
        raise Interrupted(number)


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """Within, a signal raises. One whose exception is swallowed (by a callback of Python's imports) does at the end."""
    yield
    if _Interrupts.told is not None and threading.current_thread() is threading.main_thread():
        raise Interrupted(_Interrupts.told)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Within, no signal raises; one that came is raised at the end. For short steps only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _Interrupts.deferrals += 1
    try:
        yield
    finally:
        _Interrupts.deferrals -= 1
        if not _Interrupts.deferrals and _Interrupts.pending is not None:
            number, _Interrupts.pending = _Interrupts.pending, None
            _handle(number, None)
