"""What can't be graded at all: empty, in no known encoding, or no file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.meta.hostile import REFERENCE

_RIGHT: Final = REFERENCE.encode()
_CAFE: Final = REFERENCE.replace('"""Right', '"""Café. Right')


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCase:
    """What is handed in, made in a folder; and why it can't be graded."""

    name: str
    make: Callable[[Path], Path]
    unreadable: str  # a part of the reason


def _of(content: bytes, name: str | bytes = "student.py") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = Path(os.fsdecode(os.path.join(os.fsencode(folder), os.fsencode(name))))  # noqa: PTH118 - of bytes
        path.write_bytes(content)
        return path

    return make


def _link_to_a_right_one(folder: Path) -> Path:
    """A link hands in what its owner can't read, and whoever grades can."""
    (folder / "instructor.py").write_bytes(_RIGHT)
    (folder / "student.py").symlink_to(folder / "instructor.py")
    return folder / "student.py"


def _link_to_itself(folder: Path) -> Path:
    (folder / "student.py").symlink_to(folder / "student.py")
    return folder / "student.py"


def _named_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "student.py")
    return folder / "student.py"


def _folder_named_like_a_file(folder: Path) -> Path:
    (folder / "student.py").mkdir()
    return folder / "student.py"


_BROKEN: Final = {
    "of-spaces": b" \n\t\n ",
    "of-null-bytes": _RIGHT.replace(b"\n", b"\0\n"),
    "utf-16": REFERENCE.encode("utf-16"),
    "utf-32": REFERENCE.encode("utf-32"),
    "latin-1-not-declared": _CAFE.encode("latin-1"),
    "unknown-encoding": b"# coding: klingon\n" + _RIGHT,
    "encoding-that-is-code": b"# coding: unicode_escape\n" + _RIGHT,
    "encoding-that-unpacks": b"# coding: zlib_codec\n" + _RIGHT,
    "a-program": b"\x7fELF" + bytes(range(256)) * 10,
    "a-pickle": b"\x80\x04\x95" + bytes(100),
    "of-30-mb": b"[" * (30 << 20),
}

ALL: Final[list[FileCase]] = [
    FileCase(name="empty", make=_of(b""), unreadable="is empty"),
    *(FileCase(name=f"broken-{name}", make=_of(content), unreadable="student.py") for name, content in _BROKEN.items()),
    FileCase(name="link-to-a-right-one", make=_link_to_a_right_one, unreadable="is a link"),
    FileCase(name="link-to-itself", make=_link_to_itself, unreadable="leads nowhere"),
    FileCase(name="named-pipe", make=_named_pipe, unreadable="is not a regular file"),
    FileCase(name="device", make=lambda folder: Path("/dev/zero"), unreadable="is not a regular file"),
    FileCase(name="folder-named-like-a-file", make=_folder_named_like_a_file, unreadable="holds no"),
    FileCase(name="not-there", make=lambda folder: folder / "nothing.py", unreadable="no file at"),
    FileCase(name="of-another-kind", make=_of(_RIGHT, "student.txt"), unreadable="is of no known kind"),
]
