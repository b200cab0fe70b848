"""The forms of a submission, and how its bytes become text."""

from __future__ import annotations

import enum
import io
import tokenize
from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath
from typing import Final

MAX_SOURCE_BYTES: Final = 4 * 1024 * 1024
MAX_NOTEBOOK_BYTES: Final = 48 * 1024 * 1024  # with pictures in it; what is sent to a worker has a limit, too
MAX_TOTAL_BYTES: Final = MAX_NOTEBOOK_BYTES  # of all files of a folder, and of an archive
MAX_FILES: Final = 500
MAX_BESIDE_BYTES: Final = 8 * 1024 * 1024  # of the files that an assignment brings: every worker gets them
SUFFIXES: Final = (".py", ".ipynb")
_NOT_THE_STUDENTS: Final = frozenset({"__MACOSX", "__pycache__", "node_modules", "site-packages"})
_ENCODINGS: Final = frozenset(
    {"utf-8", "utf-8-sig", "ascii", "us-ascii", "iso-8859-1", "latin-1", "latin1", "iso-8859-15", "cp1252", "cp1250"}
    | {"windows-1252", "windows-1250", "iso8859-1", "utf8", "gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr"}
)


class Form(enum.StrEnum):
    """What was handed in."""

    FILE = "file"  # .py or .ipynb
    FOLDER = "folder"
    ARCHIVE = "archive"  # .zip, unpacked in a worker


def decode(raw: bytes) -> str:
    """Source as Python reads it: byte order mark, PEP 263, line ends. Raises ValueError with what is wrong and why."""
    if b"\0" in raw:
        raise ValueError("contains null bytes; save it as UTF-8 text")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        if encoding.lower() not in _ENCODINGS:  # others can take hours to decode, or give what can't be sent
            raise LookupError(encoding)
        source = raw.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        raise ValueError("is not text in UTF-8 or its declared encoding; save it as UTF-8") from None
    if not source.strip():
        raise ValueError("is empty; write your solution into it first")
    return source.replace("\r\n", "\n").replace("\r", "\n")


def is_ours(path: PurePath) -> bool:
    """Whether a file in a folder may be part of the homework: Python, not hidden, not an installed library."""
    return not _is_hidden(path) and path.suffix.lower() in SUFFIXES


def is_beside(path: PurePath, wanted: Sequence[str]) -> bool:
    """Whether a file in a folder may be one of those that an assignment brings, whatever folder the homework is in."""
    tails = [PurePosixPath(name).parts for name in wanted]
    return not _is_hidden(path) and any(path.parts[-len(tail) :] == tail for tail in tails)


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith(".") or part in _NOT_THE_STUDENTS for part in path.parts)
