"""How much memory there is for a grading: of the machine, or of the container that it runs in."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

LITTLE_BYTES: Final = 3 << 30  # below it, two trainings at a time are too much
_PROC: Final = Path("/proc")
_GROUPS: Final = Path("/sys/fs/cgroup")


def is_little(proc: Path = _PROC, groups: Path = _GROUPS) -> bool:
    """Whether what takes much memory has to run one after the other. Not known (not Linux): it has not."""
    return min(_limits(proc, groups), default=LITTLE_BYTES) < LITTLE_BYTES


def warning(needed_mib: float, proc: Path = _PROC, groups: Path = _GROUPS) -> str:
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


def _limits(proc: Path, groups: Path) -> Iterator[int]:
    """Bytes of the machine, and of each control group around this process, of either version."""
    for line in _lines(proc / "meminfo"):
        if line.startswith("MemTotal:"):
            yield int(line.split()[1]) * 1024
    for line in _lines(proc / "self" / "cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0":
            root, name = groups, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        # In a container, what the path names may be out of sight: then the group is the root.
        for group in (PurePosixPath(path), *PurePosixPath(path).parents):
            for limit in _lines(root / str(group).lstrip("/") / name):
                if limit.isdecimal():  # and not "max"
                    yield int(limit)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
