"""Results: what ended a check, as verdict and message."""

from __future__ import annotations

import pytest

from grader.boundary.places import Places, Span
from grader.boundary.values import Frame
from grader.judge.plans import Plan, Reading
from grader.judge.results import Course, NotStarted, cause_of, describe_student_error, line_of, result_of, verdict_of
from grader.scorecard import CheckEnded, CheckResult, Verdict
from grader.suite.checks import CheckInfo
from grader.suite.claims import Claim
from grader.suite.failures import CheckFailed, StudentError
from tests.meta.units.judge.test_run import question

PLACES = Places(file="hw.py")
READING = Reading(plans={}, places=PLACES, source="\n".join(f"x{i} = {i}" for i in range(1, 10)))
RAISED = StudentError("ValueError", "no", [Frame(3, "f", "g()"), Frame(7, "", "raise E")], "f(1)")
HUNG = CheckEnded(Verdict.TIMED_OUT, "it hung")
ENDS: dict[str, tuple[BaseException | None, Verdict, str]] = {
    "nothing": (None, Verdict.PASSED, ""),
    "a worker": (HUNG, Verdict.TIMED_OUT, "it hung"),
    "a worker in the fixture": (NotStarted(HUNG), Verdict.TIMED_OUT, "it hung"),
    "an expectation": (CheckFailed("f(1) is 2"), Verdict.FAILED, "f(1) is 2"),
    "an assertion": (AssertionError("one\ntwo"), Verdict.FAILED, "one"),
    "an assertion without a text": (AssertionError(), Verdict.FAILED, "an assertion of the check does not hold"),
    "a limit": (
        StudentError("MemoryError", "", [], "f(1)", "memory_mib = 1"),
        Verdict.CRASHED,
        "f(1) raised MemoryError (the limit memory_mib = 1)",
    ),
    "a failure at some tries": (
        BaseExceptionGroup("flaky", [HUNG, CheckFailed("f(1) is 2")]),
        Verdict.FAILED,
        "f(1) is 2 (not at every try: the result depends on earlier calls)",
    ),
    "no failure at any try": (BaseExceptionGroup("flaky", [HUNG, HUNG]), Verdict.TIMED_OUT, "it hung"),
}


@pytest.mark.parametrize("what", ENDS)
def test_check_has_the_verdict_of_what_ended_it(what: str) -> None:
    error, verdict, message = ENDS[what]
    assert verdict_of(error, PLACES) == (verdict, message)


def test_fault_of_the_check_itself_is_told_with_its_place() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0  # noqa: B018
    verdict, message = verdict_of(caught.value, PLACES)
    assert verdict is Verdict.BROKEN
    assert message == "ZeroDivisionError: division by zero"


def test_exception_is_told_with_the_lines_that_led_to_it() -> None:
    places = Places(file="hw.ipynb", spans=[Span(first=1, file="hw.ipynb", cell=1), Span(first=5, file="a.py")])
    assert describe_student_error(RAISED, places).splitlines() == [
        "f(1) raised ValueError: no",
        "  hw.ipynb, cell 1, line 3, in f: g()",
        "  a.py, line 3: raise E",
    ]


def test_line_is_the_innermost_of_the_first_that_has_one() -> None:
    assert line_of(RAISED) == 7
    assert line_of(BaseExceptionGroup("flaky", [HUNG, RAISED])) == 7
    assert (line_of(HUNG), line_of(None)) == (0, 0)


def result(error: BaseException | None, plan: Plan, untrained: str = "") -> CheckResult:
    info = CheckInfo(question="a", title="It is right.", hint="look again")
    course = Course(error=error, duration_s=1.5, conversation=None, untrained=untrained)
    return result_of("test_a", info, question("a"), plan, READING, course)


def test_what_is_forbidden_takes_the_points_whatever_the_check_says() -> None:
    plan = Plan(forbidden="uses torch.nn.Linear")
    for error in (None, CheckFailed("no"), HUNG):
        found = result(error, plan)
        assert (found.verdict, found.message, found.hint) == (Verdict.FORBIDDEN, "uses torch.nn.Linear", "")
    for verdict in (Verdict.BLOCKED, Verdict.NOT_GRADED):
        assert result(CheckEnded(verdict, "why"), plan).message == "why"


def test_hint_is_for_what_failed_alone() -> None:
    assert result(CheckFailed("no"), Plan()).hint == "look again"
    assert [result(error, Plan()).hint for error in (None, HUNG)] == ["", ""]


def test_no_hint_stands_under_an_exception_that_explains_itself() -> None:
    expected = StudentError("IndexError", "no", [], "next(loader)")
    expected.claim = Claim("assert True", ())  # an expectation about exceptions
    for error, hint in (
        (RAISED, ""),
        (BaseExceptionGroup("flaky", [RAISED]), ""),
        (expected, "look again"),
        (AssertionError("no"), "look again"),
    ):
        assert result(error, Plan()).hint == hint


def test_training_that_raised_comes_before_what_it_led_to() -> None:
    found = result(CheckFailed("90 % wrong"), Plan(), untrained="hw.py, line 3 raised ValueError: no")
    assert found.message == "hw.py, line 3 raised ValueError: no, so the model was not trained\n90 % wrong"
    assert found.hint == ""
    for error in (None, HUNG):
        assert "trained" not in result(error, Plan(), untrained="hw.py, line 3 raised ValueError").message


def test_line_of_the_definition_stands_where_no_line_has_raised() -> None:
    assert (result(RAISED, Plan(line=2)).line, result(CheckFailed("no"), Plan(line=2)).line) == (7, 2)


def test_lines_around_the_named_one_come_with_what_lost_points_alone() -> None:
    excerpt = result(RAISED, Plan(line=2)).excerpt
    assert excerpt is not None
    assert excerpt.named == 7
    assert "x7 = 7" in excerpt.lines
    assert result(None, Plan(line=2)).excerpt is None


def test_cause_is_the_same_whatever_was_called() -> None:
    again = StudentError("ValueError", "no 2", RAISED.frames, "f(2)")
    assert cause_of(RAISED, "", PLACES) == cause_of(again, "", PLACES) == "ValueError at hw.py, line 7: raise E"
    assert cause_of(CheckFailed("f(1) is 2"), "f(1) is 2", PLACES) == ""
    assert cause_of(BaseExceptionGroup("flaky", [RAISED]), "", PLACES) == cause_of(RAISED, "", PLACES)


def test_where_an_import_is_missing_the_hint_is_about_something_else() -> None:
    failed = CheckFailed("an evaluation raised ModuleNotFoundError: torhc is not installed")
    info, asked = CheckInfo(question="a", title="It is right.", hint="add one"), question("a")
    course = Course(error=failed, duration_s=0.0, conversation=None)
    result = result_of("test_a", info, asked, Plan(), READING, course)
    assert (result.hint, result.cause) == ("", "ModuleNotFoundError: torhc is not installed")
    right = result_of(
        "test_a", info, asked, Plan(), READING, Course(error=CheckFailed("no"), duration_s=0.0, conversation=None)
    )
    assert (right.hint, right.cause) == ("add one", "")


def test_message_is_cut() -> None:
    """Each report cuts what it shows; the JSON has the text as it is."""
    assert len(result(CheckFailed("x" * 100_000), Plan()).message) < 5000
    assert len(result(StudentError("E", "y" * 100_000, [], "f()"), Plan()).message) < 5000
