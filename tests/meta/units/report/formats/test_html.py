"""The HTML report: hostile text is text alone, and what was lost is said and drawn."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from grader.report.formats import html
from grader.scorecard import QuestionResult
from tests.meta.units.report.cards import CARD, FAILED, FIGURES, PASSED, filled, hostile


class _Page(HTMLParser):
    """The tags, attributes and text of a page, as a browser takes them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@hostile
def test_html_has_the_same_elements_whatever_the_text_is(text: str) -> None:
    page, plain = _Page(html.render(filled(text))), _Page(html.render(filled("plain")))
    assert [tag for tag in page.tags if tag in ("script", "a", "iframe", "object", "link", "form")] == ["a"]
    if text.strip():
        assert page.tags == plain.tags
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    targets = [value for name, value in page.attributes if name in ("href", "src", "action", "srcset")]
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in targets)


def test_html_shows_text_as_it_stands() -> None:
    text = "<b>a</b> & \"c\" '{{ 7*7 }}' &lt;"
    assert _Page(html.render(filled(text))).text.count(text) > 20


def test_html_says_what_was_lost_and_draws() -> None:
    question = QuestionResult(name="Linear", checks=(PASSED, replace(FAILED, figures=FIGURES)))
    page = _Page(html.render(replace(CARD, questions=(question,))))
    for text in ("3 / 4.5", "It is right too.", FAILED.message, FAILED.diagnosis, FAILED.snippet):
        assert text in page.text
    assert page.tags.count("svg") == 4  # one of them in a legend
    assert "training: 0.5 at epoch 1, 0.25 at epoch 2" in page.text
    assert page.tags.count("img") == 1
    assert "1 read as 7" in page.text
    assert "never delivered: 1; more than once: 2" in page.text


@pytest.mark.parametrize(
    ("place", "title"), [("pictures.histogram", "weights"), ("pictures.curves", "loss"), ("png.data_url", "digits")]
)
def test_picture_that_can_not_be_drawn_is_left_out_and_costs_no_page(
    monkeypatch: pytest.MonkeyPatch, place: str, title: str
) -> None:
    monkeypatch.setattr(f"grader.report.{place}", lambda *_: 1 // 0)
    check = replace(FAILED, figures=FIGURES)
    page = html.render(replace(CARD, questions=(QuestionResult(name="Linear", checks=(check,)),)))
    left_out = {figure.title for figure in FIGURES if f"</strong> {figure.title}<" not in page}
    assert left_out == {title}
