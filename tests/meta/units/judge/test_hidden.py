"""What is told of a hidden check, and what only counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment import Assignment
from grader.judge.hidden import MESSAGE, TITLE, Discreet, apart, as_told, name_told
from grader.scorecard import CheckResult, Excerpt, QuestionResult, Verdict
from tests.meta.units.judge.test_run import Heard, assignment_of, question

ASKED = replace(
    question("a", checks=3),
    points={"test_a": 1.0, "test_a_1": 2.0, "test_a_2": 4.0},
    hidden=frozenset({"test_a_1", "test_a_2"}),
    bonus=frozenset({"test_a_2"}),
)
RESULT = CheckResult(
    name="test_a_1",
    title="The secret title.",
    verdict=Verdict.FAILED,
    max_score=2.0,
    message="secret",
    hint="secret",
    snippet="secret",
    diagnosis="secret",
    cause="secret",
    notes=("secret",),
    output="secret",
    line=7,
    excerpt=Excerpt(place="hw.py", first=1, named=7, lines=("secret",)),
)


def policy(*tells: str) -> Assignment:
    return replace(assignment_of(ASKED), tell_of_hidden=frozenset(tells))


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("tells", [(), ("title",), ("points",), ("title", "points")])
def test_nothing_of_what_it_found_is_left(verdict: Verdict, tells: tuple[str, ...]) -> None:
    message = (
        "Linear is not written" if verdict in (Verdict.BLOCKED, Verdict.NOT_GRADED, Verdict.FORBIDDEN) else "secret"
    )
    told = as_told(policy(*tells), ASKED, replace(RESULT, verdict=verdict, message=message))
    assert "secret" not in repr(told).replace("The secret title.", "")
    assert ("The secret title." in repr(told)) == ("title" in tells) == (told.name == "test_a_1")
    assert (told.verdict, told.max_score, told.is_hidden, told.is_bonus) == (verdict, 2.0, True, False)
    assert told.visibility == ("visible" if "points" in tells else "hidden")
    assert as_told(policy(*tells), ASKED, told) == told
    if verdict is Verdict.FAILED:
        assert told.message == MESSAGE


def test_other_checks_are_told_whole_and_bonus_is_marked() -> None:
    assert as_told(policy(), ASKED, replace(RESULT, name="test_a")) == replace(RESULT, name="test_a")
    assert as_told(policy(), ASKED, replace(RESULT, name="test_a_2")).is_bonus


def test_numbers_stand_for_names() -> None:
    assert [name_told(policy("points"), ASKED, check) for check in ASKED.points] == ["test_a", "hidden_1", "hidden_2"]
    assert as_told(policy("points"), ASKED, RESULT).title == TITLE


def test_what_is_not_listed_counts() -> None:
    results = [as_told(policy(), ASKED, replace(RESULT, name=name)) for name in ASKED.points]
    checks, untold = apart(policy(), results)
    assert ([each.name for each in checks], len(untold)) == (["test_a"], 2)
    whole = QuestionResult(name="a", checks=checks, untold=untold)
    assert (whole.max_score, whole.lost) == (4.0, 4.0)
    assert apart(policy("points"), results)[1] == ()


def test_listener_hears_what_may_be_told() -> None:
    heard = Heard()
    for tells in ((), ("points",)):
        Discreet(heard, policy(*tells)).finished("a", RESULT)
    assert heard.finishes == [("hidden_1", Verdict.FAILED)]
