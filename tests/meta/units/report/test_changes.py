"""What turned right and what turned wrong."""

from dataclasses import replace

from grader.report.changes import changes
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from tests.meta.units.report.cards import CARD, FAILED

RIGHT = replace(FAILED, verdict=Verdict.PASSED, message="", diagnosis="")


def card(*checks: CheckResult) -> Scorecard:
    return replace(CARD, questions=(QuestionResult(name="Linear", checks=checks),))


def told(before: Scorecard, after: Scorecard) -> list[str]:
    return [str(change) for change in changes(before, after)]


def test_changes_are_told_with_the_reason() -> None:
    assert told(card(FAILED), card(RIGHT)) == ["+ Linear test_wrong: right now (1.5 points)"]
    assert told(card(RIGHT), card(FAILED)) == ["- Linear test_wrong: wrong now (1.5 points): one is forgotten"]
    other = replace(FAILED, diagnosis="two are forgotten")
    assert told(card(FAILED), card(other)) == ["- Linear test_wrong: still wrong (1.5 points): two are forgotten"]
    assert told(card(), card(other)) == ["- Linear test_wrong: wrong (1.5 points): two are forgotten"]


def test_what_stays_is_not_told() -> None:
    right = replace(RIGHT, name="test_right")
    assert told(card(FAILED, right), card(FAILED, right)) == []
    assert told(card(FAILED), card()) == []  # nobody has asked for it
