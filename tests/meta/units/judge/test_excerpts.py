"""Excerpts: the student's own lines around the one that a result names, cut and bounded."""

from __future__ import annotations

import pytest

from grader.boundary.owners import Lines
from grader.boundary.places import Places, Span
from grader.judge.excerpts import MAX_LINES, MAX_WIDTH, excerpt_of
from grader.judge.plans import Reading
from grader.scorecard import Excerpt, Verdict

SOURCE = "import torch\n\nclass A:\n    def f(self):\n        return 1\n\n\ndef g():\n    while True: pass\n"
LINES = Lines(own={"A": [(3, 7)], "g": [(8, 9)]})
FAILED = Verdict.FAILED


def reading(source: str = SOURCE, places: Places = Places(file="hw.py"), lines: Lines = LINES) -> Reading:  # noqa: B008
    return Reading(plans={}, places=places, source=source, lines=lines)


def test_statement_is_shown_without_blank_ends() -> None:
    shown = ("class A:", "    def f(self):", "        return 1")
    assert excerpt_of(reading(), FAILED, "no", 0, 3) == Excerpt(place="hw.py", first=3, named=3, lines=shown)
    assert excerpt_of(reading(), FAILED, "no", 5, 3) == Excerpt(place="hw.py", first=3, named=5, lines=shown)


@pytest.mark.parametrize("verdict", [Verdict.TIMED_OUT, Verdict.FORBIDDEN, FAILED, Verdict.CRASHED])
def test_message_names_a_better_line_than_where_the_question_begins(verdict: Verdict) -> None:
    found = excerpt_of(reading(), verdict, "see hw.py, line 9: it loops (line 3)", 0, 3)
    assert found is not None
    assert (found.named, found.lines[0]) == (9, "def g():")


@pytest.mark.parametrize("message", ["other.py, line 9", "hw.py, line 12345678", "line 9", "hw.py, line 9999"])
def test_place_that_is_none_of_the_submission_is_not_taken(message: str) -> None:
    found = excerpt_of(reading(), Verdict.TIMED_OUT, message, 0, 3)
    assert found is None or found.named == 3


@pytest.mark.parametrize("line", [0, -1, 11, 10**9])
def test_line_that_does_not_exist_shows_nothing(line: int) -> None:
    """Which line has raised is the worker's word."""
    assert excerpt_of(reading(), FAILED, "no", line, 0) is None


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.BLOCKED, Verdict.NOT_GRADED, Verdict.BROKEN])
def test_nothing_is_shown_of_what_is_no_mistake_in_a_line(verdict: Verdict) -> None:
    assert excerpt_of(reading(), verdict, "no", 5, 3) is None


@pytest.mark.parametrize("named", [1, 100, 200])
def test_long_statement_is_cut_around_the_line(named: int) -> None:
    long = reading("\n".join(f"x{i}" for i in range(1, 201)), lines=Lines(own={"A": [(1, 200)]}))
    found = excerpt_of(long, FAILED, "no", named, 1)
    assert found is not None
    assert len(found.lines) <= MAX_LINES
    assert found.lines[found.named - found.first] == f"x{named}"


def test_long_line_is_cut() -> None:
    found = excerpt_of(reading("x" * 10_000, lines=Lines(own={})), FAILED, "no", 1, 0)
    assert found is not None
    assert len(found.lines[0]) == MAX_WIDTH + len(" ...")


def test_lines_of_a_cell_are_counted_in_it_and_end_with_it() -> None:
    spans = [Span(first=1, file="hw.ipynb", cell=2), Span(first=3, file="hw.ipynb", cell=5)]
    cells = reading("a\nb\nc\nd", Places(file="hw.ipynb", spans=spans), Lines(own={}))
    assert excerpt_of(cells, FAILED, "no", 4, 0) == Excerpt(
        place="hw.ipynb, cell 5", first=1, named=2, lines=("c", "d")
    )
    named = excerpt_of(cells, Verdict.TIMED_OUT, "hw.ipynb, cell 2, line 1 loops", 0, 4)
    assert named == Excerpt(place="hw.ipynb, cell 2", first=1, named=1, lines=("a", "b"))
