"""Files: what can't be graded at all (empty, in no known encoding, no file), and what is odd and graded."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.meta.hostile import BLOCKED, CHECKS, FAILED, REFERENCE, Verdicts, armed

_RIGHT: Final = REFERENCE.encode()
_CAFE: Final = REFERENCE.replace('"""Right', '"""Café. Right')


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCase:
    """What is handed in, made in a folder; why it can't be graded, or the checks that must lose their points."""

    name: str
    make: Callable[[Path], Path]
    unreadable: str = ""  # a part of the reason
    loses: Mapping[str, Verdicts] = field(default_factory=dict)


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


def _socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(folder / "student.py"))
    return folder / "student.py"


def _link_to_a_folder(folder: Path) -> Path:
    (folder / "theirs").mkdir()
    (folder / "theirs/student.py").write_bytes(_RIGHT)
    (folder / "mine").symlink_to("theirs")
    return folder / "mine"


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

_MANY_CELLS: Final = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "1"}] * 100_001}).encode()

REFUSED: Final[list[FileCase]] = [
    FileCase(name="notebook-of-100001-cells", make=_of(_MANY_CELLS, "student.ipynb"), unreadable="10000 cells"),
    FileCase(name="empty", make=_of(b""), unreadable="is empty"),
    *(FileCase(name=f"broken-{name}", make=_of(content), unreadable="student.py") for name, content in _BROKEN.items()),
    FileCase(name="link-to-a-right-one", make=_link_to_a_right_one, unreadable="is a link"),
    FileCase(name="link-to-itself", make=_link_to_itself, unreadable="leads nowhere"),
    FileCase(name="named-pipe", make=_named_pipe, unreadable="is not a regular file"),
    FileCase(name="socket", make=_socket, unreadable="can't be opened"),
    FileCase(name="device", make=lambda folder: Path("/dev/zero"), unreadable="is not a regular file"),
    FileCase(name="device-that-is-empty", make=lambda folder: Path("/dev/null"), unreadable="is not a regular file"),
    FileCase(name="standard-input", make=lambda folder: Path("/proc/self/fd/0"), unreadable="is a link"),
    FileCase(name="link-to-a-folder", make=_link_to_a_folder, unreadable="is a link"),
    FileCase(name="folder-named-like-a-file", make=_folder_named_like_a_file, unreadable="holds no"),
    FileCase(name="not-there", make=lambda folder: folder / "nothing.py", unreadable="no file at"),
    FileCase(name="of-another-kind", make=_of(_RIGHT, "student.txt"), unreadable="is of no known kind"),
    FileCase(name="notebook-of-30-mb", make=_of(b"[" * (30 << 20), "student.ipynb"), unreadable="student.ipynb"),
    FileCase(name="archive-of-30-mb", make=_of(b"PK\3\4" * (7 << 20), "student.zip"), unreadable="is a damaged"),
]

# --- graded all the same ----------------------------------------------------------------------------------------------

_CJK: Final = REFERENCE.replace('"""Right', '"""正解 Right')

_ODD: Final = {
    "byte-order-mark": b"\xef\xbb\xbf" + _RIGHT,
    "byte-order-mark-and-declared": b"\xef\xbb\xbf# coding: utf-8\n" + _RIGHT,
    "latin-1": b"# -*- coding: latin-1 -*-\n" + _CAFE.encode("latin-1"),
    "windows-1252": b"# coding: cp1252\n" + _CAFE.replace("Caf", "\u20ac \u201cCaf").encode("cp1252"),
    "gbk-on-the-second-line": b"#!/usr/bin/env python\n# vim: set fileencoding=gbk :\n" + _CJK.encode("gbk"),
    "shift-jis": b"# coding: shift_jis\n" + _CJK.encode("shift_jis"),
    "carriage-returns-alone": _RIGHT.replace(b"\n", b"\r"),
    "carriage-returns-and-line-feeds": _RIGHT.replace(b"\n", b"\r\n"),
    "all-line-ends": _RIGHT.replace(b"\n", b"\r", 5).replace(b"\n", b"\r\n", 5),
    "no-line-end-at-the-end": _RIGHT.rstrip(),
    "form-feeds": _RIGHT.replace(b"\n\n\n", b"\n\x0c\n\n"),
    "separators-of-other-kinds": "# \u2028\x0b\x85\u2029\n".encode() + _RIGHT,
    "text-that-runs-backwards": "# \u202e\u2066 return 3 * x \u2069\n".encode() + _RIGHT,
    "tabs": _RIGHT.replace(b"    ", b"\t"),
    "line-of-a-megabyte": b"#" * (1 << 20) + b"\n" + _RIGHT,
    "text-of-three-megabytes": b"_ = '" + b"x" * (3 << 20) + b"'\n" + _RIGHT,
    "hundred-thousand-lines": b"\n" * 100_000 + _RIGHT,
    "sum-of-hundreds": _RIGHT + b"\n_ = " + b"1+" * 900 + b"1\n",
    "thousands-of-signs": _RIGHT + b"\n_ = " + b"-" * 2_000 + b"1\n",
}

