"""Where each student stands: the computed points, and beside them what instructors have set. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader.gradebook.book import Book, ClassRun, Result, Row
from grader.gradebook.changes import InstructorChange

MISSING: Final = "missing"  # nothing was handed in
WAITING: Final = "waiting"  # not graded yet
ATTENTION: Final = ("crashed", "timed_out", "unreadable")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionStanding:
    """One question: what was computed, and what an instructor has set."""

    name: str
    computed: float
    max_score: float
    change: InstructorChange | None = None

    @property
    def score(self) -> float:
        """What counts."""
        return self.computed if self.change is None or self.change.points is None else self.change.points


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One student. outcome: graded, unreadable, crashed, timed_out, missing or waiting."""

    row: Row
    outcome: str
    reason: str
    result: Result | None
    questions: tuple[QuestionStanding, ...]
    comments: tuple[InstructorChange, ...]

    @property
    def student(self) -> str:
        """What commands call them."""
        return self.row.student.student

    @property
    def card(self) -> Mapping[str, Any]:
        """The scorecard, as JSON has it; empty where there is none."""
        return (self.result and self.result.card) or {}

    @property
    def computed(self) -> float:
        """Points that were computed."""
        return sum(question.computed for question in self.questions)

    @property
    def score(self) -> float:
        """Points that count: to six places, as in a scorecard."""
        return round(sum(question.score for question in self.questions), 6)

    @property
    def max_score(self) -> float:
        """Points that could be earned."""
        return round(sum(question.max_score for question in self.questions), 6)

    @property
    def is_changed(self) -> bool:
        """Whether an instructor has set points."""
        return any(question.change for question in self.questions)

    @property
    def has_score(self) -> bool:
        """Whether there is a score to record: not of who was not graded, nor while it is provisional."""
        return self.is_changed or (self.outcome == "graded" and not self.card.get("provisional"))


def standings(book: Book, run: ClassRun | None = None) -> tuple[Standing, ...]:
    """All students as they stand in the run that counts, or in that one. A result of earlier work is none."""
    run = run or book.accepted()
    results = book.present(run) if run else {}
    changes = book.changes.all()
    rows = book.rows()
    blank = next((result.card for result in results.values() if result.card), None)
    return tuple(standing(row, results.get(row.student.student), changes, blank) for row in rows)


def standing(
    row: Row, result: Result | None, changes: Sequence[InstructorChange], blank: Mapping[str, Any] | None = None
) -> Standing:
    """One student. blank: a scorecard of anybody's, for the questions of who has none."""
    own = [change for change in changes if change.student == row.student.student]
    latest = {change.question: change for change in own if change.question}
    card = (result.card if result else None) or {
        "questions": [
            {**question, "score": 0.0, "max_score": _most(question)} for question in (blank or {}).get("questions", ())
        ]
    }
    known = {question["name"]: question for question in card["questions"]}
    questions = [
        QuestionStanding(
            name=name,
            computed=known.get(name, {}).get("score", 0.0),
            max_score=known.get(name, {}).get("max_score", 0.0),
            change=latest[name] if name in latest and latest[name].points is not None else None,
        )
        for name in dict.fromkeys([*known, *(name for name, change in latest.items() if change.points is not None)])
    ]
    outcome, reason = (result.outcome, result.reason) if result else _without_result(row)
    return Standing(
        row=row,
        outcome=outcome,
        reason=reason,
        result=result,
        questions=tuple(questions),
        comments=tuple(change for change in own if not change.question),
    )


def _most(question: Mapping[str, Any]) -> float:
    """What could be earned, with what a broken check of somebody's left out."""
    listed = sum(check["max_score"] for check in question["checks"] if not check.get("bonus"))
    return float(max(listed, question["max_score"]))


def _without_result(row: Row) -> tuple[str, str]:
    if row.problem:
        return "unreadable", row.problem
    return (WAITING, "not graded yet") if row.sha else (MISSING, "nothing was handed in")
