"""Scores in somebody else's sheet."""

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.exports.filling import FillingPlan, fill, number
from grader.gradebook.exports.finding import Keys
from grader.gradebook.exports.sheet import Sheet
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
