"""What the control groups around this process say: of either version, in a container or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

PROC: Final = Path("/proc")
GROUPS: Final = Path("/sys/fs/cgroup")


def around(controller: str, proc: Path = PROC, groups: Path = GROUPS) -> Iterator[tuple[int, Path]]:
    """The folder of each group around this process that has the controller, with the version of its files."""
    for line in lines(proc / "self" / "cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0":
            version, root = 2, groups
        elif controller in controllers.split(","):
            version, root = 1, groups / controller
        else:
            continue
        # In a container, what the path names may be out of sight: then the group is the root.
        for group in (PurePosixPath(path), *PurePosixPath(path).parents):
            yield version, root / str(group).lstrip("/")


def lines(path: Path) -> list[str]:
    """Those of a file; none where there is no such file."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def number(path: Path) -> int | None:
    """The number that the file holds, or None: "max", or nothing."""
    found = lines(path)[:1]
    return int(found[0]) if found and found[0].isdecimal() else None
