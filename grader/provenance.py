"""What a score was made with: the suite, Python, and the libraries whose other versions may give another score."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from grader.assignment import Assignment

LIBRARIES: Final = ("torch", "numpy", "hypothesis")
MUTANTS: Final = "mutants"
VARIANTS: Final = "variants"
EQUIVALENTS: Final = "equivalents.toml"
_LEFT_OUT: Final = frozenset({"__pycache__", "assignments"})


def made_with(assignment: Assignment) -> Mapping[str, str]:
    """The suite with a hash of its files, the versions of Python and of the libraries."""
    suite = f"{assignment.name} {suite_version(assignment)[:12]}"
    return {"suite": suite, "python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}}


def now() -> str:
    """This moment, in whole seconds of UTC, as ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def suite_version(assignment: Assignment) -> str:
    """SHA-256 of the files that a score comes from."""
    return _hash(suite_files(assignment))


def suite_files(assignment: Assignment) -> Iterator[tuple[str, Path]]:
    """The files that a suite grades with, by their path in it.

    Neither the solution nor what quotes it, as mutants do: it is no part of what is packed for others.
    """
    for name, path in files_of(assignment.folder):
        quotes = name == EQUIVALENTS or name.startswith((f"{MUTANTS}/", f"{VARIANTS}/"))
        if not quotes and path.resolve() != assignment.reference:
            yield name, path


def suite_hash(folder: Path) -> str:
    """SHA-256 of all files of a folder, the same for all line ends that a checkout may have made."""
    return _hash(files_of(folder))


def _hash(files: Iterable[tuple[str, Path]]) -> str:
    found = hashlib.sha256()
    for name, path in files:
        content = hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
        found.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of a suite or of the package, by their path in it: neither hidden nor made by Python."""
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        parts = path.relative_to(folder).parts
        if path.is_file() and not _LEFT_OUT & set(parts) and not any(part.startswith(".") for part in parts):
            yield "/".join(parts), path


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
