"""`gradebook template DIR --repository URL`: the hand-out, with the address that students install the grader from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from grader.assignment import Assignment
from grader.errors import SettingsInvalid
from grader.gradebook import handout
from grader.version import __version__

PLACEHOLDER: Final = "OWNER/torch-homework-grader"
_TAG: Final = re.compile(r"\bv\d+\.\d+\.\d+\b")
_GITHUB: Final = re.compile(r"(?:https?://github\.com/|git@github\.com:)?([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def write(assignment: Assignment, folder: Path, repository: str, form: str | None = None) -> list[Path]:
    """Write a folder for each form, or one form alone. Returns the files.

    Raises SettingsInvalid where something is in the folder already, the repository is none on GitHub, or the
    assignment has no such form, and AssignmentInvalid where no hand-out can be made.
    """
    address, made = _address(repository), handout.handout_of(assignment)
    forms = sorted({name.partition("/")[0] for name in made})
    if form is not None and form not in forms:
        raise SettingsInvalid(f"there is no form {form!r} of {assignment.name}; it has {', '.join(forms)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsInvalid(f"{folder} is there already and not empty; name another folder")
    written = []
    for name, content in sorted(made.items()):
        if form is None or name.startswith(f"{form}/"):
            path = folder / (name if form is None else name.removeprefix(f"{form}/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_filled_in(content, address))
            written.append(path)
    return written


def _filled_in(content: bytes, address: str) -> bytes:
    """The same of a file, which may be no text."""
    return filled_in(content.decode(), address).encode() if PLACEHOLDER.encode() in content else content


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
