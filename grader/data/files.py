"""Files of an assignment's own folder, for its submissions to read: copied once, and linked to where each one works."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILES: Final = "files of the assignment"  # what workers have them under, beside the data sets' names


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file."""

    name: str  # that a submission opens it by, with /
    path: Path  # where it is

    def is_in(self, folder: Path) -> bool:
        """Whether it was gathered there, and has not changed since."""
        copy = folder / self.name
        return copy.is_file() and self.path.is_file() and filecmp.cmp(self.path, copy)


def gather(files: Iterable[DataFile], folder: Path) -> Path:
    """Copy them below `folder`, which holds nothing else: an assignment's folder is not to be seen by workers."""
    for file in files:
        copy = folder / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file.path, copy)
        copy.chmod(0o444)
    for place in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        place.chmod(0o755)
    return folder


def show(folder: Path, scratch: Path) -> None:
    """Have the gathered files be in a worker's folder, as links to the one copy, which it can't write."""
    for path in sorted(folder.rglob("*")):
        place = scratch / path.relative_to(folder)
        if path.is_dir():
            place.mkdir()
            continue
        try:
            place.symlink_to(path)
        except OSError:  # Windows gives links to administrators only
            shutil.copyfile(path, place)
