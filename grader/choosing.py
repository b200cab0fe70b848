"""Chooses the assignment that a submission is graded for, where more than one is installed.

It is the one whose name is in the file's name, or else the one of whose questions the file defines most. The bytes are
searched, line by line, and never parsed here: what they hold is hostile. An archive's contents are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from grader.assignment import Assignment, find_assignment, load_assignment
from grader.boundary.forms import Form
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.installed import installed
from grader.settings import Settings
from grader.submission import Submission

_NAME: Final = rb"(?:async[ \t]{1,8})?(?:class|def)[ \t]{1,8}([^\W\d]\w{0,99})\b"
# A cell of a marimo notebook is the body of a function. In a Jupyter notebook a line is a string of JSON, or a part of
# one after an escaped line end.
_AT_TOP: Final = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])" + _NAME)
_IN_CELL: Final = re.compile(rb"[\r\n](?: {4}|\t)?" + _NAME)
_IN_JSON: Final = re.compile(rb'(?:(?<!\\)"|\\n)' + _NAME)
_MARIMO: Final = re.compile(rb"[\r\n]app = marimo\.App\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The assignment that was chosen."""

    assignment: Assignment
    reason: str = ""  # why it is this one; nothing where there was no choice
    problems: tuple[str, ...] = ()  # what is wrong with others that are installed

    @property
    def told(self) -> tuple[str, ...]:
        """A line for each thing that the caller should know."""
        return (*self.problems, *([f"graded as {self.assignment.name}: {self.reason}"] if self.reason else []))


def choose(submission: Submission, name_or_folder: str | None = None, asked: Sequence[str] = ()) -> Choice:
    """The assignment that is named, the only one, or the one that fits. asked: the questions to grade, if not all.

    Raises AssignmentInvalid where none fits, or several fit equally, and SettingsInvalid where none has what is asked.
    """
    if name_or_folder is not None:
        return Choice(assignment=open_assignment(name_or_folder))
    found, problems = all_installed()
    if len(found) == 1:
        return Choice(assignment=found[0], problems=problems)
    if not found:
        raise AssignmentInvalid("; ".join(problems) or "no assignment is installed; pass --assignment with a folder")
    fitting, by_name = _best(found, lambda assignment: _name_fit(assignment.name, submission))
    if len(fitting) == 1 and by_name:
        return Choice(assignment=fitting[0], reason="its name fits", problems=problems)
    if asked:
        fitting, count = _best(fitting, lambda assignment: sum(_has(assignment, name) for name in asked))
        if not count:
            known = " or ".join(f"{a.name} ({', '.join(a.names)})" for a in fitting)
            raise SettingsInvalid(f"no question {asked[0]!r} in {known}")
        if len(fitting) == 1:
            return Choice(assignment=fitting[0], reason=f"it has {', '.join(asked)}", problems=problems)
    defined = defined_names(submission)
    fitting, count = _best(fitting, lambda assignment: len(defined & {*assignment.names}))
    if len(fitting) == 1:
        reason = f"{submission.sendable_name} defines {count} of its questions"
        return Choice(assignment=fitting[0], reason=reason, problems=problems)
    names = [assignment.name for assignment in fitting]
    told = f"{' and '.join(names)} fit {submission.sendable_name} equally"
    if not (count or by_name or asked):
        told = f"{submission.sendable_name} has the name of no assignment, and no question of {' or '.join(names)}"
    raise AssignmentInvalid(f"{told}; say which it is: --assignment {names[0]}")


def with_checks(settings: Settings, assignment: Assignment) -> Settings:
    """The settings with the names of the checks that are meant, and the questions that they are of."""
    if not settings.checks:
        return settings
    if settings.only:
        raise SettingsInvalid("--check asks for checks of any question: leave out --only")
    only, checks = assignment.with_checks(settings.checks)
    return replace(settings, only=only, checks=checks)


def open_assignment(name_or_folder: str | None) -> Assignment:
    """The assignment of that name or folder, or the only one that is installed. Raises AssignmentInvalid."""
    folder = find_assignment(name_or_folder)
    names = [name for name, place in installed().folders.items() if place == folder]
    return load_assignment(folder, name_or_folder if name_or_folder in names else names[0] if names else "")


def all_installed() -> tuple[list[Assignment], tuple[str, ...]]:
    """All assignments that are installed and can be read, and what is wrong with the others."""
    found, problems = list[Assignment](), [*installed().problems]
    for name, folder in installed().folders.items():
        try:
            found.append(load_assignment(folder, name))
        except AssignmentInvalid as error:
            problems.append(str(error))
    return found, tuple(problems)


def defined_names(submission: Submission) -> set[str]:
    """The names of classes and functions that the submission seems to define at top level."""
    if submission.form is Form.ARCHIVE:
        return set()
    files = [(name, raw) for name, raw in submission.files if submission.entry in ("", name)]
    return {name.decode("ascii") for path, raw in files for name in _names(path, raw) if name.isascii()}


def _names(path: str, raw: bytes) -> Iterator[bytes]:
    """Each pattern goes over the bytes once: it is bounded in all that it repeats."""
    in_text = _IN_CELL if _MARIMO.search(raw) else _AT_TOP
    pattern = _IN_JSON if path.lower().endswith(".ipynb") else in_text
    yield from (match[1] for match in pattern.finditer(raw))


def _name_fit(name: str, submission: Submission) -> int:
    """How many letters of the file's name are the assignment's: hw4_marimo.py and HW4 (1).ipynb are of hw4."""
    files = [submission.name, *([PurePath(submission.entry).name] if submission.entry else [])]
    word = re.compile(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", re.IGNORECASE)
    return len(name) if any(word.search(file.rsplit(".", 1)[0]) for file in files) else 0


def _has(assignment: Assignment, asked: str) -> bool:
    """Whether it has a question that is meant by that."""
    try:
        return bool(assignment.named(asked))
    except SettingsInvalid:
        return False


def _best(found: Iterable[Assignment], fit: Callable[[Assignment], int]) -> tuple[list[Assignment], int]:
    """Those that fit best, and how well: all of them where none fits."""
    fits = [(fit(assignment), assignment) for assignment in found]
    most = max(value for value, _ in fits)
    return [assignment for value, assignment in fits if value == most], most