_UNPARSABLE: Final = {
    "of-4-mb-of-brackets": b"[" * (4 << 20),
    "of-lambdas": _RIGHT + b"\n_ = " + b"lambda:" * 500_000 + b"0\n",
    "of-signs": _RIGHT + b"\n_ = " + b"-" * 1_000_000 + b"1\n",
    "of-a-sum": _RIGHT + b"\n_ = " + b"1+" * 1_000_000 + b"1\n",
    "of-decorators-and-powers": _RIGHT + b"\n_ = " + b"2**" * 500_000 + b"1\n",
    "of-dots": _RIGHT + b"\n_ = a" + b".a" * 1_000_000 + b"\n",
    "of-blocks-in-blocks": _RIGHT + b"".join(b" " * i + b"if 1:\n" for i in range(1_000)),
    "of-texts-in-texts": _RIGHT + b"\n_ = " + b'f"{' * 1_000 + b"\n",
    "of-tabs-and-spaces": b"if 1:\n\tx = 1\n        y = 2\n",
    "of-an-old-python": b"print 'hello'\n" + _RIGHT,
    "with-a-control-character": _RIGHT + b"\x1a",
}

NAMES: Final[Mapping[str, str | bytes]] = {
    **{name: f"{name}.py" for name in ("torch", "random", "conftest", "test_toy", "numpy", "grader", "site")},
    **{name: f"{name}.py" for name in ("__init__", "__main__", "sitecustomize", ".hidden", "-h", "--json=x")},
    "capitals": "STUDENT.PY",
    "spaces": " my  homework (1) .py",
    "quotes": 'it\'s "mine" `id`.py',
    "shell": "$(touch planted);&|<>*?.py",
    "formats": "%s{0}{name}[bold]red.py",
    "markup": "<script>alert(1)</script>.py".replace("/", "\u2215"),
    "line-feed": "a\n::error::b\n##[error]c.py",
    "controls": "\x1b[2J\x07\x7f\r\t.py",
    "backwards": "\u202eyp.\u2066\u200b.py",
    "emoji": "\U0001f525\u0436.py",
    "no-utf-8": b"caf\xe9 \xff.py",
    "long": "x" * 252 + ".py",
    "command": "::error file=x,line=1::passed.py",
}


def _folder_of_namesakes(folder: Path) -> Path:
    """Modules named like those that the worker, torch and the judge use: nobody but the student may import them."""
    for name in ("torch", "random", "numpy/__init__", "conftest", "sitecustomize", "grader/__init__", "pytest"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text("raise SystemExit('imported')\n")
    (folder / "this.py").write_text("TWO = 2\n")
    (folder / "student.py").write_text("import this\n" + REFERENCE.replace("2 * x", "this.TWO * x"))
    return folder


def _folder_of_traps(folder: Path) -> Path:
    """Links in circles and outwards, a pipe, a file of zeros without end, names that are no text."""
    (folder / "student.py").write_bytes(_RIGHT)
    (folder / "again").symlink_to(".")
    (folder / "root").symlink_to("/")
    (folder / "circle.py").symlink_to("circle.py")
    (folder / "zeros.py").symlink_to("/dev/zero")
    (folder / "empty.py").touch()
    os.mkfifo(folder / "pipe.py")
    for name in (b"caf\xe9.py", b"a\nb.py", b"\xed\xa0\x80.py"):
        _of(b"def (", name)(folder)
    deep = folder
    for _ in range(100):
        deep = deep / "d"
        deep.mkdir()
    (deep / "student.py").write_text("x = 1\n")
    return folder


GRADED: Final[list[FileCase]] = [
    *(FileCase(name=f"odd-{name}", make=_of(content)) for name, content in _ODD.items()),
    *(
        FileCase(name=f"unparsable-{name}", make=_of(content), loses=dict.fromkeys(CHECKS, BLOCKED))
        for name, content in _UNPARSABLE.items()
    ),
    *(
        FileCase(name=f"named-{name}", make=_of(armed("raise ValueError").encode(), path), loses={"test_scale": FAILED})
        for name, path in NAMES.items()
    ),
    FileCase(name="folder-of-namesakes", make=_folder_of_namesakes),
    FileCase(name="folder-of-traps", make=_folder_of_traps),
]
