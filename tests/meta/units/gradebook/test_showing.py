"""One student as text."""

from pathlib import Path

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.changes import InstructorChange
from grader.gradebook.showing import find, lines_of
from grader.gradebook.standing import Standing, standings
from tests.meta.tools.books import graded_class, opened, standing_of


@pytest.fixture
def found(tmp_path: Path) -> tuple[Standing, ...]:
    out, _ = graded_class(tmp_path, {"lovelaceada_1_11_hw.py": "score 0", "adab_2_12_hw.py": "die"})
    with opened(out) as (book, _):
        change = {"student": "lovelaceada_1", "who": "me", "at": "now"}
        book.changes.put(InstructorChange(question="double", points=3.5, text="a \x1b[31mtypo", **change))
        book.changes.put(InstructorChange(question="", points=None, text="well done", **change))
        return standings(book)


def test_student_is_shown_with_points_reasons_and_what_was_said(found: tuple[Standing, ...]) -> None:
    text = "\n".join(lines_of(find(found, "lovelaceada_1")))
    assert "3.5 of 4 points" in text
    assert "double  3.5/4  (computed 0; set by me, now: a \ufffd[31mtypo)" in text
    assert "test_double  failed: <b>double(21)</b> is 0.0" in text
    assert "likely mistake: forgot the factor" in text
    assert text.endswith("me, now: well done")
    assert "crashed: its judge ended with status 3" in "\n".join(lines_of(find(found, "adab_2")))


@pytest.mark.parametrize(
    ("text", "student"), [("LOVELACE", "lovelaceada_1"), ("2", "adab_2"), ("Ada Lovelace", "lovelaceada_1")]
)
def test_student_is_found_by_id_name_or_a_part(text: str, student: str, found: tuple[Standing, ...]) -> None:
    assert find(found, text).student == student


@pytest.mark.parametrize(("text", "told"), [("ada", "may be"), ("zoe", "nobody"), ("", "nobody")])
def test_nobody_is_guessed(text: str, told: str, found: tuple[Standing, ...]) -> None:
    with pytest.raises(SettingsInvalid, match=told):
        find(found, text)


def test_name_of_a_student_is_one_line() -> None:
    first, *_ = lines_of(standing_of("ada\n4 of 4 points", 1.0, name="Ada"))
    assert first == "ada 4 of 4 points Ada"


def test_accents_are_part_of_their_letters() -> None:
    """As macOS writes a folder, and as people type it."""
    student = standing_of("jose\N{COMBINING ACUTE ACCENT}", 1.0)
    assert find([student], "jos\N{LATIN SMALL LETTER E WITH ACUTE}") == student
