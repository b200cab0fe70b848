"""`gradebook template DIR --repository URL`: the hand-out, with the address that students install the grader from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from grader.assignment import Assignment
from grader.errors import SettingsInvalid
from grader.version import __version__

PLACEHOLDER: Final = "OWNER/torch-homework-grader"
_TAG: Final = re.compile(r"\bv\d+\.\d+\.\d+\b")
_GITHUB: Final = re.compile(r"(?:https?://github\.com/|git@github\.com:)?([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def write(assignment: Assignment, folder: Path, repository: str, form: str | None = None) -> list[Path]:
    """Write a folder for each form, or one form alone. Returns the files.

    Raises SettingsInvalid where something is in the folder already, the repository is none on GitHub, or the
    assignment has no such form.
    """
    address = _address(repository)
    if assignment.template is None:
        raise SettingsInvalid(f"{assignment.name} has no hand-out: `template` in its assignment.toml names none")
    forms = sorted(path.name for path in assignment.template.iterdir() if path.is_dir())
    if form is not None and form not in forms:
        raise SettingsInvalid(f"there is no form {form!r} of {assignment.name}; it has {', '.join(forms)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsInvalid(f"{folder} is there already and not empty; name another folder")
    written = []
    source = assignment.template if form is None else assignment.template / form
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and (form is not None or len(name.parts) > 1) and "__pycache__" not in name.parts:
            text = path.read_text(encoding="utf-8")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(filled_in(text, address), encoding="utf-8")
            written.append(folder / name)
    return written


def filled_in(text: str, address: str) -> str:
    """A text with that repository, in the version that is installed, in place of the placeholder."""
    lines = text.splitlines(keepends=True)
    return "".join(
        _TAG.sub(f"v{__version__}", line.replace(PLACEHOLDER, address)) if PLACEHOLDER in line else line
        for line in lines
    )


def _address(repository: str) -> str:
    found = _GITHUB.fullmatch(repository)
    if not found:
        raise SettingsInvalid(
            f"{repository} is no repository on GitHub; write it as https://github.com/OWNER/NAME or OWNER/NAME"
        )
    return found[1]
