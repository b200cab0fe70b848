"""Runs a function in a thread of its own: what the kernel holds one thread to is gone with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def in_a_thread(function: Callable[[], Result]) -> Result:
    """Returns or raises what the function does; the thread has ended by then."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()
