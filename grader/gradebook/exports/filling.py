"""Fills scores into a platform's own sheet: one column, graded rows alone, students found by the ids of the sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.errors import SettingsInvalid
from grader.gradebook.exports.sheet import Sheet
from grader.gradebook.standing import Standing

LOCKED: Final = frozenset({"ex", "excused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FillingPlan:
    """Where things stand in a sheet. ids: column and field of the roster, the most certain first."""

    platform: str
    rows: Sequence[int]
    ids: Sequence[tuple[int, str]]
    column: int
    max_score: float | None = None  # the platform's, where the sheet has it
    id_of: Callable[[str], str] = str.strip
    is_locked: Callable[[int], bool] = lambda row: False
    feedback: int | None = None  # column


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The bytes to import, and what was done. told: what somebody should know."""

    data: bytes
    students: int
    told: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    values: dict[tuple[int, int], str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)


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
    index = {key: _index(standings, key, plan.id_of) for _, key in plan.ids}
    found = _Found()
    for row in plan.rows:
        hits = _of_row(sheet, plan, row, index)
        name = " ".join(filter(None, (sheet.value(row, column) for column, _ in plan.ids))) or f"row {row + 1}"
        if len(hits) > 1:
            found.told.append(f"{name} may be {' or '.join(h.student for h in hits)}; left as it is")
        if len(hits) != 1:
            continue
        (standing,) = hits
        found.used[standing.student] = found.used.get(standing.student, 0) + 1
        if not standing.has_score:
            found.told.append(f"{standing.student} has no score ({standing.outcome}); left as it is")
        elif sheet.value(row, plan.column).casefold() in LOCKED or plan.is_locked(row):
            found.told.append(f"{standing.student} is excused or locked in the sheet; left as it is")
        else:
            found.values[row, plan.column] = number(standing.score * factor, comma)
            if feedback and plan.feedback is not None and not sheet.value(row, plan.feedback):
                found.values[row, plan.feedback] = feedback(standing)
    for standing in standings:
        if standing.has_score and standing.student not in found.used:
            found.told.append(
                f"{standing.student} is not in the sheet of {plan.platform}; enter {standing.score:g} by hand"
            )
    twice = [student for student, times in found.used.items() if times > 1]
    if twice:
        raise SettingsInvalid(f"{twice[0]} is in several rows of the sheet; delete the ones that don't count")
    students = sum(column == plan.column for _, column in found.values)
    return Filled(data=sheet.with_cells(found.values), students=students, told=tuple(found.told))


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


def _index(standings: Sequence[Standing], key: str, id_of: Callable[[str], str]) -> Mapping[str, list[Standing]]:
    found: dict[str, list[Standing]] = {}
    for standing in standings:
        if value := id_of(standing.row.student.as_dict()[key]).casefold():
            found.setdefault(value, []).append(standing)
    return found


def _of_row(
    sheet: Sheet, plan: FillingPlan, row: int, index: Mapping[str, Mapping[str, list[Standing]]]
) -> list[Standing]:
    """The students of a row: by the first id that is known."""
    for column, key in plan.ids:
        if hits := index[key].get(plan.id_of(sheet.value(row, column)).casefold()):
            return hits
    return []
