"""The folder or zip of a class: the names of its files, and their bytes, within limits. Links are never followed."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from grader.boundary.forms import SUFFIXES
from grader.errors import SubmissionNotFound, SubmissionUnreadable
from grader.gradebook import database
from grader.gradebook.folder import is_private
from grader.gradebook.layouts import shared
from grader.submission import sendable

MAX_NAMES: Final = 200_000
MAX_DEPTH: Final = 64  # folders within folders
_NOISE: Final = frozenset({"__MACOSX", "__pycache__", "node_modules", "site-packages", "Thumbs.db", "desktop.ini"})


class ClassFiles(Protocol):
    """The files that a class has handed in."""

    @property
    def names(self) -> tuple[str, ...]:
        """Their paths, with "/", sorted."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What can't be used, and the next step."""

    def read(self, name: str, most: int) -> bytes:
        """The bytes of one file. Raises SubmissionUnreadable, also where it has more than `most`."""


@contextlib.contextmanager
def open_files(path: Path) -> Iterator[ClassFiles]:
    """Opens a folder, a zip or one file. Raises SubmissionNotFound or SubmissionUnreadable, with the next step."""
    if path.is_dir():
        yield _FolderFiles.of(path)
    elif path.suffix.lower() == ".zip" and path.is_file():
        try:
            archive = zipfile.ZipFile(path)
        except Exception as error:  # whatever a broken zip makes of it: NotImplementedError, too
            raise SubmissionUnreadable(f"{path} is no zip that can be read ({error}); download it again") from None
        with archive:
            yield _ZipFiles.of(path, archive)
    elif path.exists():
        raise SubmissionUnreadable(f"{path} is neither a folder nor a .zip; pass what the platform has downloaded")
    else:
        raise SubmissionNotFound(f"nothing is at {path}; pass the folder or .zip with the submissions of the class")


def is_noise(name: str) -> bool:
    """Whether nobody has handed that in: hidden files, what systems and tools leave, installed libraries."""
    return any((part.startswith(".") and part != "..") or part in _NOISE for part in PurePosixPath(name).parts)


def _is_made(folder: Path) -> bool:
    """Whether tools have made the folder: a virtual environment, or what gradebook itself has graded into or written.

    The mark alone is not enough: a student's own .gitignore must not cost them their work.
    """
    if (folder / "pyvenv.cfg").exists():
        return True
    if not ((folder / ".gitignore").is_file() and is_private(folder)):
        return False
    return (folder / database.FILE).is_file() or not any(
        PurePosixPath(name).suffix.lower() in (*SUFFIXES, ".zip") for _, names in _walk(folder) for name in names
    )


