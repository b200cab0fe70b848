"""A submission as the judge holds it: bytes, read once and never parsed here.

Source is hostile too (deep nesting, 30 MB of brackets, an archive that unpacks to a terabyte): it is parsed inside a
worker, by grader.worker.reading.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from grader.boundary.forms import (
    MAX_BESIDE_BYTES,
    MAX_FILES,
    MAX_NOTEBOOK_BYTES,
    MAX_SOURCE_BYTES,
    MAX_TOTAL_BYTES,
    SUFFIXES,
    Form,
    decode,
    is_beside,
    is_ours,
)
from grader.errors import SubmissionNotFound, SubmissionUnreadable

_KINDS: Final = ".py or .ipynb file, folder or .zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The student's work as the judge holds it: read once, never executed here."""

    path: Path
    form: Form
    files: Sequence[tuple[str, bytes]]  # path in the folder, with "/", and content; one for a file or an archive
    entry: str = ""  # the file of a folder or archive to grade; nothing: the one that defines most questions
    sha256: str  # of the bytes as handed in

    @property
    def name(self) -> str:
        """The name that reports show."""
        return self.path.name or self.path.resolve().name

    @property
    def sendable_name(self) -> str:
        """The same; of one that is no text, what can be sent."""
        return sendable(self.name)

    @property
    def source(self) -> str:
        """The text of a single .py file."""
        return decode(self.files[0][1])


def sendable(name: str) -> str:
    """A file's name as text: what is no text in it is replaced."""
    return name.encode("utf-8", "replace").decode()


def read_submission(path: Path, entry: str = "", *, follow_links: bool = False) -> Submission:
    """Read a file, folder, archive or module. Raises SubmissionNotFound or SubmissionUnreadable, with the next step.

        submission = read_submission(Path("hw3.py"))

    entry: the file of a folder or archive to grade; nothing: the one with most written questions. A path of a file is
    that file, whatever entry says: in a class, some hand in one file and others several.
    follow_links: where the caller grades what is their own, the path may be a link that the caller has made.
    """
    path = _with_suffix(path)
    if (module := _module_path(path)) is not None:
        return _read_module(*module, follow_links)
    _refuse_link(path, follow_links)
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 - Path.is_dir hides what is wrong
    except (OSError, ValueError):
        is_folder = False
    if is_folder:
        return _read_folder(path, path, entry)
    raw = _read(path, follow_links)
    suffix = path.suffix.lower()
    form, chosen = (Form.ARCHIVE, entry) if suffix == ".zip" else (Form.FILE, "")
    if suffix == ".py":
        _check_source(path, raw)
    return Submission(path=path, form=form, files=((path.name, raw),), entry=chosen, sha256=_sha256(raw))


def _with_suffix(path: Path) -> Path:
    """The path; where nothing is there, that of the one file which has the name and a suffix: a .zip last."""
    try:
        if path.suffix.lower() in (*SUFFIXES, ".zip") or os.path.lexists(path):
            return path
        named = [path.with_name(f"{path.name}{suffix}") for suffix in (*SUFFIXES, ".zip")]
        found = [file for file in named[:-1] if file.is_file()] or [file for file in named[-1:] if file.is_file()]
    except (OSError, ValueError):  # a name that no system allows, or none at all
        return path
    if len(found) > 1:
        raise SubmissionNotFound(f"no file at {path}; pass one of {', '.join(map(str, found))}")
    return found[0] if found else path


def is_own_link(path: Path) -> bool:
    """Whether it is a link that the caller has made."""
    try:
        return path.is_symlink() and (not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid())
    except (OSError, ValueError):
        return False


def _refuse_link(path: Path, follow: bool) -> None:
    """A link hands in what it leads to: another student's work, which whoever grades can read and its maker can't."""
    if os.path.islink(path):  # noqa: PTH114 - Path.is_symlink raises for names that no system allows
        if follow and is_own_link(path) and path.exists():
            return
        if os.path.exists(path):  # noqa: PTH110
            raise SubmissionUnreadable(f"{path} is a link; pass the file or folder that it leads to")
        raise SubmissionNotFound(f"{path} is a link that leads nowhere; pass the path of your {_KINDS}")


