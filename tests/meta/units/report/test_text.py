"""Text of a report: what is harmless stays, and points are written as people do."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.report.formats import github, html, markdown, terminal
from grader.report.text import advice, clean, counted, explained, in_a_line, lost_points, points
from grader.scorecard import QuestionResult, Verdict
from tests.meta.units.report.cards import CARD, FAILED


def test_clean_keeps_what_is_harmless() -> None:
    assert clean("a\tb\nc äöü 数 λ x²") == "a\tb\nc äöü 数 λ x²"
    assert clean("x" * 10, most=4) == "xxxx [...]"


def test_name_is_one_line() -> None:
    assert in_a_line("a.py: 100 of 100\nhw3.py\t\x1b[2J") == "a.py: 100 of 100 hw3.py \N{REPLACEMENT CHARACTER}[2J"
    card = replace(CARD, submission="x\nScore  100 / 100\ny.py", choice="it has\nAll right: 43 checks.")
    console = Console(file=io.StringIO(), width=100)
    terminal.show(card, console, title="Toy", whole=True)
    terminal.show_score(card, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\nScore  100" not in shown
    assert "\nAll right" not in shown


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (2.5, "2.5"), (0.0, "0"), (100.0, "100"), (1 / 3, "0.33")])
def test_points_are_written_as_people_do(value: float, text: str) -> None:
    assert points(value) == text


def test_what_was_not_graded_is_not_lost() -> None:
    ungraded = replace(FAILED, verdict=Verdict.NOT_GRADED)
    assert lost_points(QuestionResult(name="SGD", checks=(ungraded,))) == "1.5 not graded"
    assert lost_points(QuestionResult(name="SGD", checks=(FAILED, ungraded))) == "1.5 lost, 1.5 not graded"
    card = replace(CARD, questions=(QuestionResult(name="SGD", checks=(ungraded,)),))
    told = [html.render(card), markdown.render(card), *github.annotation_lines(card, "hw3.py")]
    assert [text for text in told if "points lost" in text or "1.5 lost" in text] == []


def test_no_hint_stands_beside_the_likely_mistake() -> None:
    """The hint is for whoever has to guess."""
    assert [*advice(FAILED)] == [("Likely mistake", "one is forgotten")]
    assert [*advice(replace(FAILED, diagnosis=""))] == [("Hint", "add one")]


def test_advice_of_several_checks_is_given_once() -> None:
    other = replace(FAILED, diagnosis="two are forgotten")
    hinted = replace(FAILED, diagnosis="", hint="add two")
    assert [text for _, text in advice(FAILED, FAILED, other, hinted)] == ["one is forgotten", "two are forgotten"]
    assert [text for _, text in advice(hinted, hinted)] == ["add two"]
    assert explained(replace(FAILED, snippet=""), FAILED, other).count("assert f(1) == 3") == 1


def test_points_are_counted() -> None:
    assert [counted(value) for value in (1.0, 2.5, 0.0)] == ["1 point", "2.5 points", "0 points"]
