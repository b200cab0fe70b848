"""Canvas: fills the gradebook that the instructor has exported there, by the rules of its importer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from grader.errors import SettingsInvalid
from grader.gradebook.exports.filling import FillingPlan
from grader.gradebook.exports.finding import Keys
from grader.gradebook.exports.sheet import Sheet

_ASSIGNMENT: Final = re.compile(r"\A(.*)\s\((\d+)\)\Z", re.S)
_FIELDS: Final = (("ID", "canvas_id"), ("SIS User ID", "sis_id"), ("SIS Login ID", "login"))


def plan(sheet: Sheet, wanted: str, title: str) -> FillingPlan:
    """Where the scores go. wanted: the column's title, with or without its number; empty: the one that there is.

    title: of the homework. Raises SettingsInvalid.
    """
    header = [cell.value for cell in sheet.rows[0]] if sheet.rows else []
    names = {name.strip(): index for index, name in reversed([*enumerate(header)])}
    if len(header) < 4 or "ID" not in names or "Section" not in names or not {"Student", "LastName"} & names.keys():
        raise SettingsInvalid("that is no gradebook of Canvas; export it there (Export Entire Gradebook)")
    possible = next((row for row in range(1, len(sheet.rows)) if "Points Possible" in sheet.rows[row][0].value), None)
    column = _column(header, names["Section"], wanted, title)
    most = sheet.value(possible, column) if possible is not None else ""
    if "(read only)" in most:
        raise SettingsInvalid(f"Canvas reads nothing in {header[column]!r} (read only); choose another --column")

    return FillingPlan(
        platform="Canvas",
        rows=[row for row in range(1, len(sheet.rows)) if row != possible and _is_student(sheet, row)],
        keys=Keys(
            ids=[(names[name], field) for name, field in _FIELDS if name in names],
            names=[names[name] for name in ("Student", "LastName", "FirstName") if name in names],
        ),
        column=column,
        max_score=_number(most),
    )


def _is_student(sheet: Sheet, row: int) -> bool:
    filled = {cell.value.strip() for cell in sheet.rows[row]} - {""}
    return not filled <= {"Manual Posting", "Muted"}


def _column(header: Sequence[str], section: int, wanted: str, title: str) -> int:
    columns = {i: match for i in range(section + 1, len(header)) if (match := _ASSIGNMENT.match(header[i]))}
    if wanted:
        found = [i for i, match in columns.items() if wanted in (header[i].strip(), match[1].strip(), match[2])]
    else:
        found = [i for i, match in columns.items() if match[1].strip().casefold() == title.casefold()] or [*columns]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(repr(header[i]) for i in columns) or "none"
    raise SettingsInvalid(f"which column is meant? pass --column with one of {listed}")


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