def _read(path: Path, follow: bool) -> bytes:
    """Open the file once."""
    try:
        # O_NONBLOCK: opening a named pipe must not hang; it is refused below.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        stays = 0 if follow and is_own_link(path) else getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(path, flags | stays)
    except FileNotFoundError:
        raise SubmissionNotFound(f"no file at {path}; pass the path of your {_KINDS}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SubmissionUnreadable(f"{path} can't be opened ({reason}); check its permissions") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SubmissionUnreadable(f"{path} is not a regular file; pass a {_KINDS}")
    suffix = path.suffix.lower()
    if suffix not in (*SUFFIXES, ".zip"):
        os.close(descriptor)
        raise SubmissionUnreadable(f"{path} is of no known kind; pass a {_KINDS}")
    most = MAX_SOURCE_BYTES if suffix == ".py" else MAX_NOTEBOOK_BYTES
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        advice = "clear the outputs of its cells" if suffix == ".ipynb" else "pass your homework alone"
        raise SubmissionUnreadable(f"{path} is larger than {most >> 20} MiB; {advice}")
    if not raw.strip():
        raise SubmissionUnreadable(f"{path} is empty; write your solution into it first")
    return raw


def _check_source(path: Path, raw: bytes) -> None:
    try:
        decode(raw)
    except ValueError as error:
        raise SubmissionUnreadable(f"{path} {error}") from None


# --- folders ----------------------------------------------------------------------------------------------------------


def _read_folder(path: Path, root: Path, entry: str, below: str = "") -> Submission:
    """All Python of a folder. Links in it are never followed: an unpacked archive's are of who has unpacked it."""
    files, size = list[tuple[str, bytes]](), 0
    for file in _walk(root / below):
        name = file.relative_to(root)
        if not is_ours(name):
            continue
        if len(files) >= MAX_FILES:
            raise SubmissionUnreadable(
                f"{path} holds more than {MAX_FILES} Python files; pass the homework's own folder"
            )
        try:
            raw = _read(file, False)
        except (SubmissionUnreadable, SubmissionNotFound):
            if file.name == PurePosixPath(entry).name:
                raise
            continue  # empty, a pipe, too large: it is not the one to grade
        size += len(raw)
        if size > MAX_TOTAL_BYTES:
            raise SubmissionUnreadable(
                f"{path} holds more than {MAX_TOTAL_BYTES >> 20} MiB of Python and notebooks; pass one of the files"
            )
        files.append((name.as_posix(), raw))
    if not files:
        raise SubmissionUnreadable(f"{path} holds no .py or .ipynb file; pass the folder that your homework is in")
    digest = "".join(f"{name}\0{_sha256(raw)}\n" for name, raw in files).encode("utf-8", "surrogateescape")
    return Submission(path=path, form=Form.FOLDER, files=tuple(files), entry=entry, sha256=_sha256(digest))


def with_files(submission: Submission, wanted: Sequence[str]) -> Submission:
    """The same with the files of a folder that an assignment brings: regular ones, and never through a link.

    Those of an archive are in its bytes; a file is handed in alone. Raises SubmissionUnreadable where they are large.
    """
    if not wanted or submission.form is not Form.FOLDER:
        return submission
    found, left = list[tuple[str, bytes]](), MAX_BESIDE_BYTES
    for file in _walk(submission.path):
        name = file.relative_to(submission.path)
        raw = _regular(file, left) if is_beside(name, wanted) else None
        if raw is not None:
            found.append((name.as_posix(), raw))
            left -= len(raw)
    if left < 0:
        raise SubmissionUnreadable(
            f"{submission.path} holds more than {MAX_BESIDE_BYTES >> 20} MiB of {', '.join(wanted)}; make them smaller"
        )
    digest = "".join(f"{name}\0{_sha256(raw)}\n" for name, raw in found).encode("utf-8", "surrogateescape")
    sha256 = _sha256(submission.sha256.encode() + digest) if found else submission.sha256
    return replace(submission, files=(*submission.files, *found), sha256=sha256)


def _regular(file: Path, most: int) -> bytes | None:
    """Its content, of one that is larger a byte more; None where it is no regular file that can be read."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(file, flags), "rb") as opened:
            is_regular = stat.S_ISREG(os.fstat(opened.fileno()).st_mode)
            return opened.read(max(most, 0) + 1) if is_regular else None
    except OSError:
        return None


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        place = Path(folder)
        folders[:] = sorted(name for name in folders if is_ours(PurePath(name) / "x.py"))
        folders[:] = [name for name in folders if not (place / name / "pyvenv.cfg").exists()]
        yield from (place / name for name in sorted(names) if not (place / name).is_symlink())


# --- modules ----------------------------------------------------------------------------------------------------------


def _module_path(path: Path) -> tuple[str, Path, Path] | None:
    """For `package.module`: that name, the folder that it is looked up from, and the file. Nothing is imported."""
    name = str(path)
    if os.path.lexists(path) or path.suffix.lower() in (*SUFFIXES, ".zip"):
        return None
    if not all(part.isidentifier() for part in name.split(".")):
        return None
    for folder in dict.fromkeys([Path(), *map(Path, sys.path)]):
        base = folder.joinpath(*name.split("."))
        for file in (base / "__init__.py", base.with_suffix(".py")):
            if file.is_file():
                return name, folder, file
    return None


def _read_module(name: str, folder: Path, file: Path, follow_links: bool) -> Submission:
    """A module alone, or with the package that it is in, for what it imports from there."""
    package = name.split(".")[0]
    if not (folder / package).is_dir():
        return read_submission(file, follow_links=follow_links)
    return _read_folder(file, folder, file.relative_to(folder).as_posix(), package)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
