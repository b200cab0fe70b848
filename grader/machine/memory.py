"""How much memory there is for a grading: of the machine, or of the container that it runs in."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grader.machine.groups import GROUPS, PROC, around, lines, number

LITTLE_BYTES: Final = 3 << 30  # below it, two trainings at a time are too much
MANY: Final = 64  # workers; more than there are cores for


def is_little(proc: Path = PROC, groups: Path = GROUPS) -> bool:
    """Whether what takes much memory has to run one after the other. Not known (not Linux): it has not."""
    return min(_limits(proc, groups), default=LITTLE_BYTES) < LITTLE_BYTES


def warning(needed_mib: float, proc: Path = PROC, groups: Path = GROUPS) -> str:
    """What to tell where there is less than the assignment needs; nothing where there is enough, or it is not known."""
    least = min(_limits(proc, groups), default=None)
    if least is None or least >= needed_mib * (1 << 20):
        return ""
    return (
        f"{least >> 20} MiB of memory are here, and this assignment needs {needed_mib:g}: points may be lost for it. "
        "Grade where there is more"
    )


def give_back() -> None:
    """Give the system what this process has no use for: by itself, the C library keeps what lies between used parts."""
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # a C library that is not glibc
            ctypes.CDLL(None).malloc_trim(0)


def most_workers(each_mib: float, proc: Path = PROC, groups: Path = GROUPS) -> int:
    """How many of that size fit into what is free now, beside one more; one at least, and many where it isn't known."""
    free = min(_free(proc, groups), default=None)
    return MANY if free is None else max(int(free / (each_mib * (1 << 20))) - 1, 1)


def _limits(proc: Path, groups: Path) -> Iterator[int]:
    """Bytes of the machine, and of each control group around this process."""
    yield from _of_machine("MemTotal:", proc)
    for version, group in around("memory", proc, groups):
        limit = number(group / ("memory.max" if version == 2 else "memory.limit_in_bytes"))
        if limit is not None:
            yield limit


def _free(proc: Path, groups: Path) -> Iterator[int]:
    """Bytes that are free in each of them: what files keep, and would give back, is."""
    yield from _of_machine("MemAvailable:", proc)
    for version, group in around("memory", proc, groups):
        names = ("max", "current") if version == 2 else ("limit_in_bytes", "usage_in_bytes")
        limit, used = (number(group / f"memory.{name}") for name in names)
        if limit is not None and used is not None:
            kept = ("inactive_file " if version == 2 else "total_inactive_file ",)
            cached = [int(line.split()[1]) for line in lines(group / "memory.stat") if line.startswith(kept)]
            yield max(limit - used + sum(cached), 0)


def _of_machine(name: str, proc: Path) -> Iterator[int]:
    yield from (int(line.split()[1]) * 1024 for line in lines(proc / "meminfo") if line.startswith(name))
