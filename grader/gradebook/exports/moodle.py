"""Moodle: fills the grading worksheet of an assignment (View all submissions, Download grading worksheet)."""

from __future__ import annotations

import html
import re
from typing import Final

from grader.errors import SettingsInvalid
from grader.gradebook.exports.filling import FillingPlan
from grader.gradebook.exports.finding import Keys
from grader.gradebook.exports.sheet import Sheet, column_of
from grader.gradebook.showing import lines_of
from grader.gradebook.standing import Standing

_NUMBER: Final = re.compile(r"^\D+ ?(\d+)$")  # Participant 12345, in the language of the site
_GRADE: Final = ("Grade", "Calificación", "Bewertung", "Note", "Nota", "Voto", "Cijfer", "Ocena", "成绩", "成績")
_MOST: Final = ("Maximum Grade", "Maximum grade", "Calificación máxima", "Bestwertung", "Note maximale")
_NAME: Final = ("Full name", "Nombre completo", "Vollständiger Name", "Nom complet")
_LAST: Final = ("Last name", "Surname", "Apellido(s)", "Nachname", "Nom de famille")
_FIRST: Final = ("First name", "Nombre", "Vorname", "Prénom")
_EMAIL: Final = ("Email address", "Dirección de correo", "E-Mail-Adresse", "Adresse de courriel")
_LOCK: Final = ("Grade can be changed",)
_FEEDBACK: Final = ("Feedback comments", "Comentarios de retroalimentación", "Feedback als Kommentar")


def plan(sheet: Sheet, wanted: str) -> FillingPlan:
    """Where the scores go. wanted: the column, where it has another name than Moodle's. Raises SettingsInvalid."""
    header = [cell.value.lstrip("\ufeff") for cell in sheet.rows[0]] if sheet.rows else []
    rows = [row for row in range(1, len(sheet.rows)) if _NUMBER.match(sheet.value(row, 0))]
    if not rows:
        raise SettingsInvalid("that is no grading worksheet of Moodle: its first column has no participants; "
                              "switch on offline grading worksheets, and download it there")  # fmt: skip
    names = (wanted,) if wanted else _GRADE
    grade, most, name, last, first, email, lock, feedback = (
        next((found for name in each if (found := column_of(header, name)) is not None), None)
        for each in (names, _MOST, _NAME, _LAST, _FIRST, _EMAIL, _LOCK, _FEEDBACK)
    )
    if grade is None:
        raise SettingsInvalid(f"which column is the grade? pass --column with one of {', '.join(header)}")
    limits = {sheet.value(row, most).replace(",", ".") for row in rows} if most is not None else set()
    limit = limits.pop() if len(limits) == 1 else ""
    return FillingPlan(
        platform="Moodle",
        rows=rows,
        keys=Keys(
            ids=[(0, "moodle_id"), *([(email, "email")] if email is not None else [])],
            names=[column for column in ((last, first) if name is None else (name,)) if column is not None],
            id_of=lambda _, value: match[1] if (match := _NUMBER.match(value)) else value,
        ),
        column=grade,
        max_score=float(limit) if re.fullmatch(r"\d+(\.\d+)?", limit) else None,
        is_locked=lambda row: lock is not None and sheet.value(row, lock).casefold() == "no",
        feedback=feedback,
    )


def feedback(standing: Standing) -> str:
    """What Moodle shows to the student: HTML, and none of it the student's own."""
    return "<br>".join(html.escape(line) for line in [*lines_of(standing)][1:])
