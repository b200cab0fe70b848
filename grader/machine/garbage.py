"""What Python's garbage collector looks through: torch, Hypothesis and pytest make a million objects that never die."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

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
