"""`gradebook new NAME DIR`: a homework of one's own that works at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from grader.errors import SettingsInvalid

FILES: Final = Path(__file__).parent / "new_files"
_SUFFIX: Final = ".in"  # none of them is a module of this package


def write(name: str, folder: Path) -> list[Path]:
    """Write the homework's files. Raises SettingsInvalid where the folder has something in it, or the name won't do."""
    if not name.strip() or set(name) & set('"\\\n\r'):
        raise SettingsInvalid(f"{name!r} is no name for a homework; write it without quotation marks, as hw4")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsInvalid(f"{folder} is there already and not empty; name another folder")
    written = []
    for path in sorted(FILES.rglob(f"*{_SUFFIX}")):
        target = folder / path.relative_to(FILES).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text(encoding="utf-8").replace("@NAME@", name), encoding="utf-8")
        written.append(target)
    return written
