"""Pushes at each wall of the jail, from inside."""

from __future__ import annotations

import functools
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path


def weakness(other: int, unreadable: Sequence[Path]) -> str:
    """Which wall gives way, tried with a process that is there and files that are there; or nothing."""
    forbidden: list[tuple[str, Callable[[], object]]] = [
        *(("files can be read", functools.partial(_open, path, os.O_RDONLY)) for path in unreadable),
        ("files can be written", lambda: _open(Path.cwd().parent / "probe", os.O_CREAT)),
        ("the network can be reached", lambda: _with_socket(lambda end: end.connect(("127.0.0.1", 9)))),
        ("connections can be awaited", lambda: _with_socket(lambda end: end.bind(("127.0.0.1", 0)))),
        ("processes can be started", lambda: os.fork() or os._exit(0)),
        ("programs can be started", _execute),
        ("signals can be sent", lambda: os.kill(other, 0)),
    ]
    for name, attempt in forbidden:
        try:
            attempt()
        except PermissionError:
            continue
        except OSError:  # no wall has stopped it
            pass
        return name
    found = Path("probe")
    found.write_text("the scratch folder can be used")
    can_be_read = found.read_bytes() != b""
    found.unlink()
    return "" if can_be_read else "files can't be written"


def _open(path: Path, flags: int) -> None:
    os.close(os.open(path, flags))


def _with_socket(attempt: Callable[[socket.socket], None]) -> None:
    with socket.socket() as end:
        end.settimeout(1.0)
        attempt(end)


def _execute() -> None:
    """Execute an empty file: refused by a wall, or for being no program."""
    path = Path("probe")
    path.touch(0o700)
    try:
        os.execv(path, ["probe"])
    finally:
        path.unlink()
