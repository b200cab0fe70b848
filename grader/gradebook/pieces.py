"""Reads what is compared: the works of a class, of an earlier one, of staff; and writes them for Dolos."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from grader.boundary.forms import MAX_SOURCE_BYTES, SUFFIXES
from grader.errors import SubmissionNotFound, SubmissionUnreadable
from grader.gradebook.book import Book
from grader.gradebook.fingerprints import source_of
from grader.gradebook.similarity import Piece
from grader.gradebook.sources import ClassFiles, open_files

_TIME: Final = (2020, 1, 1, 0, 0, 0)


def of_class(book: Book, folder: Path, label: str = "") -> tuple[list[Piece], list[str]]:
    """A piece for each student who has handed in code, and what can't be read."""
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    rows = book.rows()
    for row in rows:
        together[row.layout, row.label].append(row.student.student)
    pieces, problems = list[Piece](), list[str]()
    for row in rows:
        if not row.sha:
            continue
        try:
            text = text_of(folder / book.path_of(row.sha))
        except (SubmissionUnreadable, OSError) as error:
            problems.append(f"{row.student.student}: {error}")
            continue
        name = f"{folder.name}/{row.student.student}" if label else row.student.student
        people = tuple(together[row.layout, row.label])
        pieces.append(Piece(name=name, people=people, text=text, sha=row.sha, label=label))
    return pieces, problems


def of_path(path: Path, label: str) -> list[Piece]:
    """A piece for each file of a folder, or of the one file. Raises SubmissionNotFound."""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not files:
        raise SubmissionNotFound(f"no .py or .ipynb file is at {path}")
    found = []
    for file in files:
        raw = file.read_bytes()
        name = file.name if path.is_file() else file.relative_to(path).as_posix()
        sha = hashlib.sha256(raw).hexdigest()
        found.append(Piece(name=name, people=(), text=source_of(file.name, raw), sha=sha, label=label))
    return found


def text_of(path: Path) -> str:
    """All code of a work, file after file: of a folder or an archive all of its files. Nothing of it is executed."""
    if path.is_file() and path.suffix.lower() != ".zip":
        return source_of(path.name, path.read_bytes())
    with open_files(path) as files:
        return "\n".join(_texts(files))


def _texts(files: ClassFiles) -> Iterator[str]:
    left = 4 * MAX_SOURCE_BYTES
    for name in files.names:
        if PurePosixPath(name).suffix.lower() in SUFFIXES:
            raw = files.read(name, left)
            left -= len(raw)
            yield source_of(name, raw)


def for_dolos(pieces: Sequence[Piece]) -> bytes:
    """A zip with a file for each piece and info.csv, which https://dolos.ugent.be reads."""
    table, archive = io.StringIO(), io.BytesIO()
    rows = csv.writer(table)
    rows.writerow(["filename", "label", "full_name"])
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for number, piece in enumerate(pieces):
            file = f"{number:04}.py"
            rows.writerow([file, piece.label or "class", piece.name])
            made.writestr(zipfile.ZipInfo(file, _TIME), piece.text)
        made.writestr(zipfile.ZipInfo("info.csv", _TIME), table.getvalue())
    return archive.getvalue()
