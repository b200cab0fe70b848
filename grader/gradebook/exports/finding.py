"""Finds whose each row of a platform's sheet is: by the ids of the sheet, at last by name. Nothing is guessed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from grader.errors import SettingsInvalid
from grader.gradebook.exports.sheet import Sheet
from grader.gradebook.roster import name_forms
from grader.gradebook.standing import Standing

# People have several of these: another one is no contradiction where an id is the same.
_ADDRESSES: Final = ("login", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Where a sheet says whose a row is. ids: column and field of the roster, the most certain first.

    names: the column of the whole name, or those of the last and the first name. id_of: the id in a column's cell.
    """

    ids: Sequence[tuple[int, str]]
    names: Sequence[int] = ()
    id_of: Callable[[int, str], str] = lambda column, value: value


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """The student of each row that has one, in the order of the rows, and what somebody should know of others."""

    students: Mapping[int, Standing]
    told: tuple[str, ...]


def find(sheet: Sheet, keys: Keys, rows: Sequence[int], standings: Sequence[Standing]) -> Owners:
    """The students of these rows. Raises SettingsInvalid where the ids of several rows are of one student."""
    index = {column: _index(standings, partial(_ids, field)) for column, field in keys.ids}
    found, left, told = dict[int, Standing](), list[int](), list[str]()
    for row in rows:
        hits = next(
            (hits for column, _ in keys.ids if (hits := index[column].get(_cell(sheet, keys, row, column)))), []
        )
        fitting = [each for each in hits if not _contradicts(sheet, keys, row, each, by_name=False)]
        if len(fitting) == 1:
            found[row] = fitting[0]
        elif fitting:
            told.append(f"{_label(sheet, keys, row)} may be {_either(fitting)}; left as it is")
        elif hits:
            told.append(
                f"{_label(sheet, keys, row)} is {hits[0].student}'s by one id, and not by another; left as it is"
            )
        else:
            left.append(row)
    count = Counter(each.student for each in found.values())
    if twice := [student for student, times in count.items() if times > 1]:
        raise SettingsInvalid(f"{twice[0]} is in several rows of the sheet; delete the ones that don't count")
    more, unclear = _by_name(sheet, keys, rows, left, standings, found)
    students = {**found, **more}
    return Owners(students={row: students[row] for row in sorted(students)}, told=(*told, *unclear))


def _by_name(
    sheet: Sheet,
    keys: Keys,
    rows: Sequence[int],
    left: Sequence[int],
    standings: Sequence[Standing],
    found: Mapping[int, Standing],
) -> tuple[dict[int, Standing], list[str]]:
    """The students of rows that no id has found. A name serves where one student and one row of all have it."""
    named = _index(standings, _forms)
    alike: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        for form in name_forms(_name(sheet, keys, row)):
            alike[form].add(row)
    used = {each.student for each in found.values()}
    more, told = dict[int, Standing](), list[str]()
    for row in left:
        hits = {each.student: each for form in name_forms(_name(sheet, keys, row)) for each in named.get(form, ())}
        fitting = [
            each
            for name, each in sorted(hits.items())
            if name not in used and not _contradicts(sheet, keys, row, each, by_name=True)
        ]
        if not fitting:
            continue
        if len(hits) == 1 and all(alike[form] <= {row} for form in _forms(fitting[0])):
            more[row] = fitting[0]
        else:
            told.append(
                f"{_label(sheet, keys, row)} may be {_either(fitting)}; left as it is, for several have that name"
            )
    return more, told


def _index(standings: Sequence[Standing], values: Callable[[Standing], Iterable[str]]) -> Mapping[str, list[Standing]]:
    found: dict[str, list[Standing]] = defaultdict(list)
    for standing in standings:
        for value in values(standing):
            found[value].append(standing)
    return found


def _ids(field: str, standing: Standing) -> set[str]:
    """What may stand in a column of that field: platforms use an e-mail address as a login, too."""
    own = standing.row.student.as_dict()
    return {own[key].casefold() for key in (_ADDRESSES if field in _ADDRESSES else (field,)) if own[key]}


def _forms(standing: Standing) -> set[str]:
    student = standing.row.student
    return name_forms(student.name or student.student)


def _contradicts(sheet: Sheet, keys: Keys, row: int, standing: Standing, *, by_name: bool) -> bool:
    """Whether an id that both have differs. An address is compared with addresses, a login with logins."""
    for column, field in keys.ids:
        cell = _cell(sheet, keys, row, column)
        own = {value for value in _ids(field, standing) if field not in _ADDRESSES or ("@" in value) == ("@" in cell)}
        if cell and own and cell not in own and (by_name or field not in _ADDRESSES):
            return True
    return False


def _cell(sheet: Sheet, keys: Keys, row: int, column: int) -> str:
    return keys.id_of(column, sheet.value(row, column)).casefold()


def _name(sheet: Sheet, keys: Keys, row: int) -> str:
    return ", ".join(filter(None, (sheet.value(row, column) for column in keys.names)))


def _label(sheet: Sheet, keys: Keys, row: int) -> str:
    """What a person finds the row by."""
    ids = [sheet.value(row, column) for column, _ in keys.ids]
    return " ".join(filter(None, [_name(sheet, keys, row), *ids])) or f"row {row + 1}"


def _either(standings: Sequence[Standing]) -> str:
    return " or ".join(each.student for each in standings)
