"""Canvas reads back what was filled, by the rules of its importer."""

import csv
import io
import re

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.exports import canvas
from grader.gradebook.exports.filling import Filled, fill
from grader.gradebook.exports.sheet import Sheet
from tests.meta.tools.books import standing_of

EXPORT = """Student,ID,SIS User ID,SIS Login ID,Section,Toy homework (154),Other (155),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,4.00,10.00,(read only)
"Lovelace, Ada",11,9001,adl1@psu.edu,MATH 140,2.5,7,80
"O'Neil ""X"", Bob",12,9002,bob@psu.edu,MATH 140,,,
"Excused, Eve",13,9003,eve@psu.edu,MATH 140,EX,1,
"Stays, Sam",15,9005,sam@psu.edu,MATH 140,3,1,
="=cmd",16,9006,cmd@psu.edu,MATH 140,1,1,
"Student, Test",14,,,MATH 140,0,0,0
"""
CLASS = [
    standing_of("ada", 3.25, canvas_id="11"),
    standing_of("bob", 4.0, sis_id="9002"),
    standing_of("eve", 4.0, login="eve@psu.edu"),
    standing_of("sam", None, canvas_id="15"),
    standing_of("cmd", 2.0, name="=cmd", canvas_id="16"),
    standing_of("zoe", 2.0, canvas_id="99"),
]


def filled(text: str, wanted: str = "", *, scales: bool = False) -> Filled:
    sheet = Sheet.read(text.encode())
    return fill(sheet, canvas.plan(sheet, wanted, "Toy homework"), CLASS, scales=scales)


def imported(raw: bytes, before: str) -> dict[int, dict[str, float | None]]:
    """What Canvas's importer takes for changes: of each ID, the score of each assignment that is not as it was."""
    found: dict[int, dict[str, float | None]] = {}

    def scores(text: str) -> dict[int, dict[str, str]]:
        text = text.removeprefix("\ufeff")
        delimiter = ";" if text.splitlines()[0].count(";") > text.splitlines()[0].count(",") else ","
        rows = [*csv.reader(io.StringIO(text), delimiter=delimiter)]
        header = rows[0]
        assert "Student" in header[0]
        assert "ID" in header[1]
        assert header[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
        possible = next(row for row in rows if "Points Possible" in row[0])
        columns = [
            i
            for i, name in enumerate(header)
            if re.fullmatch(r"(.*)\s\((\d+)\)", name) and possible[i] != "(read only)"
        ]
        assert [possible[i].replace(",", ".") for i in columns] == ["4.00", "10.00"]
        people = [row for row in rows[1:] if row is not possible and not {*row} <= {"", "Manual Posting", "Muted"}]
        return {int(row[1]): {header[i]: row[i] for i in columns} for row in people}

    after, earlier = scores(raw.decode()), scores(before)
    assert after.keys() == earlier.keys()
    for student, values in after.items():
        for name, value in values.items():
            if value != earlier[student][name]:
                found.setdefault(student, {})[name] = float(re.sub(r"[.,](?=\d*$)", ".", value)) if value else None
    return found


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("wanted", ["", "Toy homework", "Toy homework (154)", "154"])
def test_graded_students_get_their_scores_and_nobody_else_changes(bom: str, end: str, wanted: str) -> None:
    text = bom + EXPORT.replace("\n", end)
    result = filled(text, wanted)
    name = "Toy homework (154)"
    assert imported(result.data, text) == {11: {name: 3.25}, 12: {name: 4.0}, 16: {name: 2.0}}
    expected = text.replace("MATH 140,2.5,7", "MATH 140,3.25,7").replace(
        "bob@psu.edu,MATH 140,,", "bob@psu.edu,MATH 140,4,"
    )
    assert result.data.decode() == expected.replace("cmd@psu.edu,MATH 140,1,", "cmd@psu.edu,MATH 140,2,")
    assert result.students == 3
    assert [told.split(" ")[0] for told in result.told] == ["eve", "sam", "zoe"]


def test_semicolons_and_decimal_commas_are_kept() -> None:
    text = EXPORT.replace(",", ";").replace("2.5", "2,5").replace("4.00", "4,00").replace("10.00", "10,00")
    text = text.replace('"Lovelace; Ada"', '"Lovelace, Ada"')
    result = filled(text)
    assert imported(result.data, text)[11] == {"Toy homework (154)": 3.25}
    assert b"MATH 140;3,25;7" in result.data


def test_other_maximum_is_refused_unless_it_is_to_be_scaled() -> None:
    with pytest.raises(SettingsInvalid, match=r"10 points .* 4; pass --scale"):
        filled(EXPORT, "Other")
    assert imported(filled(EXPORT, "Other", scales=True).data, EXPORT)[11] == {"Other (155)": 8.12}


@pytest.mark.parametrize(
    ("text", "wanted", "told"),
    [
        ("a,b,c,d\n", "", "no gradebook of Canvas"),
        ("", "", "no gradebook of Canvas"),
        (EXPORT.replace("Toy homework", "X"), "", "'X \\(154\\)', 'Other"),
        (EXPORT, "Final Score", "which column"),
        (EXPORT.replace("4.00,", "(read only),"), "", "read only"),
    ],
)
def test_what_cannot_be_filled_is_told(text: str, wanted: str, told: str) -> None:
    with pytest.raises(SettingsInvalid, match=told):
        filled(text, wanted)


def test_names_serve_where_no_id_does_and_two_of_one_are_told() -> None:
    students = [
        standing_of("a", 1.0, name="Lovelace, Ada"),
        standing_of("b", 1.0, name="Stays, Sam"),
        standing_of("c", 1.0, name="Stays, Sam"),
    ]
    sheet = Sheet.read(EXPORT.encode())
    result = fill(sheet, canvas.plan(sheet, "", "Toy homework"), students, scales=False)
    assert imported(result.data, EXPORT) == {11: {"Toy homework (154)": 1.0}}
    assert any("may be b or c; left as it is" in told for told in result.told)


def test_namesake_with_another_id_keeps_the_grade_that_is_there() -> None:
    text = EXPORT.replace('"Lovelace, Ada",11,9001', '"Smith, John",99,9001')
    sheet = Sheet.read(text.encode())
    john = standing_of("john", 1.0, name="Smith, John", canvas_id="1")
    result = fill(sheet, canvas.plan(sheet, "", "Toy homework"), [john], scales=False)
    assert (result.data.decode(), result.students) == (text, 0)
    assert result.told == ("john is not in the sheet of Canvas; enter 1 by hand",)


@pytest.mark.parametrize("possible", ["    Points Possible,,,,,,10.00,(read only)\n", ""])
def test_sheet_without_points_possible_is_filled_and_the_maximum_told(possible: str) -> None:
    text = EXPORT.replace("    Points Possible,,,,,4.00,10.00,(read only)\n", possible)
    assert text != EXPORT
    result = filled(text)
    assert result.students == 3
    assert any("does not say its maximum" in told for told in result.told)
