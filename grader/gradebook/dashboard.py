"""The dashboard of a class: static pages that work without network and without script. All text is escaped."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import jinja2
from markupsafe import Markup

from grader.gradebook.exports import feedback
from grader.gradebook.overview import BINS, ClassOverview, checks_of
from grader.gradebook.standing import Standing
from grader.report.text import clean, in_a_line, points

_SAFE: Final = re.compile(r"[^\w.@-]+")
_WORST: Final = ("passed", "not_graded", "blocked", "failed", "timed_out", "crashed", "forbidden", "broken")


def index(view: ClassOverview, *, anonymous: bool) -> str:
    """The first page. anonymous: no names, no links to pages, no commands, and in no order that tells who it is."""
    style, script = _file("dashboard.css"), _file("dashboard.js")
    page: str = _template().render(
        view=view,
        anonymous=anonymous,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        histogram=Markup(histogram(view)),
        heat=Markup(heat_map(view.standings)),
        link=lambda each: f"students/{page_name(each)}",
    )
    return page


def pages(standings: Sequence[Standing], page_of: Callable[[Standing], str]) -> Iterator[tuple[PurePosixPath, str]]:
    """A page for each student, with the way back."""
    for each in standings:
        page = feedback.with_changes(page_of(each) or feedback.plain(each), each)
        name = html.escape(clean(each.row.student.name or each.student))
        back = f'<p><a href="../index.html">All students</a> &middot; {name}</p>'
        body = re.search(r"<body[^>]*>", page)
        cut = body.end() if body else 0
        yield PurePosixPath("students", page_name(each)), f"{page[:cut]}\n{back}{page[cut:]}"


def page_name(standing: Standing) -> str:
    """A file's name that no other student has, on any system."""
    known = hashlib.sha256(standing.student.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{_SAFE.sub('_', standing.student)[:60].strip('.')}-{known}.html"


def histogram(view: ClassOverview) -> str:
    """SVG of how many students have how many points: made of numbers alone."""
    highest, width, height = max(view.bins, default=0) or 1, 600, 160
    step = width / BINS
    bars = "".join(
        f'<rect x="{i * step + 1:.1f}" y="{height - height * n / highest:.1f}" width="{step - 2:.1f}" '
        f'height="{height * n / highest:.1f}"><title>{_range(i, view.max_score)}: {n}</title></rect>'
        for i, n in enumerate(view.bins)
        if n
    )
    return (
        f'<svg class="histogram" viewBox="0 0 {width} {height + 20}" role="img" aria-label="Distribution of scores">'
        f'{bars}<path class="axis" d="M0 {height}h{width}"/>'
        f'<text x="0" y="{height + 16}">0</text>'
        f'<text x="{width}" y="{height + 16}" text-anchor="end">{points(view.max_score)}</text></svg>'
    )


def heat_map(standings: Sequence[Standing]) -> str:
    """SVG with a row for each check and a column for each student: a stroke for each run of the same verdict."""
    graded = sorted((each for each in standings if each.card), key=lambda each: -each.score)
    verdicts = [{(q, check["name"]): check["verdict"] for q, check in checks_of(each)} for each in graded]
    names = list(dict.fromkeys(name for each in verdicts for name in each))
    if not names:
        return ""
    strokes: dict[str, list[str]] = {verdict: [] for verdict in _WORST}
    for y, name in enumerate(names):
        start, row = 0, [each.get(name, "not_graded") for each in verdicts]
        for x in range(1, len(row) + 1):
            if x == len(row) or row[x] != row[start]:
                strokes[row[start]].append(f"M{start} {y}.5h{x - start}")
                start = x
    lines = "".join(f'<path class="{verdict}" d="{"".join(found)}"/>' for verdict, found in strokes.items() if found)
    labels = "".join(f"<li>{html.escape(clean(f'{question}: {check}'))}</li>" for question, check in names)
    return (
        f'<div class="heat"><ol>{labels}</ol><svg viewBox="0 0 {len(graded)} {len(names)}" preserveAspectRatio="none" '
        f'role="img" aria-label="Checks by students, the best student first">{lines}</svg></div>'
    )


def _range(index: int, most: float) -> str:
    return f"{points(most * index / BINS)} to {points(most * (index + 1) / BINS)}"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@functools.cache
def _file(name: str) -> str:
    return (Path(__file__).parent / "dashboard_files" / name).read_text(encoding="utf-8")


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "clean": clean,
        "points": points,
        "zip": zip,
        "short": lambda text: in_a_line(text, most=300),
    }
    return environment.from_string(_file("dashboard.html.j2"))
