"""How much memory there is for a grading: of the machine, or of the container that it runs in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

LITTLE_BYTES: Final = 3 << 30  # below it, two trainings at a time are too much
_GROUPS: Final = Path("/sys/fs/cgroup")


def is_little(proc: Path = Path("/proc"), groups: Path = _GROUPS) -> bool:
    """Whether what takes much memory has to run one after the other. Not known (not Linux): it has not."""
    return min(_limits(proc, groups), default=LITTLE_BYTES) < LITTLE_BYTES


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
