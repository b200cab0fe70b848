"""One row for a table of scores, below a line of column names."""

from __future__ import annotations

import csv
import io

from grader.report.text import in_a_line, points
from grader.scorecard import Scorecard

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last: full-width forms


def cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    line = in_a_line(text)
    return f"'{line}" if line.startswith(FORMULA) else line


def render(scorecard: Scorecard) -> str:
    """The text of the file: two lines."""
    row = {
        "assignment": cell(scorecard.assignment),
        "submission": cell(scorecard.submission),
        "sha256": cell(scorecard.sha256),
        "score": points(scorecard.score),
        "max_score": points(scorecard.max_score),
        **{cell(question.name): points(question.score) for question in scorecard.questions},
        "state": "interrupted" if scorecard.interrupted else "graded",
        "seed": str(scorecard.seed),
        "effort": cell(scorecard.effort),
        "isolation": cell(scorecard.isolation),
        "grader_version": cell(scorecard.grader_version),
        **{name: cell(version) for name, version in scorecard.made_with.items()},
        "date": cell(scorecard.date),
        "duration_s": f"{scorecard.duration_s:.1f}",
    }
    file = io.StringIO()
    writer = csv.DictWriter(file, row.keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return file.getvalue()
