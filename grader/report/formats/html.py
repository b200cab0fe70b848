"""One page for the browser: it needs no network and runs no script. All text is escaped by the template engine."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup

from grader.explanations import unless_it_raises
from grader.figures import ConfusionMatrix, Coverage, Curves, Figure, Histogram, Images, Measurement
from grader.machine.package import PACKAGE
from grader.report import pictures, png
from grader.report.brief import all_right, first_lost, next_step
from grader.report.causes import CommonCause, by_cause, common_causes, cost, other_warnings, untold
from grader.report.text import (
    LABELS,
    MAX_LENGTH,
    advice,
    clean,
    counted,
    listed,
    lost_points,
    points,
    provisional,
    worth,
)
from grader.scorecard import CheckResult, Excerpt, QuestionResult, Scorecard, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """What the page shows of a question."""

    question: QuestionResult
    groups: Sequence[Sequence[CheckResult]]  # that lost points, with all there is to say
    told: Sequence[CheckResult]  # that lost points for what is told at the top
    passed: Sequence[CheckResult]
    excerpts: Sequence[Excerpt | None]  # of each group, where it was not shown before
    is_open: bool


def render(scorecard: Scorecard) -> str:
    """The text of the page."""
    common = common_causes(scorecard)
    page: str = _template().render(
        card=scorecard,
        causes=common,
        warnings=other_warnings(scorecard, common),
        next_step=_next_step(scorecard, common),
        all_right=all_right(scorecard),
        views=_views(scorecard, common),
        printed=_printed(scorecard),
    )
    return page


def _views(scorecard: Scorecard, common: Sequence[CommonCause]) -> list[QuestionView]:
    """In their order; the first one is open that has something to say of lost points."""
    found: list[QuestionView] = []
    for question in scorecard.questions:
        lost = [check for check in question.checks if check.verdict is not Verdict.PASSED]
        left = untold(lost, common)
        groups = by_cause(left)
        view = QuestionView(
            question=question,
            groups=groups,
            told=[check for check in lost if check not in left],
            passed=[check for check in question.checks if check.verdict is Verdict.PASSED],
            excerpts=_once([group[0].excerpt for group in groups]),
            is_open=bool(groups) and not any(view.is_open for view in found),
        )
        found.append(view)
    return found


def _once(excerpts: Sequence[Excerpt | None]) -> list[Excerpt | None]:
    return [None if excerpt in excerpts[:i] else excerpt for i, excerpt in enumerate(excerpts)]


def _next_step(scorecard: Scorecard, common: Sequence[CommonCause]) -> tuple[int, str]:
    """The number of the question to mend first, and what; nothing where that is told at the top anyway."""
    told = {id(check) for cause in common for check in cause.checks}
    for number, question in enumerate(scorecard.questions, start=1):
        if check := first_lost(question):
            return (0, "") if id(check) in told else (number, next_step(scorecard).removeprefix("Next: "))
    return 0, ""


def _printed(scorecard: Scorecard) -> list[tuple[CheckResult, str]]:
    """What the submission printed, each text once."""
    first: dict[str, CheckResult] = {}
    for check in scorecard.checks:
        if check.output.strip():
            first.setdefault(check.output.strip(), check)
    return [(check, text) for text, check in first.items()]


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"clean": clean, "points": points, "long": functools.partial(clean, most=2 * MAX_LENGTH)}
    environment.globals |= {
        "label": lambda check: LABELS[check.verdict],
        "advice": advice,
        "provisional": provisional,
        "lost_points": lost_points,
        "state": _state,
        "counted": counted,
        "worth": worth,
        "listed": listed,
        "cost": cost,
        "measured": _measured,
        "figures": lambda check: [figure for figure in check.figures if _can_be_drawn(figure)],
        "number": _number,
        "draw": _draw,
        "kind": lambda figure: type(figure).__name__,
        "most_confused": pictures.most_confused,
        "shade": pictures.shade,
        "image": _image,
        "mark": lambda series: Markup(pictures.mark(series, 5, 5)),
    }
    source = (PACKAGE / "report" / "report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source)


def _state(question: QuestionResult) -> str:
    if question.is_provisional:
        return "some"
    if not question.lost:
        return "full"
    return "none" if question.score == 0 else "some"


def _measured(measurement: Measurement) -> str:
    value = measurement.value
    return f"{measurement.name}: {pictures.percent(value) if measurement.is_share else f'{value:.4g}'}"


def _number(figure: Curves, value: float) -> str:
    return pictures.percent(value) if figure.is_share else f"{value:.4g}"


def _draw(figure: Figure) -> Any:
    """The SVG of a figure: made of numbers alone, so it is not escaped."""
    match figure:
        case Histogram():
            return Markup(pictures.histogram(figure))
        case Coverage():
            return Markup(pictures.coverage(figure))
        case Curves():
            return Markup(pictures.curves(figure))
        case ConfusionMatrix() | Images():
            return ""  # drawn by the template


def _can_be_drawn(figure: Figure) -> bool:
    """Whether all of it can: one that can't must not cost the page."""
    return unless_it_raises(lambda: _parts(figure) is not None, False)


def _parts(figure: Figure) -> list[object]:
    """All that the page shows of it."""
    match figure:
        case ConfusionMatrix():
            return [*pictures.most_confused(figure), *map(sum, figure.counts)]
        case Images():
            texts = zip(figure.pixels, figure.actual, figure.expected, strict=True)
            return [
                _image(figure, i) + clean(actual) + clean(expected) for i, (_, actual, expected) in enumerate(texts)
            ]
        case _:
            return [_draw(figure)] if not isinstance(figure, Curves) or figure.series else []


def _image(figure: Images, index: int) -> str:
    return png.data_url(figure.pixels[index], figure.width, figure.height)
