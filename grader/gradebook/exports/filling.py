"""Fills scores into a platform's own sheet: one column, and the rows of graded students alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from grader.errors import SettingsInvalid
from grader.gradebook.exports.finding import Keys, find
from grader.gradebook.exports.sheet import Sheet
from grader.gradebook.standing import Standing

LOCKED: Final = frozenset({"ex", "excused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FillingPlan:
    """Where things stand in a sheet. rows: of students. column: to fill."""

    platform: str
    rows: Sequence[int]
    keys: Keys
    column: int
    max_score: float | None = None  # the platform's, where the sheet has it
    is_locked: Callable[[int], bool] = lambda row: False
    feedback: int | None = None  # column


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The bytes to import, and what was done. told: what somebody should know."""

    data: bytes
    students: int
    told: tuple[str, ...]


def fill(
    sheet: Sheet,
    plan: FillingPlan,
    standings: Sequence[Standing],
    *,
    scales: bool,
    feedback: Callable[[Standing], str] | None = None,
) -> Filled:
    """The sheet with the scores of all who have one. Raises SettingsInvalid where the maximum is another."""
    factor = _factor(plan, standings, scales)
    comma = sheet.has_decimal_comma
    found = find(sheet, plan.keys, plan.rows, standings)
    told, values = [*found.told], dict[tuple[int, int], str]()
    for row, standing in found.students.items():
        if not standing.has_score:
            told.append(f"{standing.student} has no score ({standing.outcome}); left as it is")
        elif sheet.value(row, plan.column).casefold() in LOCKED or plan.is_locked(row):
            told.append(f"{standing.student} is excused or locked in the sheet; left as it is")
        else:
            values[row, plan.column] = number(standing.score * factor, comma)
            if feedback and plan.feedback is not None and not sheet.value(row, plan.feedback):
                values[row, plan.feedback] = feedback(standing)
    used = {standing.student for standing in found.students.values()}
    for standing in standings:
        if standing.has_score and standing.student not in used:
            told.append(f"{standing.student} is not in the sheet of {plan.platform}; enter {standing.score:g} by hand")
    students = sum(column == plan.column for _, column in values)
    return Filled(data=sheet.with_cells(values), students=students, told=tuple(told))


def number(value: float, comma: bool) -> str:
    """A score as it is imported: at most two places, no thousands separator."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def _factor(plan: FillingPlan, standings: Sequence[Standing], scales: bool) -> float:
    most = max((standing.max_score for standing in standings), default=0.0)
    if plan.max_score is None or not most or abs(plan.max_score - most) < 1e-6:
        return 1.0
    if not scales:
        raise SettingsInvalid(
            f"the sheet of {plan.platform} has {plan.max_score:g} points for this, and the homework has {most:g}; "
            "pass --scale, or change the points there"
        )
    return plan.max_score / most
