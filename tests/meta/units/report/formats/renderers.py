"""What makes each format from a scorecard, by name."""

from collections.abc import Callable

from grader.report.formats import csv as csv_report
from grader.report.formats import github, gradescope, html, junit, markdown, prairielearn
from grader.report.formats import json as json_report
from grader.scorecard import Scorecard

RENDERERS: dict[str, Callable[[Scorecard], str]] = {
    "html": html.render,
    "gradescope": gradescope.render,
    "prairielearn": prairielearn.render,
    "junit": junit.render,
    "markdown": markdown.render,
    "csv": csv_report.render,
    "json": json_report.render,
    "GitHub summary": github.summary,
    "GitHub annotations": lambda card: "\n".join(github.annotation_lines(card, card.submission)),
}
