"""Moodle's grading worksheet."""

import csv
import io

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.exports import moodle
from grader.gradebook.exports.filling import Filled, fill
from grader.gradebook.exports.sheet import Sheet
from tests.meta.tools.books import standing_of

HEADER = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
    "Last modified (grade),Feedback comments"
)
ROWS = """
Participant 12345,Ada Lovelace,ada@x.es,Submitted for grading,,4.00,Yes,"Monday, 5 October 2026, 10:00 AM",-,
Participant 12346,Bob,bob@x.es,Submitted for grading,1.00,4.00,Yes,"Monday, 5 October 2026, 10:00 AM",-,<p>good</p>
Participant 12347,Eve,eve@x.es,Submitted for grading,1.00,4.00,No,-,-,
Participant 12348,Sam,sam@x.es,No submission,,4.00,Yes,-,-,
"""
CLASS = [
    standing_of("ada", 2.5, moodle_id="12345"),
    standing_of("bob", 4.0, email="bob@x.es"),
    standing_of("eve", 4.0, moodle_id="12347"),
]


def filled(text: str, wanted: str = "") -> Filled:
    sheet = Sheet.read(text.encode())
    return fill(sheet, moodle.plan(sheet, wanted), CLASS, scales=False, feedback=moodle.feedback)


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_grades_are_filled_and_feedback_only_where_there_is_none(bom: str) -> None:
    text = bom + HEADER + ROWS
    rows = [*csv.reader(io.StringIO(filled(text).data.decode().removeprefix("\ufeff")))]
    before = [*csv.reader(io.StringIO(text.removeprefix("\ufeff")))]
    assert [row[4] for row in rows] == ["Grade", "2.5", "4", "1.00", ""]
    assert "2.5 of 4 points" in rows[1][9]
    assert [row[9] for row in rows[2:]] == ["<p>good</p>", "", ""]
    for row, earlier in zip(rows, before, strict=True):
        assert row[:4] + row[5:9] == earlier[:4] + earlier[5:9]


def test_sheet_in_the_language_of_the_site() -> None:
    text = 'Identificador,Nombre,Calificación,Última modificación (calificación)\nParticipante 12345,Ada,"1,50",-\n'
    assert filled(text).data.decode() == text.replace('"1,50"', '"2,5"')
    other = text.replace("Calificación,", "Arvosana,")
    with pytest.raises(SettingsInvalid, match="--column"):
        filled(other)
    assert filled(other, "Arvosana").data.decode() == other.replace('"1,50"', '"2,5"')


def test_feedback_is_escaped_and_what_is_no_worksheet_refused() -> None:
    assert moodle.feedback(standing_of("a", None)).endswith("crashed: it died<br>0 of 4 points<br>  double  0/4")
    with pytest.raises(SettingsInvalid, match="no grading worksheet"):
        filled("a,b\n1,2\n")


@pytest.mark.parametrize(
    ("header", "name"),
    [("Full name", "Ada Lovelace"), ("First name,Last name", "Ada,Lovelace"), ("Nombre", "Ada Lovelace")],
)
def test_names_serve_where_no_id_does(header: str, name: str) -> None:
    sheet = Sheet.read(f"Identifier,{header},Grade,Other\nParticipant 5,{name},,\n".encode())
    result = fill(sheet, moodle.plan(sheet, ""), [standing_of("ada", 2.5, name="Lovelace, Ada")], scales=False)
    assert result.data.decode().endswith(f"{name},2.5,\n")
