"""What was found in the folder or zip of a class: who handed in which files, as the learning platform names them."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field


class Layout(enum.StrEnum):
    """Who made the folder or zip."""

    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    MOODLE = "moodle"
    BRIGHTSPACE = "brightspace"
    FOLDERS = "folders"  # a folder or a file for each student


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """One student's work: all files of it are one submission."""

    label: str  # as the platform names it: a folder, or what its files begin with
    files: Mapping[str, str] = field(default_factory=dict)  # the student's own name of each file, and its path
    name: str = ""  # of the student, as the platform writes it
    ids: Mapping[str, str] = field(default_factory=dict)  # by field of the roster
    is_late: bool = False
    notes: tuple[str, ...] = ()  # what was decided, for people
    problem: str = ""  # why there is nothing to grade

    def may_call(self, student: str) -> bool:
        """Whether a student may have that name from the work alone, without a roster."""
        return student in self.ids.values() or re.fullmatch(rf"{re.escape(self.label)}( \(\d+\))?", student) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWork:
    """All that was found, and what can't be used, with the next step."""

    layout: Layout
    handed: tuple[HandedIn, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what was decided for all of it, for people
