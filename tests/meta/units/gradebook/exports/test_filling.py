"""Scores in somebody else's sheet."""

from dataclasses import replace

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.changes import InstructorChange
from grader.gradebook.exports.filling import Filled, FillingPlan, fill, number
from grader.gradebook.exports.finding import Keys
from grader.gradebook.exports.sheet import Sheet
from grader.gradebook.standing import QuestionStanding, Standing
from tests.meta.tools.books import standing_of


def test_student_in_two_rows_is_refused() -> None:
    sheet = Sheet.read(b"id,g\n1,\n1,\n")
    plan = FillingPlan(platform="X", rows=[1, 2], keys=Keys(ids=[(0, "sis_id")]), column=1)
    with pytest.raises(SettingsInvalid, match="a is in several rows"):
        fill(sheet, plan, [standing_of("a", 1.0, sis_id="1")], scales=False)


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (0.0, "0"), (1234.5, "1234.5"), (100.0, "100")]
)
def test_numbers_have_two_places_and_no_thousands_separator(value: float, text: str) -> None:
    assert number(value, comma=False) == text
    assert number(value, comma=True) == text.replace(".", ",")


def filled(maximum: float | None, *students: Standing, scales: bool = False) -> Filled:
    """Of a sheet with a row for each student and no grade."""
    sheet = Sheet.read(("id,g\n" + "".join(f"{each.row.student.sis_id},\n" for each in students)).encode())
    keys = Keys(ids=[(0, "sis_id")])
    plan = FillingPlan(platform="X", rows=range(1, len(sheet.rows)), keys=keys, column=1, max_score=maximum)
    return fill(sheet, plan, students, scales=scales)


ADA, BOB = standing_of("ada", 2.0, 4.0, sis_id="1"), standing_of("bob", 2.0, 5.0, sis_id="2")


def test_each_score_is_scaled_by_its_own_maximum() -> None:
    assert filled(10.0, ADA, BOB, scales=True).data == b"id,g\n1,5\n2,4\n"


def test_score_out_of_other_points_than_the_sheet_has_is_told_and_not_filled() -> None:
    result = filled(5.0, ADA, BOB)
    assert (result.data, result.students) == (b"id,g\n1,\n2,2\n", 1)
    assert result.told == ("ada has a score out of 4 points; left as it is",)
    with pytest.raises(SettingsInvalid, match=r"10 points .* 4 or 5; pass --scale"):
        filled(10.0, ADA, BOB)


def test_nothing_is_scaled_to_no_points() -> None:
    with pytest.raises(SettingsInvalid, match="has 0 points"):
        filled(0.0, ADA, scales=True)


def test_maximum_that_the_sheet_does_not_say_is_told() -> None:
    result = filled(None, ADA, scales=True)
    assert (result.data, result.students) == (b"id,g\n1,2\n", 1)
    assert result.told == ("the sheet of X does not say its maximum: compare it, for nothing is scaled",)


def set_by_hand(*questions: str, score: float | None = None) -> Standing:
    """Ada, with 2 points that somebody has set for each of these questions of A and B, whatever was computed."""
    change = InstructorChange(student="ada", question="", points=2.0, text="why", who="me", at="now")
    both = [
        QuestionStanding(name=name, computed=0.0, max_score=50.0, change=change if name in questions else None)
        for name in "AB"
    ]
    return replace(standing_of("ada", score, sis_id="1"), questions=tuple(both))


def test_points_set_of_a_part_are_no_score_where_nothing_is_computed() -> None:
    sheet = Sheet.read(b"id,g\n1,70\n")
    plan = FillingPlan(platform="X", rows=[1], keys=Keys(ids=[(0, "sis_id")]), column=1, max_score=100.0)
    result = fill(sheet, plan, [set_by_hand("A")], scales=False)
    assert (result.data, result.students) == (b"id,g\n1,70\n", 0)
    (told,) = result.told
    assert told.startswith("ada has no computed result (crashed): only what was set by hand counts (A), until")
    (told,) = fill(sheet, replace(plan, rows=[]), [set_by_hand("A")], scales=False).told
    assert told.startswith("ada is not in the sheet of X, and has no computed result (crashed): only what was set")


def test_points_set_of_all_questions_or_beside_computed_ones_are_a_score() -> None:
    assert filled(100.0, set_by_hand("A", "B")).data == b"id,g\n1,4\n"
    assert filled(100.0, set_by_hand("A", score=3.0)).data == b"id,g\n1,2\n"
