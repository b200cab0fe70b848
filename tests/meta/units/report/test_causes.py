"""What several checks fail for is told once."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.report.causes import by_cause, common_causes, untold
from grader.report.formats import terminal
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from tests.meta.units.report.cards import CARD, FAILED

BLOCKED = replace(FAILED, verdict=Verdict.BLOCKED, hint="", snippet="", diagnosis="")


def card(**questions: tuple[CheckResult, ...]) -> Scorecard:
    return replace(CARD, questions=tuple(QuestionResult(name=n, checks=c) for n, c in questions.items()))


def said(scorecard: Scorecard) -> list[tuple[str, str, int]]:
    return [(cause.text, cause.explains, len(cause.checks)) for cause in common_causes(scorecard)]


def test_one_reason_for_all_questions_is_one() -> None:
    unread = replace(BLOCKED, message="hw.py, line 2: invalid syntax")
    assert said(card(a=(unread, unread), b=(unread,), c=(unread,))) == [
        ("hw.py, line 2: invalid syntax", "a, b and c", 4)
    ]


def test_one_exception_at_one_line_is_one_whatever_called_it() -> None:
    first = replace(FAILED, message="f(1) raised KeyError: 'x'", cause="KeyError at hw.py, line 2: f[x]")
    second = replace(first, message="f(2) raised KeyError: 'y'")
    other = replace(first, cause="KeyError at hw.py, line 3")
    of_two = card(a=(first, second), b=(other, replace(first), FAILED, FAILED))
    assert said(of_two) == [("KeyError: 'x'\n  hw.py, line 2: f[x]", "a and b", 3)]
    assert untold(of_two.questions[0].checks, common_causes(of_two)) == [first]  # its example and snippet


def test_exception_of_one_question_is_told_there_once() -> None:
    first = replace(FAILED, message="f(1) raised KeyError: 'x'", cause="KeyError at hw.py, line 2: f[x]")
    of_one = card(a=(first, FAILED, replace(first, name="test_other", message="f(2) raised KeyError: 'y'")))
    assert said(of_one) == []
    assert "(test_other, 1.5 points, hw3.py:12)\n    f(1) raised KeyError: 'x'" in shown(of_one)
    assert "KeyError: 'y'" not in shown(of_one)


def test_import_is_told_with_the_line_that_was_executed() -> None:
    missing = "ModuleNotFoundError: torhc is not installed"
    late = replace(
        FAILED, message=f"f(1) raised {missing}\n  hw.py, line 9, in f: helper()", cause=missing, diagnosis=""
    )
    inside = card(a=(late, replace(late)))
    outside = replace(inside, warnings=(f"hw.py, line 1: {missing}",))
    assert said(inside) == [(f"{missing}\n  hw.py, line 9, in f: helper()", "a", 2)]
    assert said(outside) == [(f"hw.py, line 1: {missing}", "a", 2)]
    assert shown(outside).count(missing) == 2  # on top and as the next step


def test_import_comes_first() -> None:
    late = replace(FAILED, cause="ModuleNotFoundError: torhc is not installed")
    early = replace(FAILED, message="f() raised KeyError", cause="KeyError at hw.py, line 2: f")
    texts = [text for text, _, _ in said(card(a=(early, early), b=(early, late, late)))]
    assert texts == [late.cause, "KeyError\n  hw.py, line 2: f"]


def test_what_is_not_written_is_one_line() -> None:
    linear = replace(BLOCKED, message="Linear is not written yet: fill in forward (hw.py, line 2)")
    sgd = replace(BLOCKED, message="SGD is not written yet: fill in step (hw.py, line 9)")
    waiting = replace(BLOCKED, message=f"Net needs Linear. {linear.message}")
    text = "Not written yet: Linear and SGD; Net can't be graded before"
    assert said(card(Linear=(linear, linear), SGD=(sgd,), Net=(waiting,))) == [(text, "Linear, SGD and Net", 4)]


def test_what_is_not_there_is_not_written_either() -> None:
    linear = replace(BLOCKED, message="Linear is not written yet: fill in forward (hw.py, line 2)")
    sgd = replace(BLOCKED, message="SGD is not in hw.py: define it first")
    waiting = replace(BLOCKED, message=f"Net needs SGD. {sgd.message}")
    text = "Not written yet: Linear and SGD; Net can't be graded before"
    assert said(card(Linear=(linear,), SGD=(sgd,), Net=(waiting,))) == [(text, "Linear, SGD and Net", 3)]


def test_endless_loop_is_one() -> None:
    loop = replace(FAILED, verdict=Verdict.TIMED_OUT, message="hw.py gave no answer")
    assert said(card(a=(loop, loop))) == [("too slow, or an endless loop: hw.py gave no answer", "a", 2)]


@pytest.mark.parametrize("check", [FAILED, replace(FAILED, verdict=Verdict.PASSED)])
def test_what_has_no_cause_in_common_is_left_alone(check: CheckResult) -> None:
    assert said(card(a=(check, check))) == []


def test_checks_are_told_together_that_lost_points_for_one_reason() -> None:
    raised = [replace(FAILED, message=f"f({i}) raised KeyError", cause="KeyError at hw.py, line 3") for i in range(2)]
    banned = [replace(FAILED, verdict=Verdict.FORBIDDEN, message="hw.py, line 4 uses torch.nn") for _ in range(2)]
    silent = [replace(FAILED, name=f"test_{i}", message="") for i in range(2)]
    groups = by_cause([raised[0], banned[0], silent[0], raised[1], banned[1], silent[1]])
    assert groups == [raised, banned, [silent[0]], [silent[1]]]


def shown(scorecard: Scorecard) -> str:
    console = Console(file=io.StringIO(), width=80)
    terminal.show(scorecard, console, title="Homework")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_terminal_tells_a_common_cause_once() -> None:
    unread = replace(BLOCKED, message="hw.py, line 2: invalid syntax\n    x = )\n        ^")
    text = shown(card(a=(unread, unread), b=(unread,)))
    assert text.count("\nhw.py, line 2: invalid syntax") == 1  # and in the next step
    assert "\n    x = )\n        ^\n(a and b: 3 checks)" in text


def test_snippet_stands_at_column_0() -> None:
    assert "\nassert f(1) == 3\n" in shown(card(a=(FAILED,)))
