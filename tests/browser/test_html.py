"""The HTML report in a real browser: from a file, without network, in light and dark, on paper and on a phone."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page

from grader.figures import ConfusionMatrix, Coverage, Curves, Images, Measurement, Series
from grader.report.formats import html
from grader.scorecard import CheckResult, Excerpt, QuestionResult, Scorecard, Verdict
from grader.suite.figures import gaussian_histogram

HOSTILE = """</pre></code></script><script>window.attacked = 1</script><img src=x onerror="window.attacked = 1">
<svg onload=window.attacked=1></svg>" autofocus onfocus="window.attacked = 1" ' onmouseover='window.attacked=1'
<iframe src="javascript:parent.attacked=1"></iframe><style>* { display: none }</style><base href=http://e.example>
<meta http-equiv=refresh content="0; url=http://e.example/"><link rel=stylesheet href=http://e.example/x.css>
{{ 7*7 }}"""

SNIPPET = """linear = Linear(2, 1)
linear.weight.data = torch.tensor([[1.0, 0.5]])
x = torch.tensor([[2.0, 0.0]])
print(linear(x), "is expected to be", torch.tensor([[2.0]]))"""

Opened = tuple[Page, list[str]]
Open = Callable[..., Opened]


def check(name: str, **given: object) -> CheckResult:
    plain = CheckResult(
        name=f"test_{name}", title="", verdict=Verdict.PASSED, max_score=3.0, examples=50, duration_s=0.2
    )
    return replace(plain, **given)  # type: ignore[arg-type]


def scorecard() -> Scorecard:
    """A grading with something of everything."""
    draws = torch.randn(3000, generator=torch.Generator().manual_seed(0)) * 1.3
    matrix = torch.full((10, 10), 4) + torch.diag(torch.full((10,), 940))
    matrix[4, 9], matrix[7, 2] = 37, 21
    stroke = bytes(255 if 6 < i % 28 < 11 or 9 < i // 28 < 13 else 0 for i in range(28 * 28))
    digits = Images(
        title="Digits of the test set that are read wrongly",
        width=28,
        height=28,
        pixels=(stroke,) * 12,
        actual=("9",) * 12,
        expected=("4",) * 12,
    )
    forward = check(
        "forward",
        title="layer(X) is X @ weight.T, with any leading dimensions.",
        verdict=Verdict.FAILED,
        message="Linear(2, 1)(X)[0, 0] is 3.0, expected 2.0 (off by 1, allowed 2.4e-07)",
        hint="X @ self.weight.T broadcasts over leading dimensions",
        diagnosis="A bias is added, which the homework leaves out.",
        snippet=SNIPPET,
        line=31,
        excerpt=Excerpt(
            place="hw3.py",
            first=30,
            named=31,
            lines=("    def forward(self, X):", "        return X @ self.weight.T + self.bias"),
        ),
        output="shape of X: torch.Size([2, 1])\n",
        figures=(gaussian_histogram("Initial weights, scaled to N(0, 1)", draws),),
    )
    slow = check(
        "batches", title="Each row comes once.", verdict=Verdict.TIMED_OUT, message="batch 3: no answer within 10 s"
    )
    rows = Coverage(title="How often each row was delivered", times=(1,) * 17 + (0, 0, 2, 1, 1, 3) + (1,) * 17)
    loss = Curves(
        title="loss of the linear model per epoch",
        note="What the submission's own `epoch` returned.",
        series=(
            Series(name="training", points=tuple((i, 2.5 / (i + 1)) for i in range(1, 21))),
            Series(name="evaluation", points=tuple((i, 2.0 / (i + 1) + 0.01 * i) for i in range(21))),
            Series(name="evaluation 2", points=((3, 0.5), (4, 1.5))),
            Series(name="evaluation 3", points=((3, 0.2), (4, 0.1))),
        ),
        step="epoch",
    )
    flat = Curves(title="error per epoch", note="Once.", series=(Series(name="training", points=((1, 0.0),)),))
    undrawn = Curves(title="loss and error per epoch", note="Not drawn: `epoch` was not called.", series=())
    trained = check(
        "accuracy",
        title="The error on the test set is below 10 %.",
        measurements=(Measurement(name="Error of the linear model", value=0.0789),),
        figures=(
            ConfusionMatrix(title="What each digit was read as", counts=tuple(tuple(row) for row in matrix.tolist())),
            digits,
            loss,
            flat,
            undrawn,
        ),
    )
    blocked = check(
        "layers",
        title="The model is linear.",
        verdict=Verdict.BLOCKED,
        message="write `TwoLayerNN` first",
        max_score=4.0,
    )
    return Scorecard(
        assignment="hw3",
        title="Homework 3: training models in PyTorch",
        submission="hw3.py",
        sha256="ab" * 32,
        grader_version="0.1.0",
        seed=0,
        effort="standard",
        isolation="jail: Landlock 7, seccomp, resource limits, no capabilities",
        questions=(
            QuestionResult(name="Linear", checks=(check("weight", title="It has a weight."), forward)),
            QuestionResult(name="DataLoader", checks=(replace(slow, figures=(rows,)),)),
            QuestionResult(name="eval_linear_model", checks=(replace(trained, carried_forward=("Linear",)),)),
            QuestionResult(name="TwoLayerNN", checks=(blocked, replace(blocked, name="test_more"))),
            QuestionResult(name="SGD", checks=(check("step", title="It steps.", notes=("`lr` is not used",)),)),
        ),
        warnings=("hw3.py, line 140: ValueError: no such file",),
        duration_s=12.3,
    )


def hostile() -> Scorecard:
    """Hostile text wherever there is text of the student's."""
    told = dict.fromkeys(("title", "message", "hint", "diagnosis", "snippet", "output"), HOSTILE)
    checks = tuple(check(str(verdict), **told, verdict=verdict, notes=(HOSTILE,)) for verdict in Verdict)
    return replace(
        scorecard(),
        questions=(QuestionResult(name="Linear", checks=checks),),
        submission=HOSTILE,
        warnings=(HOSTILE,),
        interrupted=HOSTILE,
        isolation=HOSTILE,
    )


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Open:
    """opened(scorecard, ...): the page, from a file, and what it complained of or asked the network for."""

    def open_(card: Scorecard, *, scheme: str = "light", width: int = 1000) -> Opened:
        file = tmp_path / "report.html"
        file.write_text(html.render(card), encoding="utf-8")
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if _is_foreign(request.url) else None)
        page.goto(file.as_uri(), wait_until="load")
        return page, complaints

    return open_


