"""What Python's garbage collector looks through: torch, Hypothesis and pytest make a million objects that never die."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

HEAVY_BYTES: Final = 64 << 20  # of values that came, after which what holds them is looked for
YOUNG: Final = 10_000  # objects until the youngest are looked through; Python's 700 are a few examples of Hypothesis's


@contextlib.contextmanager
def left_alone() -> Iterator[None]:
    """Collect nothing within. Imports make hardly any garbage, and are looked through again each time they grow."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def keep_what_is_here() -> None:
    """Look no more through what is there, and less often through the rest: for a process in which all that stays."""
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(YOUNG)


class Received:
    """Values that came from a worker. What is computed from one refers to it, and it to that: both wait for a collector
    that counts objects, while they may have 64 MiB each.
    """

    def __init__(self) -> None:
        self._bytes = 0

    def add(self, size: int) -> None:
        """So many bytes came: collect those before them, if they are many."""
        self._bytes += size
        if self._bytes >= HEAVY_BYTES:
            self._bytes = 0
            gc.collect()
