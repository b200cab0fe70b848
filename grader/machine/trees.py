"""Folders that somebody else has filled, looked at and removed by descriptors, however deep and whatever their rights.

By its path, a folder that lies beyond PATH_MAX can't be reached, and one without rights can't be read. Nothing here
follows a link, and nothing calls itself: what is nested a thousand deep takes no more than what is flat.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MOST_DEPTH: Final = 64  # folders in folders that are looked into: each keeps a descriptor open
_BY_DESCRIPTOR: Final = os.open in os.supports_dir_fd  # not on Windows
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_ALL_RIGHTS: Final = stat.S_IRWXU


class TooDeep(Exception):
    """There are more than MOST_DEPTH folders in one another."""


def entries(folder: Path) -> Iterator[os.stat_result]:
    """The status of all that is in it; what vanishes meanwhile is left out. Raises TooDeep."""
    opened = [_open(os.fspath(folder), None)] if _BY_DESCRIPTOR else []
    names = [os.listdir(descriptor) for descriptor in opened]
    if not opened:
        yield from (path.lstat() for path in folder.rglob("*"))
    try:
        while opened:
            if not names[-1]:
                os.close(opened.pop())
                names.pop()
                continue
            name = names[-1].pop()
            try:
                status = os.stat(name, dir_fd=opened[-1], follow_symlinks=False)
                inner = _open(name, opened[-1]) if stat.S_ISDIR(status.st_mode) else None
            except OSError:
                continue
            if inner is not None:
                opened.append(inner)
                names.append(os.listdir(inner))
            yield status
            if len(opened) > MOST_DEPTH:
                raise TooDeep
    finally:
        for descriptor in opened:
            os.close(descriptor)


def remove(folder: Path) -> str:
    """Remove it with all that is in it, and say why something is left: nothing where nothing is. Never raises."""
    try:
        if not _BY_DESCRIPTOR:
            shutil.rmtree(folder)
        elif folder.is_symlink():
            folder.unlink()
        else:
            opened = _open(os.fspath(folder), None)
            try:
                left = _empty(opened)
            finally:
                os.close(opened)
            if left:
                return left
            folder.rmdir()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{folder} can't be removed: {error.strerror}"
    return ""


def _empty(top: int) -> str:
    """Remove all that is in it. What lies in a folder of it is moved up first, so that nothing is deep."""
    kept: dict[str, OSError] = {}
    while names := [name for name in os.listdir(top) if name not in kept]:
        for name in names:
            try:
                if not _unlink(name, top):
                    _flatten(name, top)
                    os.rmdir(name, dir_fd=top)
            except FileNotFoundError:
                continue
            except OSError as error:
                kept[name] = error
    return "; ".join(f"{name!r} can't be removed: {error.strerror}" for name, error in [*kept.items()][:3])


def _flatten(name: str, top: int) -> None:
    """Remove the files in that folder, and move its folders to where it is itself. Raises OSError."""
    folder = _open(name, top)
    try:
        for inner in os.listdir(folder):
            if not _unlink(inner, folder):
                os.close(_open(inner, folder))  # a folder that is moved must be one that may be written to
                os.rename(inner, secrets.token_hex(16), src_dir_fd=folder, dst_dir_fd=top)
    finally:
        os.close(folder)


def _unlink(name: str, folder: int) -> bool:
    """Remove what is no folder; whether it was none."""
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return False
    os.unlink(name, dir_fd=folder)
    return True


def _open(name: str, parent: int | None) -> int:
    """A descriptor of the folder, no link's target, after its owner has got all rights to it. Raises OSError."""
    try:
        opened = os.open(name, _FOLDER, dir_fd=parent)
    except PermissionError:
        _give_rights(name, parent)
        opened = os.open(name, _FOLDER, dir_fd=parent)
    if os.fstat(opened).st_mode & _ALL_RIGHTS != _ALL_RIGHTS:
        with contextlib.suppress(OSError):  # not its owner's process
            os.fchmod(opened, _ALL_RIGHTS)
    return opened


def _give_rights(name: str, parent: int | None) -> None:
    if not hasattr(os, "O_PATH"):
        os.chmod(name, _ALL_RIGHTS, dir_fd=parent, follow_symlinks=False)
        return
    held = os.open(name, _FOLDER | os.O_PATH, dir_fd=parent)
    try:
        Path(f"/proc/self/fd/{held}").chmod(_ALL_RIGHTS)  # of what is held, whatever has taken its name meanwhile
    finally:
        os.close(held)
