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
    _compare(plan, [standing for standing in standings if not _lacking(standing)], scales)
    comma = sheet.has_decimal_comma
    found = find(sheet, plan.keys, plan.rows, standings)
    told, values = [*found.told], dict[tuple[int, int], str]()
    if plan.max_score is None:
        told.append(f"the sheet of {plan.platform} does not say its maximum: compare it, for nothing is scaled")
    for row, standing in found.students.items():
        if lacking := _lacking(standing):
            told.append(f"{standing.student} {lacking}; left as it is")
        elif sheet.value(row, plan.column).casefold() in LOCKED or plan.is_locked(row):
            told.append(f"{standing.student} is excused or locked in the sheet; left as it is")
        elif (factor := _factor(plan, standing, scales)) is None:
            told.append(f"{standing.student} has a score out of {standing.max_score:g} points; left as it is")
        else:
            values[row, plan.column] = number(standing.score * factor, comma)
            if feedback and plan.feedback is not None and not sheet.value(row, plan.feedback):
                values[row, plan.feedback] = feedback(standing)
    used = {standing.student for standing in found.students.values()}
    for standing in standings:
        if standing.has_score and standing.student not in used:
            lacking = _lacking(standing)
            more = f", and {lacking}" if lacking else f"; enter {standing.score:g} by hand"
            told.append(f"{standing.student} is not in the sheet of {plan.platform}{more}")
    students = sum(column == plan.column for _, column in values)
    return Filled(data=sheet.with_cells(values), students=students, told=tuple(told))


def number(value: float, comma: bool) -> str:
    """A score as it is imported: at most two places, no thousands separator."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def _lacking(standing: Standing) -> str:
    """Why there is no score of the whole homework: points that are set of a part of it would take the rest for 0."""
    if not standing.has_score:
        return f"has no score ({standing.outcome})"
    by_hand = [question.name for question in standing.questions if question.change]
    if standing.card or (standing.max_score and len(by_hand) == len(standing.questions)):
        return ""
    counts = f"only what was set by hand counts ({', '.join(by_hand)}), until the other questions are set, too"
    return f"has no computed result ({standing.outcome}): {counts}"


def _compare(plan: FillingPlan, scored: Sequence[Standing], scales: bool) -> None:
    """Raises SettingsInvalid where the score of nobody fits the sheet."""
    if scored and all(_factor(plan, standing, scales) is None for standing in scored):
        most = " or ".join(f"{total:g}" for total in sorted({standing.max_score for standing in scored}))
        raise SettingsInvalid(
            f"the sheet of {plan.platform} has {plan.max_score:g} points for this, and the homework has {most}; "
            "pass --scale, or change the points there"
        )


def _factor(plan: FillingPlan, standing: Standing, scales: bool) -> float | None:
    """What the score is multiplied by; nothing where it is out of other points than the sheet has."""
    if plan.max_score is None or abs(plan.max_score - standing.max_score) < 1e-6:
        return 1.0
    return plan.max_score / standing.max_score if scales and plan.max_score and standing.max_score else None
