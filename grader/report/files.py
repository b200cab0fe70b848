"""Writing a report: a file appears whole or not at all, and never in place of something that is no file."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from pathlib import Path


def write(text: str, target: str) -> None:
    """Write to a file, or to standard output for `-`. Raises OSError, and leaves an earlier file as it was."""
    if target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    write_bytes(text.encode("utf-8"), target)  # the same bytes everywhere: no line end is translated


def write_bytes(data: bytes, target: str) -> None:
    """Write to a file. Raises OSError, and leaves an earlier file as it was."""
    if Path(target).exists() and not Path(target).is_file():  # /dev/null must not be replaced by a file
        Path(target).write_bytes(data)
        return
    path = Path(target).resolve()  # a link stays a link
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def try_to_write(target: str) -> None:
    """Raises OSError or ValueError where `write_bytes` would, as far as that can be known. Leaves nothing behind."""
    path = Path(target)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if path.exists() and not path.is_file():
        with path.open("ab"):
            return
    path = path.resolve()
    with contextlib.suppress(FileNotFoundError):
        path.lstat()  # raises where the name is too long
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}-")
    os.close(descriptor)
    Path(temporary).unlink()


def append(text: str, target: str) -> None:
    """Add to the end of a file that others write to as well. Raises OSError."""
    with open(target, "ab") as file:
        file.write(text.encode("utf-8"))