def _is_foreign(url: str) -> bool:
    return not url.startswith(("file:", "data:"))


def picture(page: Page, name: str) -> None:
    """A screenshot for people, where GRADER_SCREENSHOTS names a folder."""
    if folder := os.environ.get("GRADER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def open_all(page: Page) -> None:
    """What a person does with each question."""
    closed = page.locator("details.question:not([open]) > summary")
    while closed.count():
        closed.first.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_opens_from_a_file_without_complaint(opened: Open, scheme: str) -> None:
    page, complaints = opened(scorecard(), scheme=scheme)
    picture(page, scheme)
    assert complaints == []
    assert page.title() == "hw3.py: 9 of 23 points"
    assert page.locator("h1").inner_text() == "Homework 3: training models in PyTorch"
    assert page.locator("details.question").count() == 5
    assert page.locator("details.question[open]").count() == 1
    assert page.locator("svg[role=img]:visible").count() == 1  # that of the question that is open
    open_all(page)
    picture(page, f"{scheme}-whole")
    assert page.locator("svg[role=img]:visible").count() == 4
    assert page.locator("svg[aria-hidden]:visible").count() == 5  # the marks of the series in the legends
    assert page.get_by_text("Not drawn: `epoch` was not called.").is_visible()
    sizes = page.eval_on_selector_all("img", "images => images.map(i => [i.complete, i.naturalWidth])")
    assert sizes == [[True, 28]] * 12


def test_dark_page_is_dark_and_text_can_be_read_on_it(opened: Open) -> None:
    light, _ = opened(scorecard(), scheme="light")
    dark, _ = opened(scorecard(), scheme="dark")
    for page, is_dark in ((light, False), (dark, True)):
        back, text = page.evaluate("['backgroundColor', 'color'].map(name => getComputedStyle(document.body)[name])")
        assert (brightness(back) < brightness(text)) is is_dark
        assert abs(brightness(back) - brightness(text)) > 150


def brightness(color: str) -> float:
    """0 to 255, of `rgb(r, g, b)`."""
    return sum(float(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]) / 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_text_is_shown_and_does_not_run(opened: Open, scheme: str) -> None:
    page, complaints = opened(hostile(), scheme=scheme)
    for element in page.locator("a, pre").all():
        element.focus()
    open_all(page)
    page.mouse.move(400, 400)
    assert page.evaluate("window.attacked") is None
    assert complaints == []
    assert page.locator("script, iframe, base, link, meta[http-equiv=refresh]").count() == 0
    assert page.locator("style").count() == 1
    assert page.url.startswith("file:")
    assert HOSTILE in page.locator("pre").all_inner_texts()


@pytest.mark.parametrize("width", [320, 1000])
def test_page_is_never_wider_than_the_screen(opened: Open, width: int) -> None:
    long = check(
        "long", title="x" * 500, message="y" * 2000, verdict=Verdict.FAILED, snippet="z" * 3000, hint="h" * 500
    )
    card = scorecard()
    page, _ = opened(
        replace(card, questions=(*card.questions, QuestionResult(name="Long", checks=(long,)))), width=width
    )
    open_all(page)
    picture(page, f"width-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = "found => found.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert page.eval_on_selector_all("figcaption, caption, .legend, h1, h2, h3, p, li, td, th", cut) == []


def test_loss_and_error_stand_side_by_side_where_there_is_room(opened: Open) -> None:
    for width, is_beside in ((1000, True), (390, False)):
        page, _ = opened(scorecard(), width=width)
        open_all(page)
        loss, error = [page.locator("figure", has=page.locator("svg[role=img]")).nth(i).bounding_box() for i in (2, 3)]
        assert loss is not None
        assert error is not None
        assert (loss["y"] == error["y"]) is is_beside


def test_picture_is_on_the_screen_with_the_failure_that_it_explains(opened: Open) -> None:
    page, _ = opened(scorecard())
    article = page.locator("article").first
    assert article.locator("svg[role=img]").count() == 1
    message, drawn = [article.locator(what).first.bounding_box() for what in ("pre", "svg")]
    assert message is not None
    assert drawn is not None
    assert 0 < drawn["y"] - message["y"] < 400


def test_snippet_is_selected_as_a_whole_and_line_numbers_never(opened: Open) -> None:
    page, _ = opened(scorecard())
    page.locator("pre.copy").first.click()
    assert page.evaluate("getSelection().toString()").strip() == SNIPPET
    number = page.locator("pre.code i").first
    assert number.evaluate("e => getComputedStyle(e).userSelect") == "none"
    assert page.locator("pre.code mark").inner_text().strip().endswith("return X @ self.weight.T + self.bias")


def test_link_to_a_question_opens_it(opened: Open) -> None:
    page, _ = opened(scorecard())
    page.get_by_role("link", name="DataLoader", exact=True).click()
    assert page.locator("details.question").nth(1).get_attribute("open") is not None
    assert page.get_by_text("batch 3: no answer within 10 s").is_visible()


def test_page_is_printed_in_full(opened: Open, tmp_path: Path) -> None:
    page, _ = opened(scorecard(), scheme="dark")
    page.emulate_media(media="print")
    assert brightness(page.evaluate("getComputedStyle(document.body).backgroundColor")) == 255
    assert page.pdf().startswith(b"%PDF")
    picture(page, "print")
    assert page.locator("details.question:not([open])").count() == 4
    shown = "found => found.every(e => e.getBoundingClientRect().height > 0 && e.checkVisibility())"
    assert page.eval_on_selector_all("article, article pre, svg[role=img], .passed li", shown)


def test_screen_reader_finds_headings_names_and_rows(opened: Open) -> None:
    page, _ = opened(scorecard())
    open_all(page)
    levels = page.eval_on_selector_all("h1, h2, h3", "found => found.map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert page.locator("html[lang=en]").count() == 1
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("row", name="Linear 3 / 6").count() == 1
    assert page.get_by_role("img", name="40 rows; never delivered: 17, 18; more than once: 19, 22").count() == 1
    assert page.get_by_role("img", name="4, read as 9").count() == 12
    assert page.locator("img:not([alt])").count() == 0
    assert page.get_by_role("img", name="training: 1.25 at epoch 1, 0.119 at epoch 20; evaluation: 2 at").count() == 1
    page.get_by_text("The numbers").first.click()
    assert page.get_by_role("row", name="training 1: 1.25 2: 0.8333").count() == 1
    page.get_by_role("link", name="Linear", exact=True).click()
    assert page.url.endswith("#question-1")
