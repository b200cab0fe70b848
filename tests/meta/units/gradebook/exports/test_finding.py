"""Whose each row of a sheet is."""

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.exports.finding import Keys, Owners, find
from grader.gradebook.exports.sheet import Sheet
from grader.gradebook.standing import Standing
from tests.meta.tools.books import standing_of

KEYS = Keys(ids=[(1, "canvas_id"), (2, "sis_id"), (3, "login")], names=[0])
JOHN = standing_of("john", 3.0, name="Smith, John", canvas_id="1")


def found(rows: str, *students: Standing) -> Owners:
    sheet = Sheet.read(("name,id,sis,login\n" + rows).encode())
    return find(sheet, KEYS, range(1, len(sheet.rows)), students)


def students(rows: str, *of: Standing) -> dict[int, str]:
    return {row: each.student for row, each in found(rows, *of).students.items()}


def test_row_of_the_same_name_and_another_id_is_somebody_elses() -> None:
    assert students('"Smith, John",99,,\n', JOHN) == {}
    assert students('"Smith, John",1,,\n"Smith, John",99,,\n', JOHN) == {1: "john"}
    assert students('"Smith, John",99,,\n"Smith, John",1,,\n', JOHN) == {2: "john"}


def test_row_that_another_id_contradicts_is_left_and_told() -> None:
    ada = standing_of("ada", 1.0, canvas_id="1", sis_id="9001")
    result = found("Ada,1,9002,\n", ada)
    assert not result.students
    assert result.told == ("Ada 1 9002 is ada's by one id, and not by another; left as it is",)


def test_other_login_is_no_contradiction_where_an_id_is_the_same() -> None:
    """That of GitHub, which clones are found by, is not that of the platform."""
    assert students("Ada,1,,adl1\n", standing_of("ada", 1.0, canvas_id="1", login="ada-gh")) == {1: "ada"}


def test_student_whose_ids_are_in_two_rows_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="john is in several rows"):
        found("A,1,,\nB,1,,\n", JOHN)
