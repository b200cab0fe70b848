"""Where each student stands."""

from dataclasses import replace

from grader.gradebook.book import Result, Row
from grader.gradebook.changes import InstructorChange
from grader.gradebook.roster import Student
from grader.gradebook.standing import Standing, standing

ROW = Row(student=Student(student="ada"), label="l", files={}, is_late=False, notes=(), sha="s")
CARD = {
    "score": 3.0,
    "max_score": 6.0,
    "provisional": False,
    "questions": [
        {"name": "A", "score": 1.0, "max_score": 2.0, "checks": [{"max_score": 2.0}]},
        {"name": "B", "score": 2.0, "max_score": 4.0, "checks": [{"max_score": 4.0}]},
    ],
}


def result(outcome: str = "graded", **card: object) -> Result:
    return Result(
        id=1, key="k", outcome=outcome, reason="r", card=({**CARD, **card} if outcome == "graded" else None), graded=""
    )


def change(question: str, points: float | None, student: str = "ada") -> InstructorChange:
    return InstructorChange(student=student, question=question, points=points, text="why", who="me", at="now")


def stands(*changes: InstructorChange, found: Result | None = None) -> Standing:
    return standing(ROW, found or result(), changes, CARD)


def test_score_is_computed_unless_it_is_set() -> None:
    assert (stands().score, stands().max_score, stands().is_changed) == (3.0, 6.0, False)
    changed = stands(change("A", 1.5), change("A", 2.0), change("B", 4.0, "bob"), change("", None))
    assert (changed.score, changed.computed, changed.is_changed) == (4.0, 3.0, True)
    assert [comment.text for comment in changed.comments] == ["why"]


def test_points_that_were_taken_back_do_not_count() -> None:
    assert (stands(change("A", 2.0), change("A", None)).score) == 3.0


def test_who_was_not_graded_has_no_score_unless_it_is_set() -> None:
    crashed = stands(found=result("crashed"))
    assert (crashed.outcome, crashed.reason, crashed.score, crashed.max_score, crashed.has_score) == (
        "crashed",
        "r",
        0,
        6,
        False,
    )
    rescued = stands(change("B", 3.0), found=result("crashed"))
    assert (rescued.score, rescued.has_score) == (3.0, True)


def test_provisional_score_is_not_recorded() -> None:
    assert stands().has_score
    assert not stands(found=result(provisional=True)).has_score


def test_without_a_result_the_row_says_why() -> None:

    for row, outcome in (
        (ROW, "waiting"),
        (replace(ROW, sha=""), "missing"),
        (replace(ROW, sha="", problem="p"), "unreadable"),
    ):
        assert standing(row, None, ()).outcome == outcome
