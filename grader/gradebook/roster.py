"""The roster of a class, from our own CSV or what a platform exports: students as frozen records."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from grader.errors import SettingsInvalid

OWN_HEADER: Final = ("student", "name", "email", "canvas_id", "sis_id", "login", "moodle_id", "section", "path")
# Of each field, the headers that platforms and we ourselves give it.
_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "full name", "student name"),
    "email": ("email", "email address", "e-mail"),
    "canvas_id": ("canvas_id", "id"),
    "sis_id": ("sis_id", "sis user id", "sid", "orgdefinedid", "id number", "roster_identifier"),
    "login": ("login", "sis login id", "username", "github_username"),
    "moodle_id": ("moodle_id", "identifier"),
    "section": ("section", "sections", "section_name", "group"),
    "path": ("path", "student_repository_name"),
}
_CALLED: Final = ("student", "login", "email", "sis_id", "canvas_id", "moodle_id", "path", "name")  # the first there is
_NUMBER: Final = ("student id", "student_id")  # of whoever has written the table: an id where there is no other such
_FIRST: Final = ("first name", "first_name", "firstname")
_LAST: Final = ("last name", "last_name", "lastname", "surname")


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One row of a roster. student: what commands call them, and unlike any other's."""

    student: str
    name: str = ""
    email: str = ""
    canvas_id: str = ""
    sis_id: str = ""
    login: str = ""
    moodle_id: str = ""
    section: str = ""
    path: str = ""

    def as_dict(self) -> dict[str, str]:
        """All fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """All students of a class, and the rows that can't be used, with the next step."""

    students: tuple[Student, ...]
    problems: tuple[str, ...] = ()


def read_roster(raw: bytes, file: str) -> Roster:
    """Reads CSV: commas, semicolons or tabs; with or without a byte order mark. Raises SettingsInvalid."""
    rows = list(csv.reader(decoded(raw, file).splitlines(keepends=True), delimiter=delimiter(raw, file)))
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    columns = _columns(header)
    if not columns:
        raise SettingsInvalid(
            f"{file} has no column that names a student; its first line should be {','.join(OWN_HEADER)}"
        )
    found, problems = list[Student](), list[str]()
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row) or _is_of_canvas(row):
            continue
        values = _values(row, columns)
        if student := next((values[key] for key in _CALLED if values.get(key)), ""):
            found.append(Student(**{**values, "student": student}))
        else:
            problems.append(f"{file}: row {number} names nobody and is left out; fill in a name or an id")
    count = Counter(student.student for student in found)
    for name in [name for name, times in count.items() if times > 1]:
        problems.append(
            f"{file}: {count[name]} rows are of {name!r}, and all are left out; give each its own name or id"
        )
    return Roster(students=tuple(s for s in found if count[s.student] == 1), problems=tuple(problems))


def decoded(raw: bytes, file: str) -> str:
    """The text of a CSV. Raises SettingsInvalid."""
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeError:
        raise SettingsInvalid(f"{file} is not text in UTF-8; save it as CSV UTF-8") from None


def delimiter(raw: bytes, file: str) -> str:
    """What separates the cells of its first line."""
    first = decoded(raw, file).lstrip("\r\n").partition("\n")[0]
    bare = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=bare.count)


def folded(text: str) -> str:
    """The text to compare by: in lower case, and an accent is part of its letter (macOS writes it after it)."""
    return unicodedata.normalize("NFC", text.casefold())


def squashed(name: str) -> str:
    """A name as Canvas writes it into file names: lower case, letters and digits alone."""
    return re.sub(r"\W|_", "", folded(name))


def name_forms(name: str) -> set[str]:
    """The ways to squash a name: as it is, and with last and first name in the other order."""
    last, comma, first = name.partition(",")
    words = name.split()
    forms = {squashed(name), squashed(first + last) if comma else squashed(" ".join([*words[-1:], *words[:-1]]))}
    return {form for form in forms if form}


def name_words(name: str) -> set[str]:
    """The words of a name in lower case and without accents, and all of them as one, in either order."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    return {*re.findall(r"[^\W_]+", plain), *name_forms(name)}


def _columns(header: Sequence[str]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    is_canvas = "student" in header and "id" in header
    for index, name in enumerate(header):
        if name == "student":
            found["name" if is_canvas else "student"] = [index]
        for field, names in _HEADERS.items():
            if name in names and field not in found:
                found[field] = [index]
    if "sis_id" not in found and (numbers := [i for i, name in enumerate(header) if name in _NUMBER]):
        found["sis_id"] = numbers[:1]
    first = [i for i, name in enumerate(header) if name in _FIRST][:1]
    last = [i for i, name in enumerate(header) if name in _LAST][:1]
    if "name" not in found and first + last:
        found["name"] = first + last
    return found if found.keys() - {"section"} else {}


def _is_of_canvas(row: Sequence[str]) -> bool:
    """Whether a row of Canvas's export is no student's: the points that are possible, how grades are posted."""
    filled = {cell.strip() for cell in row} - {""}
    return "Points Possible" in row[0] or filled <= {"Manual Posting", "Muted"} or row[0] == "Student, Test"


def _values(row: Sequence[str], columns: Mapping[str, list[int]]) -> dict[str, str]:
    def cells(indices: Sequence[int]) -> Iterator[str]:
        return (row[i].strip() for i in indices if i < len(row) and row[i].strip())

    values = {field: " ".join(cells(indices)) for field, indices in columns.items()}
    for field in ("sis_id", "login"):  # Brightspace writes #doej
        if field in values:
            values[field] = values[field].removeprefix("#")
    if match := re.search(r"(\d+)$", values.get("moodle_id", "")):
        values["moodle_id"] = match[1]  # Participant 12345
    return values