def _walk(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """The folders in it, as deep as is looked, and their files. os.walk calls itself for each that is deeper."""
    for name, folders, files in os.walk(folder):
        if len(Path(name).relative_to(folder).parts) >= MAX_DEPTH:
            folders.clear()
        yield Path(name), files


def _empty(folders: Sequence[Sequence[str]], names: Sequence[str]) -> list[str]:
    """Tells of folders without a file. Those deep in the work of somebody who handed files in do not matter."""
    holding = [name.split("/")[:-1] for name in names]
    common = shared(holding)

    def outer(parts: Sequence[str]) -> Iterator[str]:
        """The folders on the way to all files, and those directly in one of them."""
        depths = range(min(len(common) + 1, len(parts)))
        return ("/".join(parts[: depth + 1]) for depth in depths if [*parts[:depth]] == common[:depth])

    found = {folder for parts in folders for folder in outer(parts)}
    full = {folder for parts in holding for folder in outer(parts)}
    return [
        f"{sendable(folder)} is a folder without a file that counts (none, or hidden ones), and is left out; "
        "have the homework handed in again, or delete the folder"
        for folder in sorted(found - full)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _FolderFiles:
    root: Path
    names: tuple[str, ...]
    problems: tuple[str, ...]

    @classmethod
    def of(cls, root: Path) -> _FolderFiles:
        names, problems, walked = list[str](), list[str](), list[Sequence[str]]()
        for folder, folders, files in os.walk(root):
            place = Path(folder)
            walked.append(place.relative_to(root).parts)
            below = place.relative_to(root).as_posix() + "/" if place != root else ""
            for name in [*folders, *files]:
                if (place / name).is_symlink() and not is_noise(name):
                    problems.append(f"{below}{name} is a link and left out; put what it leads to in its place")
            folders[:] = [name for name in folders if not is_noise(name) and not _is_made(place / name)]
            if folders and below.count("/") >= MAX_DEPTH:  # os.walk calls itself for each
                problems.append(_too_deep(below))
                folders.clear()
            found = [below + name for name in files if not is_noise(name) and not (place / name).is_symlink()]
            names += [name for name in found if name == sendable(name)]
            problems += [
                f"{sendable(n)} has a name that is not UTF-8 and is left out; rename it"
                for n in found
                if n != sendable(n)
            ]
            if len(names) > MAX_NAMES:
                raise _too_many(root, names)
        problems += _empty(walked, names)
        return cls(root=root, names=tuple(sorted(names)), problems=tuple(sorted(problems)))

    def read(self, name: str, most: int) -> bytes:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            with os.fdopen(os.open(self.root / name, flags), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise SubmissionUnreadable(f"{name} is not a regular file; have it handed in again")
                return _within(name, file.read(most + 1), most)
        except (OSError, ValueError) as error:
            raise SubmissionUnreadable(f"{name} can't be read ({error}); check its permissions") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ZipFiles:
    archive: zipfile.ZipFile
    names: tuple[str, ...]
    problems: tuple[str, ...]
    entries: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, archive: zipfile.ZipFile) -> _ZipFiles:
        entries, problems, folders = dict[str, zipfile.ZipInfo](), list[str](), list[Sequence[str]]()
        if len(archive.infolist()) > MAX_NAMES:
            raise _too_many(path, archive.namelist())
        for entry in archive.infolist():
            name = entry.filename.replace("\\", "/")
            parts = name.split("/")
            if not name.startswith("/") and ".." not in parts:
                folders.append([*itertools.takewhile(lambda part: not is_noise(part), parts[:-1])])
            if not name or name.endswith("/") or is_noise(name):  # without a name, entry.is_dir() raises
                continue
            if len(parts) > MAX_DEPTH:
                problems.append(_too_deep(name))
            elif stat.S_ISLNK(entry.external_attr >> 16):
                problems.append(f"{name} is a link and left out; put what it leads to in its place")
            elif name.startswith("/") or ".." in parts or "\0" in name or name in entries:
                problems.append(
                    f"{name!r} leads out of {path.name}, or is there twice, and is left out; unpack it first"
                )
            else:
                entries[name] = entry
        problems += _empty(folders, [*entries])
        return cls(archive=archive, names=tuple(sorted(entries)), problems=tuple(problems), entries=entries)

    def read(self, name: str, most: int) -> bytes:
        try:
            with self.archive.open(self.entries[name]) as file:
                return _within(name, file.read(most + 1), most)
        except SubmissionUnreadable:
            raise
        except Exception as error:  # a broken entry raises whatever its decompressor does; its student alone loses it
            raise SubmissionUnreadable(f"{name} can't be unpacked ({error}); have it handed in again") from None


def _too_many(path: Path, names: Sequence[str]) -> SubmissionUnreadable:
    ((most, _),) = Counter(name.partition("/")[0] for name in names).most_common(1)
    return SubmissionUnreadable(
        f"{path} holds more than {MAX_NAMES} files, most of them in {sendable(most)}; pass the submissions alone"
    )


def _too_deep(name: str) -> str:
    return f"{name[:80]}... lies in more than {MAX_DEPTH} folders and is left out; have it handed in as it was given"


def _within(name: str, raw: bytes, most: int) -> bytes:
    if len(raw) > most:
        raise SubmissionUnreadable(f"{name} is larger than {most >> 20} MiB; have the homework handed in alone")
    return raw
