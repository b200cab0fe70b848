"""Brightspace: fills the grades that the instructor has exported there (Grades, Export: Points grade)."""

from __future__ import annotations

import re
from typing import Final

from grader.errors import SettingsInvalid
from grader.gradebook.exports.filling import FillingPlan
from grader.gradebook.exports.finding import Keys
from grader.gradebook.exports.sheet import Sheet, column_of

_POINTS: Final = "Points Grade"
_MOST: Final = re.compile(r"MaxPoints:\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)  # <Numeric MaxPoints:10 Weight:5>
_FIELDS: Final = (("OrgDefinedId", "sis_id"), ("Username", "login"), ("Email", "email"))
_NAMES: Final = ("Last Name", "First Name")


def plan(sheet: Sheet, wanted: str) -> FillingPlan:
    """Where the scores go. wanted: the column, with or without "Points Grade". Raises SettingsInvalid."""
    header = [cell.value.strip() for cell in sheet.rows[0]] if sheet.rows else []
    ids = [(column, field) for name, field in _FIELDS if (column := column_of(header, name)) is not None]
    if not {"sis_id", "login"} & {field for _, field in ids} or "End-of-Line Indicator" not in header:
        raise SettingsInvalid("that is no export of Brightspace; export there with both keys and the points grade")
    columns = [i for i, name in enumerate(header) if _POINTS in name]
    found = [i for i in columns if not wanted or wanted in (header[i], header[i].partition(_POINTS)[0].strip())]
    if len(found) != 1:
        listed = ", ".join(header[i] for i in columns) or "none"
        raise SettingsInvalid(f"which column is meant? pass --column with one of {listed}")
    most = _MOST.search(header[found[0]])
    return FillingPlan(
        platform="Brightspace",
        rows=range(1, len(sheet.rows)),
        keys=Keys(
            ids=ids,
            names=[column for name in _NAMES if (column := column_of(header, name)) is not None],
            id_of=lambda _, value: value.removeprefix("#"),
        ),
        column=found[0],
        max_score=float(most[1].replace(",", ".")) if most else None,
    )
