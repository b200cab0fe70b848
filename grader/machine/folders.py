"""A temporary folder of a process, and what killed processes have left of theirs.

A folder has a file that its process keeps locked. The system unlocks it however the process ends, by SIGKILL too: the
next one that makes a folder removes what nobody holds. Never another running one's; without locks (Windows) nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grader.machine.trees import remove

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PREFIX: Final = "grader-"
_LOCK: Final = ".held"


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder, removed at the end; those that killed processes have left are removed before."""
    root = Path(tempfile.gettempdir())
    sweep(root)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
    held = _hold(folder)
    try:
        yield folder
    finally:
        if left := remove(folder):
            print(f"{folder} is left: {left}", file=sys.stderr)
        if held is not None:
            os.close(held)


def sweep(root: Path) -> None:
    """Remove the folders in it that this user's processes have made, and that none holds any more."""
    if fcntl is None:
        return
    for folder in root.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.lstat().st_uid != os.geteuid():
                continue
            descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)
            finally:
                os.close(descriptor)


def _hold(folder: Path) -> int | None:
    """Lock its file, which gets its name when it is locked: nobody finds it unlocked before."""
    if fcntl is None:
        return None
    new = folder / f"{_LOCK}-new"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        new.rename(folder / _LOCK)
    except OSError:  # a file system without locks: the folder is left alone by others
        os.close(descriptor)
        return None
    return descriptor
