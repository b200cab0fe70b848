"""One page for the browser: it needs no network and runs no script. All text is escaped by the template engine."""

from __future__ import annotations

import functools
from typing import Any

import jinja2
from markupsafe import Markup

from grader.explanations import unless_it_raises
from grader.figures import ConfusionMatrix, Coverage, Curves, Figure, Histogram, Images
from grader.machine.package import PACKAGE
from grader.report import pictures, png
from grader.report.text import LABELS, MAX_LENGTH, advice, clean, grouped, kept, lost_points, points, provisional
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict


def render(scorecard: Scorecard) -> str:
    """The text of the page."""
    page: str = _template().render(
        card=scorecard,
        lost=[(q, grouped([c for c in q.checks if c.verdict is not Verdict.PASSED])) for q in scorecard.questions],
        carried=list(kept(scorecard)),
        notes=[(q, note) for q in scorecard.questions for c in q.checks for note in c.notes],
        measurements=[measurement for check in scorecard.checks for measurement in check.measurements],
        figures=[
            (q, figure) for q in scorecard.questions for c in q.checks for figure in c.figures if _can_be_drawn(figure)
        ],
        printed=_printed(scorecard),
    )
    return page


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
    if question.score == question.max_score:
        return "full"
    return "none" if question.score == 0 else "some"


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
