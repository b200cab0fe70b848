"""The HTML report: hostile text is text alone, and what was lost is said and drawn."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from grader.figures import Measurement
from grader.report.formats import html
from grader.scorecard import Excerpt, QuestionResult, Verdict
from tests.meta.units.report.cards import CARD, FAILED, FIGURES, PASSED, filled, hostile, with_checks


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
    assert {tag for tag in page.tags if tag in ("script", "a", "iframe", "object", "link", "form")} == {"a"}
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


def test_question_tells_what_passed_and_the_first_that_lost_points_is_open() -> None:
    right = QuestionResult(name="Linear", checks=(replace(PASSED, carried_forward=("SGD",), notes=("mind this",)),))
    wrong = tuple(QuestionResult(name=name, checks=(PASSED, FAILED)) for name in ("SGD", "epoch"))
    page = _Page(html.render(replace(CARD, questions=(right, *wrong))))
    assert page.tags.count("details") == 3
    assert [name for name, _ in page.attributes].count("open") == 1
    assert page.text.count("(test_right, 3 points, 50 examples") == 3
    assert "50 examples, with a right SGD in place of yours)" in page.text
    assert "Noted, without loss of points: mind this" in page.text


def test_what_to_mend_first_is_said_on_top() -> None:
    page = _Page(html.render(CARD))
    assert 0 < page.text.index("Linear (hw3.py:12): one is forgotten") < page.text.index("Questions")
    assert ("href", "#question-1") in page.attributes
    full = _Page(html.render(with_checks(PASSED))).text
    assert "All right: 1 check, 50 examples." in full
    assert "Mend this first" not in full


def test_common_cause_is_told_once() -> None:
    unread = replace(FAILED, verdict=Verdict.BLOCKED, message="hw.py, line 2: invalid syntax", diagnosis="")
    text = _Page(html.render(replace(CARD, questions=(QuestionResult(name="SGD", checks=(unread,) * 3),)))).text
    assert text.count(unread.message) == 1
    assert "It costs 4.5 points: 3 checks of SGD." in text
    assert text.count("(test_wrong, 1.5 points: not graded)") == 3


def test_exception_of_two_questions_is_told_at_the_top_with_its_first_example_below() -> None:
    lost = [replace(FAILED, message=f"f({i}) raised KeyError: f", cause="KeyError at hw.py, line 3: f") for i in (1, 2)]
    questions = tuple(QuestionResult(name=f"Q{i}", checks=(check,)) for i, check in enumerate(lost))
    text = _Page(html.render(replace(CARD, questions=questions))).text
    assert text.index("It costs 3 points: 2 checks of Q0 and Q1.") < text.index("f(1) raised KeyError: f")
    assert "f(2) raised" not in text
    assert text.count("Told at the top") == 1


def test_exception_of_one_question_is_one_item_with_one_snippet() -> None:
    lost = [replace(FAILED, message=f"f({i}) raised KeyError: f", cause="KeyError at hw.py, line 3: f") for i in (1, 2)]
    text = _Page(html.render(with_checks(*lost, replace(FAILED, name="test_other", message="f(3) is 1")))).text
    assert "f(2) raised" not in text
    assert text.count("(test_wrong, 1.5 points") + text.count("test_wrong, 1.5 points: wrong") == 2
    assert text.count("assert f(1) == 3") == 2  # and of the other one


def test_missing_import_is_told_once_and_with_its_line() -> None:
    missing = "ModuleNotFoundError: torhc is not installed"
    lost = replace(FAILED, message=f"f(1) raised {missing}", cause=missing)
    card = replace(CARD, questions=(QuestionResult(name="SGD", checks=(lost, lost)),))
    text = _Page(html.render(replace(card, warnings=(f"hw.py, line 3: {missing}", "hw.py, line 9: no")))).text
    assert text.count(missing) == 1
    assert f"hw.py, line 3: {missing}" in text
    assert "hw.py, line 9: no" in text


def test_lines_of_the_submission_are_shown_once_with_the_named_one_marked() -> None:
    excerpt = Excerpt(place="hw.py", first=11, named=12, lines=("def f(x):", "    return <b>x</b>"))
    lost = replace(FAILED, excerpt=excerpt)
    page = html.render(with_checks(lost, replace(lost, name="test_other", message="f(2) is 3")))
    assert _Page(page).text.count("Your code in hw.py, with line 12 marked:") == 1
    assert "    return &lt;b&gt;x&lt;/b&gt;\n</mark>" in page
    assert _Page(page).tags.count("mark") == 1


def test_picture_stands_between_the_message_and_the_code_that_it_explains() -> None:
    first = replace(FAILED, figures=FIGURES[:1])
    page = html.render(with_checks(first, replace(FAILED, name="test_other", message="f(2) is 3")))
    assert page.index("f(1) is 2") < page.index("<figcaption>weights<") < page.index("assert f(1)")
    assert page.index("<figcaption>weights<") < page.index("f(2) is 3")


def test_share_is_shown_in_percent() -> None:
    measured = Measurement(name="error of the model", value=0.0862, is_share=True)
    plain = Measurement(name="loss", value=0.0862)
    text = _Page(html.render(with_checks(replace(PASSED, measurements=(measured, plain))))).text
    assert "error of the model: 8.62 %" in text
    assert "loss: 0.0862" in text


@pytest.mark.parametrize(
    ("place", "title"), [("pictures.histogram", "weights"), ("pictures.curves", "loss"), ("png.data_url", "digits")]
)
def test_picture_that_can_not_be_drawn_is_left_out_and_costs_no_page(
    monkeypatch: pytest.MonkeyPatch, place: str, title: str
) -> None:
    monkeypatch.setattr(f"grader.report.{place}", lambda *_: 1 // 0)
    check = replace(FAILED, figures=FIGURES)
    page = html.render(replace(CARD, questions=(QuestionResult(name="Linear", checks=(check,)),)))
    left_out = {figure.title for figure in FIGURES if f"<figcaption>{figure.title}<" not in page}
    assert left_out == {title}
