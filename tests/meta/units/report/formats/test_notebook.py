"""The report below a cell of a notebook."""

from __future__ import annotations

from dataclasses import replace

from grader.report.formats.notebook import render
from grader.scorecard import QuestionResult, Verdict
from tests.meta.units.report.cards import CARD, FAILED, PASSED


def test_points_total_and_why_they_were_lost() -> None:
    page = render(CARD)
    for text in ("f(1) is 2, expected 3", "Likely mistake: one is forgotten", "assert f(1) == 3", "Score", "Next: "):
        assert text in page
    assert "add one" not in page  # the likely mistake is named
    assert page.count("<details open>") == 1


def test_one_question_has_no_total() -> None:
    page = render(replace(CARD, questions=(QuestionResult(name="SGD", checks=(PASSED,)),)))
    assert ("3 / 3" in page, "Score" in page, "<details" in page) == (True, False, False)


def test_message_of_several_checks_is_told_once() -> None:
    blocked = replace(FAILED, verdict=Verdict.BLOCKED, message="hw.py, line 2: invalid syntax", diagnosis="")
    page = render(replace(CARD, questions=(QuestionResult(name="a", checks=(blocked, blocked)),)))
    assert page.count("invalid syntax") == 2  # and in the next step
    raised = replace(FAILED, message="f(1) raised KeyError: 'x'", cause="KeyError at hw.py, line 2: f[x]")
    page = render(replace(CARD, questions=(QuestionResult(name="a", checks=(raised, raised)),)))
    assert page.count("f(1) raised") == 1


def test_text_of_students_is_escaped() -> None:
    bad = "<script>alert(1)</script>\x1b[31m"
    check = replace(FAILED, title=bad, message=bad, hint=bad, diagnosis=bad, snippet=bad)
    page = render(replace(CARD, questions=(QuestionResult(name=bad, checks=(check,)),), warnings=(bad,), file=bad))
    assert page.count("&lt;script&gt;") >= 7
    assert "<script" not in page
    assert "\x1b" not in page
