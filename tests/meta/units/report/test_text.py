"""Text of a report: what is harmless stays, and points are written as people do."""

import pytest

from grader.report.text import clean, counted, points


def test_clean_keeps_what_is_harmless() -> None:
    assert clean("a\tb\nc äöü 数 λ x²") == "a\tb\nc äöü 数 λ x²"
    assert clean("x" * 10, most=4) == "xxxx [...]"


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (2.5, "2.5"), (0.0, "0"), (100.0, "100"), (1 / 3, "0.33")])
def test_points_are_written_as_people_do(value: float, text: str) -> None:
    assert points(value) == text


def test_points_are_counted() -> None:
    assert [counted(value) for value in (1.0, 2.5, 0.0)] == ["1 point", "2.5 points", "0 points"]
