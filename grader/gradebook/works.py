"""Keeps what each student handed in as it was graded: a copy under the hash of its contents, identical ones once."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from grader.assignment import Assignment
from grader.boundary.forms import MAX_BESIDE_BYTES, MAX_FILES, MAX_NOTEBOOK_BYTES, SUFFIXES, is_beside
from grader.errors import SubmissionUnreadable
from grader.gradebook.folder import TEMPORARY, WORKS
from grader.gradebook.handed import HandedIn
from grader.gradebook.sources import ClassFiles

ZIP: Final = ".zip"
_OF_THE_NAME: Final = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR, errno.EEXIST, errno.EISDIR)


@dataclass(frozen=True, slots=True)
class Work:
    """What is graded: its hash, and the path of the copy in the folder of the class."""

    sha: str
    path: str


def keep(handed: HandedIn, files: ClassFiles, assignment: Assignment, folder: Path) -> Work:
    """Copies the files that count into the folder. Raises SubmissionUnreadable, with the next step.

    A file that is handed in alone is called as the assignment is: whoever hands in the same bytes under another name
    has the same work, and reads nobody's name in their report.
    """
    contents = [*_contents(handed, files, assignment)]
    code = [name for name, _ in contents if PurePosixPath(name).suffix.lower() in (*SUFFIXES, ZIP)]
    archives = [name for name in code if name.lower().endswith(ZIP)]
    if not code:
        raise SubmissionUnreadable(f"{handed.label} holds no .py, .ipynb or .zip file; have the code handed in")
    if archives and code[1:]:
        raise SubmissionUnreadable(
            f"{handed.label} has {' and '.join(code[:4])}, and a .zip counts alone; delete what does not count"
        )
    if archives or len(contents) == 1:
        own = [(f"{assignment.name}{PurePosixPath(code[0]).suffix.lower()}", dict(contents)[code[0]])]
        return _written(own, own[0][0], folder)
    return _written([(f"{assignment.name}/{name}", raw) for name, raw in contents], assignment.name, folder)


def _contents(handed: HandedIn, files: ClassFiles, assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    if handed.problem:
        raise SubmissionUnreadable(handed.problem)
    wanted = [(own, path) for own, path in sorted(handed.files.items()) if _counts(own, assignment.files_beside)]
    if len(wanted) > MAX_FILES:
        raise SubmissionUnreadable(f"{handed.label} holds more than {MAX_FILES} files of code; keep the homework alone")
    total = MAX_NOTEBOOK_BYTES
    for own, path in wanted:
        is_code = PurePosixPath(own).suffix.lower() in (*SUFFIXES, ZIP)
        raw = files.read(path, total if is_code else MAX_BESIDE_BYTES)
        total -= len(raw)
        if total < 0:
            raise SubmissionUnreadable(
                f"{handed.label} is larger than {MAX_NOTEBOOK_BYTES >> 20} MiB; clear the outputs"
            )
        yield own, raw


def _counts(name: str, beside: Sequence[str]) -> bool:
    return PurePosixPath(name).suffix.lower() in (*SUFFIXES, ZIP) or is_beside(PurePosixPath(name), beside)


def _written(contents: Sequence[tuple[str, bytes]], path: str, folder: Path) -> Work:
    """The copy appears whole or not at all."""
    digests = (f"{name}\0{hashlib.sha256(raw).hexdigest()}\n" for name, raw in contents)
    sha = hashlib.sha256("".join(digests).encode("utf-8", "surrogateescape")).hexdigest()
    target = folder / WORKS / sha
    if not target.exists():
        temporary = Path(tempfile.mkdtemp(dir=folder / TEMPORARY, prefix="work-"))
        try:
            for name, raw in contents:
                file = temporary / name
                file.parent.mkdir(parents=True, exist_ok=True)
                with open(file, "xb") as opened:
                    opened.write(raw)
                    opened.flush()
                    os.fsync(opened.fileno())
            temporary.replace(target)
        except (OSError, ValueError) as error:
            shutil.rmtree(temporary, ignore_errors=True)
            if isinstance(error, OSError) and error.errno not in _OF_THE_NAME:  # a full disk is no student's fault
                raise
            told = f"its files can't be copied ({error}); have them renamed"
            raise SubmissionUnreadable(told) from None
    return Work(sha, f"{WORKS}/{sha}/{path}")
