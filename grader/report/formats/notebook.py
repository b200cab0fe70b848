"""The report below a cell of a notebook: HTML without style sheet or script, which every front end shows."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Final

from grader.report.brief import all_right, lost, next_step, value_of
from grader.report.causes import by_cause, common_causes, other_warnings, untold
from grader.report.text import advice, clean, lost_points, provisional, told, worth
from grader.scorecard import CheckResult, QuestionResult, Scorecard

_RIGHT: Final = "#1a7f37"
_WRONG: Final = "#cf222e"
_CODE: Final = '<pre style="white-space: pre-wrap; margin: 0 0 0.5em 0">'


def render(scorecard: Scorecard) -> str:
    """A table with the points, then each question that lost some: the first one open."""
    common = common_causes(scorecard)
    parts = [_table(scorecard)]
    parts += [_paragraph(f"{cause.text}\n({cause.explains})", _WRONG) for cause in common]
    parts += [_paragraph(text) for text in other_warnings(scorecard, common)]
    is_open = True
    for question in scorecard.questions:
        if checks := untold(lost(question), common):
            parts.append(_question(question, checks, is_open=is_open))
            is_open = False
    parts += [
        _paragraph(text)
        for text in (provisional(scorecard), scorecard.interrupted, next_step(scorecard) or all_right(scorecard))
        if text
    ]
    return "".join(parts)


def _table(scorecard: Scorecard) -> str:
    rows = [_row(question.name, question) for question in scorecard.questions]
    total = [_row("Score", scorecard)] if len(rows) > 1 else []
    return f"<table>{''.join(rows + total)}</table>"


def _row(name: str, scored: QuestionResult | Scorecard) -> str:
    color = _RIGHT if not scored.lost and not scored.is_provisional else _WRONG
    style = f"color: {color}; white-space: nowrap; text-align: right"
    return f'<tr><td style="text-align: left"><b>{_text(name)}</b></td><td style="{style}">{value_of(scored)}</td></tr>'


def _question(question: QuestionResult, checks: Sequence[CheckResult], *, is_open: bool) -> str:
    items = "".join(_item(group) for group in by_cause(checks))
    summary = f"<summary><b>{_text(question.name)}: {lost_points(question)}</b></summary>"
    return f"<details{' open' if is_open else ''}>{summary}<ul>{items}</ul></details>"


def _item(checks: Sequence[CheckResult]) -> str:
    titles = "<br>".join(_text(f"{check.title} ({check.name}, {worth(check)})") for check in checks)
    return f"<li>{titles}{''.join(_told(checks))}</li>"


def _told(checks: Sequence[CheckResult]) -> Iterator[str]:
    """The message of the first, and what helps."""
    yield f"{_CODE}{_text(told(checks[0]))}</pre>"
    for label, text in advice(*checks):
        yield _paragraph(f"{label}: {text}")
    for snippet in [check.snippet for check in checks if check.snippet][:1]:
        yield f"<p>To see it, paste this below your code:</p>{_CODE}{_text(snippet, most=4000)}</pre>"


def _paragraph(text: str, color: str = "") -> str:
    style = f' style="color: {color}; white-space: pre-wrap"' if color else ' style="white-space: pre-wrap"'
    return f"<p{style}>{_text(text)}</p>"


def _text(text: str, *, most: int | None = None) -> str:
    return html.escape(clean(text) if most is None else clean(text, most=most))
