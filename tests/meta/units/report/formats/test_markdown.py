"""Markdown: hostile text is text alone, as GitHub shows it."""

from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from grader.report.formats import github, markdown
from grader.scorecard import Scorecard, Verdict
from tests.meta.units.report.cards import CARD, FAILED, filled, hostile
from tests.meta.units.report.formats.test_html import _Page


def as_github_shows(text: str) -> _Page:
    """Rendered with HTML let through, tables and strikethrough, as GitHub does before it sanitizes."""
    return _Page(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


@hostile
@pytest.mark.parametrize("render", [markdown.render, github.summary])
def test_markdown_has_no_element_of_the_text(render: Callable[[Scorecard], str], text: str) -> None:
    page = as_github_shows(render(filled(text)))
    structure = {"h2", "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "code"}
    assert set(page.tags) <= structure
    assert {name for name, _ in page.attributes} <= {"style", "class"}  # alignment, and the language of code
    assert page.tags.count("h2") == 1
    assert page.tags.count("tr") == 3
    assert page.tags.count("li") == 2 * len(Verdict) - 1  # a passed one is no loss, its note is one
    assert "</details>" not in page.tags


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


def test_markdown_says_what_was_lost() -> None:
    text = as_github_shows(markdown.render(CARD)).text
    for part in ("Homework 3: 6 / 9", FAILED.title, FAILED.message, FAILED.diagnosis, FAILED.snippet):
        assert part in text
