"""What is said in one line."""

from dataclasses import replace

import pytest

from grader.report import brief
from grader.scorecard import Excerpt, QuestionResult, Verdict
from tests.meta.units.report.cards import CARD, FAILED, PASSED, PLAIN_CARD, PLAIN_FAILED, hostile, with_checks


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("short", 10, "short"),
        ("off by 0.123456", 12, "off by..."),
        ("off by 0.12 (allowed 2)", 15, "off by 0.12..."),
        ("x" * 20, 10, "xxxxxxx..."),
    ],
)
def test_text_is_cut_between_words(text: str, most: int, short: str) -> None:
    assert brief.cut(text, most) == short
    assert len(short) <= most


def test_next_step_names_file_and_line_of_a_script_alone() -> None:
    card = with_checks(PASSED, replace(PLAIN_FAILED, line=4, diagnosis="one is forgotten"))
    assert brief.next_step(replace(card, file="sub/hw3.py")) == "Next: Linear (sub/hw3.py:4): one is forgotten"
    assert brief.next_step(replace(card, file="hw3.ipynb")) == "Next: Linear: one is forgotten"
    assert brief.next_step(with_checks(PASSED)) == ""


def test_next_step_is_of_what_lost_points() -> None:
    others = [replace(PLAIN_FAILED, verdict=verdict) for verdict in (Verdict.NOT_GRADED, Verdict.BROKEN)]
    card = replace(with_checks(*others), questions=(*with_checks(*others).questions, *PLAIN_CARD.questions))
    assert brief.next_step(with_checks(*others)) == ""
    assert brief.next_step(card).startswith("Next: Linear: f(1) is 2")


def test_checks_of_one_reason_are_told_once_with_their_points() -> None:
    checks = [PLAIN_FAILED, replace(PLAIN_FAILED, name="b"), replace(PLAIN_FAILED, message="no")]
    assert brief.reasons(checks) == [(checks[0], 3.0), (checks[2], 1.5)]


def test_wrong_value_that_is_too_long_for_a_line_gives_way_to_what_is_asked_for() -> None:
    assert brief.line("SGD -2", PLAIN_FAILED, 60) == "SGD -2: f(1) is 2, expected 3 (off by 1, allowed 0)"
    assert brief.line("SGD -2", PLAIN_FAILED, 40) == "SGD -2: It is right too."
    named = replace(PLAIN_FAILED, diagnosis="one is forgotten, as it seems, in each of the steps")
    assert brief.line("SGD -2", named, 40) == "SGD -2: one is forgotten, as it..."
    raised = replace(PLAIN_FAILED, message="TypeError: unsupported operand types for +")
    assert brief.line("SGD -2", raised, 40) == "SGD -2: TypeError: unsupported..."


def test_verdict_other_than_wrong_is_named_even_where_a_mistake_is_likely() -> None:
    late = replace(PLAIN_FAILED, verdict=Verdict.TIMED_OUT, message="no answer\nin 10 s", diagnosis="x")
    assert brief.reason(late) == "too slow, or an endless loop: no answer"


@hostile
def test_hostile_text_is_one_harmless_line(text: str) -> None:
    told = brief.next_step(replace(with_checks(replace(PLAIN_FAILED, message=text, line=1)), file=f"{text}.py"))
    told.encode()
    assert told.isprintable()
    question = QuestionResult(name="Linear", checks=(replace(PLAIN_FAILED, message=text),))
    assert brief.line("x", question.checks[0], 80).isprintable()


def test_place_is_the_line_that_is_marked() -> None:
    marked = Excerpt(place="hw3.py", first=10, named=14, lines=("a",) * 5)
    assert brief.place(CARD, replace(FAILED, excerpt=marked)) == "hw3.py:14"
    assert brief.place(CARD, replace(FAILED, excerpt=replace(marked, place="helper.py"))) == "hw3.py:12"
    assert brief.place(replace(CARD, file="hw3.ipynb"), replace(FAILED, excerpt=marked)) == ""
