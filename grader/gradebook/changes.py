"""What instructors set and say: points and comments, with who and when. They survive every regrade."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructorChange:
    """What an instructor has set, or said. question: empty for a comment. points: None takes an earlier one back."""

    student: str
    question: str
    points: float | None
    text: str
    who: str
    at: str


class ChangeLog:
    """All changes of a class. None is ever overwritten: the latest counts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def put(self, change: InstructorChange) -> None:
        """Enter it."""
        self._db.execute(
            "insert into changes (student, question, points, text, who, at) values (?, ?, ?, ?, ?, ?)",
            (change.student, change.question, change.points, change.text, change.who, change.at),
        )

    def all(self) -> tuple[InstructorChange, ...]:
        """All of them, the first one first."""
        found = self._db.execute("select student, question, points, text, who, at from changes order by id")
        return tuple(InstructorChange(**dict(row)) for row in found)
