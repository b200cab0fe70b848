"""All scores as CSV and JSON: of each student the points of every question and every check."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from grader.gradebook.standing import Standing
from grader.report.formats.csv import FORMULA

SCHEMA: Final = "grader/class/v1"
_IDENTITY: Final = ("student", "name", "email", "canvas_id", "sis_id", "login", "moodle_id", "section")
_TEXTS: Final = ("student", "name", "login", "section")  # a label and a login may be a file's name


def as_csv(standings: Sequence[Standing]) -> str:
    """A row for each student. Names and reasons are guarded against being read as formulas; ids and scores are not."""
    questions = list(dict.fromkeys(question.name for each in standings for question in each.questions))
    checks = list(dict.fromkeys(name for each in standings for name in _checks(each)))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(
        [*_IDENTITY, "outcome", "reason", "late", "score", "max_score", "computed", "comments"]
        + questions
        + [f"{question}: {check}" for question, check in checks]
    )
    for each in standings:
        identity = each.row.student.as_dict()
        scores = {question.name: question.score for question in each.questions}
        found = _checks(each)
        writer.writerow(
            [
                *(guarded(identity[key]) if key in _TEXTS else identity[key] for key in _IDENTITY),
                each.outcome,
                guarded("" if each.outcome == "graded" else each.reason),
                int(each.row.is_late),
                *([each.score, each.max_score, each.computed] if each.has_score else ["", "", ""]),
                guarded("; ".join(said for said in _said(each))),
                *(scores.get(name, "") if each.has_score else "" for name in questions),
                *(found.get(name, "") for name in checks),
            ]
        )
    return file.getvalue()


def guarded(text: str) -> str:
    """The text so that no spreadsheet computes it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def as_json(standings: Sequence[Standing]) -> str:
    """Everything: computed points beside what was set, with who and when, and the whole scorecard."""
    return json.dumps({"schema": SCHEMA, "students": [_student(each) for each in standings]}, indent=1) + "\n"


def _student(each: Standing) -> dict[str, Any]:
    return {
        **each.row.student.as_dict(),
        "handed_in": each.row.label,
        "late": each.row.is_late,
        "notes": list(each.row.notes),
        "outcome": each.outcome,
        "reason": "" if each.outcome == "graded" else each.reason,
        "score": each.score if each.has_score else None,
        "max_score": each.max_score,
        "computed": each.computed,
        "set": [asdict(question.change) for question in each.questions if question.change],
        "comments": [asdict(comment) for comment in each.comments],
        "scorecard": each.card or None,
    }


def _checks(each: Standing) -> dict[tuple[str, str], float]:
    return {
        (question["name"], check["name"]): check["score"]
        for question in each.card.get("questions", ())
        for check in question["checks"]
    }


def _said(each: Standing) -> list[str]:
    set_points = [f"{q.name} set by {q.change.who}: {q.change.text}" for q in each.questions if q.change]
    return [*set_points, *(f"{comment.who}: {comment.text}" for comment in each.comments)]
