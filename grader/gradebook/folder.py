"""The folder of a class: closed to others, in no repository, with one run at a time and no rest of an earlier one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grader.errors import SettingsInvalid

TEMPORARY: Final = "tmp"
WORKS: Final = "works"
LOCK: Final = "run.lock"


def make(folder: Path) -> None:
    """Makes the folder. Raises SettingsInvalid where it holds something else."""
    database = folder / "gradebook.db"
    if folder.exists() and not folder.is_dir():
        raise SettingsInvalid(f"{folder} is a file; choose another place for --out")
    if folder.is_dir() and not database.exists() and any(path.name not in _OURS for path in folder.iterdir()):
        raise SettingsInvalid(f"{folder} holds something else; choose an empty or a new folder for --out")
    make_private(folder)
    for name in (TEMPORARY, WORKS):
        (folder / name).mkdir(exist_ok=True, mode=0o700)


def make_private(folder: Path) -> None:
    """Makes the folder: what students wrote and earned is nobody else's to read, and belongs into no repository."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def is_private(folder: Path) -> bool:
    """Whether the folder was made so, or is empty."""
    mark = folder / ".gitignore"
    return not [*folder.iterdir()] or (mark.is_file() and mark.read_bytes() == b"*\n")


_OURS: Final = frozenset({".gitignore", TEMPORARY, WORKS, LOCK})


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[Path]:
    """Within, no other run uses the folder, and its temporary files are this run's. Raises SettingsInvalid."""
    with open(folder / LOCK, "ab") as lock:
        if not _take(lock.fileno()):
            raise SettingsInvalid(f"another run grades into {folder}; wait for it, or end it")
        temporary = folder / TEMPORARY
        sweep(temporary)  # of a run that was killed
        try:
            yield temporary
        finally:
            sweep(temporary)


def sweep(folder: Path) -> None:
    """Removes all that is in the folder, as far as can be."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def _take(descriptor: int) -> bool:
    """Lock the open file; the system lets go of it when this process ends, however it does."""
    import fcntl  # not on Windows, where no class is graded

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks is no other run
        return True
    return True
