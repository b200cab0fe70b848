"""A folder or an archive: its Python files and notebooks, and the other files that the assignment wants."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from grader.boundary.forms import MAX_BESIDE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, is_beside, is_ours
from grader.worker.reading.text import Unreadable

MAX_MEMBERS: Final = 20_000
MAX_UNPACKED_BYTES: Final = 1 << 30  # of all that an archive says to hold: a homework with its data is far below
MAX_NAMED: Final = 8  # files that are told of
_COMPRESSIONS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpack(data: bytes, wanted: Sequence[str] = ()) -> dict[str, bytes]:
    """The Python files and notebooks of a .zip, by their path in it, and what may be one of the wanted files.

    Raises Unreadable for one that means harm.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _refuse_harm(members)
            found: dict[str, bytes] = {}
            _refuse_large([m for m in members if is_beside(PurePosixPath(m.filename), wanted)])
            for member in members:
                path = PurePosixPath(member.filename)
                # Not is_dir(): Python 3.11 stumbles over a member without a name.
                if member.filename.endswith("/") or not (is_ours(path) or is_beside(path, wanted)):
                    continue
                if member.filename in found:
                    raise Unreadable(f"holds {_shown(member)} twice; pack your homework again")
                with archive.open(member) as file:
                    found[member.filename] = file.read(MAX_TOTAL_BYTES + 1)
                if len(found) > MAX_FILES or sum(map(len, found.values())) > MAX_TOTAL_BYTES:
                    raise Unreadable("holds more Python than a homework; pack your homework alone")
            return found
    except Unreadable:
        raise
    except Exception:  # whatever zipfile stumbles over
        raise Unreadable("is a damaged archive; pack your homework again as .zip") from None


def _refuse_harm(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise Unreadable(f"holds more than {MAX_MEMBERS} files; pack your homework alone")
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise Unreadable(f"unpacks to more than {MAX_UNPACKED_BYTES >> 20} MiB; pack your homework alone")
    for member in members:
        name = member.orig_filename.replace("\\", "/")
        if name.startswith("/") or ":" in name.split("/")[0] or ".." in name.split("/") or "\0" in name:
            raise Unreadable(f"holds {_shown(member)}, which leads out of the archive; pack your homework again")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Unreadable(f"holds {_shown(member)}, which is a link; pack the file itself")
        if member.flag_bits & 0x1:
            raise Unreadable("is encrypted; pack your homework without a password")
        if member.compress_type not in _COMPRESSIONS:
            raise Unreadable("is packed in an unusual way; pack your homework as an ordinary .zip")


def _refuse_large(beside: Sequence[zipfile.ZipInfo]) -> None:
    """What a member says of its size is held by zipfile: it gives no more."""
    if sum(member.file_size for member in beside) > MAX_BESIDE_BYTES:
        names = ", ".join(_shown(member) for member in beside[:MAX_NAMED])
        raise Unreadable(f"holds more than {MAX_BESIDE_BYTES >> 20} MiB of {names}; make them smaller")


def beside(others: Mapping[str, bytes], entry: str, wanted: Sequence[str]) -> dict[str, bytes]:
    """The wanted files by their names: beside the file that is graded, or else at the top."""
    found = dict[str, bytes]()
    for name in wanted:
        for path in (PurePosixPath(entry).parent / name, PurePosixPath(name)):
            if str(path) in others:
                found.setdefault(name, others[str(path)])
    return found


def _shown(member: zipfile.ZipInfo) -> str:
    return repr(member.orig_filename[:100])
