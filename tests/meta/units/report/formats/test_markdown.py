"""Markdown: hostile text is text alone, as GitHub shows it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from grader.report.formats import github, markdown
from grader.scorecard import QuestionResult, Scorecard, Verdict
from tests.meta.units.report.cards import CARD, FAILED, PASSED, filled, hostile, with_checks
from tests.meta.units.report.formats.test_html import _Page


def as_github_shows(text: str) -> _Page:
    """Rendered with HTML let through, tables and strikethrough, as GitHub does before it sanitizes."""
    return _Page(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


@hostile
@pytest.mark.parametrize("render", [markdown.render, github.summary])
def test_markdown_has_no_element_of_the_text(render: Callable[[Scorecard], str], text: str) -> None:
    page = as_github_shows(render(filled(text)))
    structure = {"h2", "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "code"}
    structure |= {"details", "summary", "b", "blockquote", "br"}
    assert set(page.tags) <= structure
    assert {name for name, _ in page.attributes} <= {
        "style",
        "class",
        "open",
    }  # alignment, the language of code, the first details
    assert page.tags.count("h2") == 1
    assert page.tags.count("tr") == 3
    told_together = 2 if text else 0  # for what is blocked and what timed out say the same
    assert page.tags.count("li") == 2 * len(Verdict) - 1 - told_together  # a passed one is no loss, its note is one
    assert page.tags.count("details") == 1


@pytest.mark.parametrize("text", ["@user #1 GH-1 http://e.example www.e.example a@e.example", "*a* _b_ [c](d) `e` \\"])
def test_markdown_shows_text_as_it_stands(text: str) -> None:
    page = as_github_shows(markdown.render(filled(text)))
    assert page.text.count(text) > 20


def test_markdown_text_outside_of_code_is_no_mention_and_no_link() -> None:
    """GitHub links these after Markdown is read: they are written so that it does not."""
    escaped = markdown.escape("@user http://e.example www.e.example #1")
    assert "@" not in escaped
    assert "http://" not in escaped
    assert "www." not in escaped
    assert "#1" not in escaped.replace("\\#1", "")


def test_message_is_a_quotation_and_the_first_question_is_open() -> None:
    long = "f(1) is " + "9" * 300 + "\n  hw.py, line 3, in f: g()"
    questions = [QuestionResult(name=name, checks=(replace(FAILED, message=long),)) for name in ("Linear", "a<b>")]
    text = markdown.render(replace(CARD, questions=tuple(questions)))
    assert text.count("\n  > f\\(1\\) is 999") == 2
    assert "<details open><summary><b>Linear: 1.5 lost</b></summary>" in text
    assert "<details><summary><b>a&lt;b&gt;: 1.5 lost</b></summary>" in text
    page = as_github_shows(text)
    assert page.tags.count("details") == page.tags.count("blockquote") == 2


def test_common_cause_is_told_once_and_above_all() -> None:
    unread = replace(FAILED, verdict=Verdict.BLOCKED, message="hw.py, line 2: no\n    x = )\n        ^")
    questions = tuple(QuestionResult(name=name, checks=(unread, unread)) for name in ("Linear", "SGD"))
    text = markdown.render(replace(CARD, questions=questions))
    assert text.count("hw.py, line 2: no\n    x = )\n        ^") == 1
    assert "It costs 6 points\\: 4 checks of Linear and SGD" in text
    assert "<details" not in text


def test_full_marks_say_what_was_checked() -> None:
    assert "All right\\: 1 check, 50 examples" in markdown.render(with_checks(PASSED))


def test_markdown_says_what_was_lost() -> None:
    text = as_github_shows(markdown.render(CARD)).text
    for part in ("Homework 3: 6 / 9", FAILED.title, FAILED.message, FAILED.diagnosis, FAILED.snippet):
        assert part in text
