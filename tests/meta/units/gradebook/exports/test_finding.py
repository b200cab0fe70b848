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


ADA, BOB = standing_of("ada", 1.0, name="Ada Lovelace"), standing_of("bob", 1.0, name="Ada Lovelace", canvas_id="2")


@pytest.mark.parametrize("written", ['"Lovelace, Ada"', "Ada Lovelace", "LOVELACE ADA"])
def test_name_serves_in_every_form(written: str) -> None:
    assert students(f"{written},7,,\n", ADA) == {1: "ada"}
    assert students(f"{written},7,,\n", standing_of("Lovelace, Ada", 1.0)) == {1: "Lovelace, Ada"}


def test_name_of_two_students_or_of_two_rows_is_told_and_not_guessed() -> None:
    for rows, of, told in (
        ("Ada Lovelace,,,\n", (ADA, BOB), "Ada Lovelace may be ada or bob; left as it is"),
        ("Ada Lovelace,7,,\n", (ADA, BOB), "Ada Lovelace 7 may be ada; left as it is"),
        ('Ada Lovelace,7,,\n"Lovelace, Ada",8,,\n', (ADA,), "Ada Lovelace 7 may be ada; left as it is"),
    ):
        result = found(rows, *of)
        assert not result.students
        assert result.told[0].startswith(told)


def test_ids_of_all_rows_come_before_any_name() -> None:
    result = found("Ada Lovelace,7,,\nB,1,,\nAda Lovelace,2,,\n", BOB)
    assert ({row: each.student for row, each in result.students.items()}, result.told) == ({3: "bob"}, ())


def test_name_is_contradicted_by_another_login_or_address() -> None:
    assert students("Ada,,,ada2\n", standing_of("a", 1.0, name="Ada", login="ada1")) == {}
    assert students("Ada,,,ada@x.es\n", standing_of("a", 1.0, name="Ada", email="ada@y.es")) == {}
    assert students("Ada,,,ada2\n", standing_of("a", 1.0, name="Ada", email="ada@y.es")) == {1: "a"}


def test_address_is_an_id_where_the_platform_uses_it_as_login() -> None:
    assert students("X,,,ADL1@psu.edu\n", standing_of("ada", 1.0, email="adl1@psu.edu", login="ada-gh")) == {1: "ada"}
