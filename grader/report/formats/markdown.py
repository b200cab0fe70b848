"""Markdown, as GitHub renders it: what to mend first, a table of the questions, then what was lost, in details.

Text of students is escaped, or stands in code blocks: there nothing of it is a link, a mention, an image or HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Final

from grader.report.brief import all_right, next_step
from grader.report.causes import CommonCause, by_cause, common_causes, cost, other_warnings, untold
from grader.report.text import LABELS, advice, clean, in_a_line, kept, lost_points, points, provisional, worth
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict

_ESCAPED = {
    **{c: f"\\{c}" for c in "\\`*_{}[]()#+-.!|~:$^=/'\""},
    **{"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"},
}

BEGIN: Final = "\n<details"  # of what was lost for a question


def render(scorecard: Scorecard) -> str:
    """The text of the file."""
    return "\n".join(_lines(scorecard)) + "\n"


def escape(text: str) -> str:
    """One line of text that Markdown shows as it stands."""
    line = in_a_line(text)
    return "".join(_ESCAPED.get(c, c) for c in line)


def code_block(text: str, language: str = "text") -> str:
    """A fenced block that the text can't end."""
    shown = clean(text, most=4000)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def quote(text: str) -> str:
    """A quotation: its lines are broken where the page ends, and not cut off there."""
    lines = filter(None, map(escape, clean(text).split("\n")))
    return "\n".join(f"> {line}  " for line in lines)


def _lines(scorecard: Scorecard) -> Iterator[str]:
    yield f"## {escape(scorecard.title or scorecard.assignment)}: {_of(scorecard)}"
    yield ""
    if why := provisional(scorecard):
        yield f"**{escape(why)}**\n"
    if scorecard.choice:
        yield f"{escape(scorecard.choice)}\n"
    if scorecard.interrupted:
        yield f"**Not everything was graded:** {escape(scorecard.interrupted)}\n"
    common = common_causes(scorecard)
    yield from _first(scorecard, common)
    yield "| | Question | Points |"
    yield "| --- | --- | ---: |"
    for question in scorecard.questions:
        yield f"| {_mark(question)} | {escape(question.name)} | {_of(question)} |"
    yield f"| | **Score** | **{_of(scorecard)}** |"
    is_open = True
    for question in scorecard.questions:
        if left := untold([check for check in question.checks if check.verdict is not Verdict.PASSED], common):
            yield from _question(question, left, is_open=is_open)
            is_open = False
    if lines := list(kept(scorecard)):
        yield "\n### Kept, although a part that it needs is wrong\n"
        yield from (f"- {escape(line)}" for line in lines)
    notes = [(q.name, note) for q in scorecard.questions for check in q.checks for note in check.notes]
    if notes:
        yield "\n### Noted, without loss of points\n"
        yield from (f"- {escape(name)}: {escape(note)}" for name, note in notes)
    if warnings := other_warnings(scorecard, common):
        yield "\n### While the file was executed\n"
        yield code_block("\n".join(warnings))


def _first(scorecard: Scorecard, common: Sequence[CommonCause]) -> Iterator[str]:
    """What to mend first; or that there is nothing."""
    for cause in common:
        yield code_block(cause.text) if "\n" in cause.text else quote(cause.text)  # with a caret below the line
        yield f"\n{escape(cost(cause))}\n"
    if told := all_right(scorecard) or (not common and next_step(scorecard)):
        yield f"**{escape(told)}**\n"


def _question(question: QuestionResult, lost: Sequence[CheckResult], *, is_open: bool) -> Iterator[str]:
    name = html.escape(in_a_line(question.name))
    yield f"{BEGIN}{' open' if is_open else ''}><summary><b>{name}: {lost_points(question)}</b></summary>\n"
    for checks in by_cause(lost):
        yield from _lost(checks)
    yield "</details>\n"


def _of(scored: QuestionResult | Scorecard) -> str:
    return f"{points(scored.score)} / {points(scored.max_score)}"


def _mark(question: QuestionResult) -> str:
    if question.is_provisional:
        return "\N{WARNING SIGN}"
    if not question.lost:
        return "\N{WHITE HEAVY CHECK MARK}"
    return "\N{CROSS MARK}" if question.score == 0 else "\N{LARGE YELLOW CIRCLE}"


def _lost(checks: Sequence[CheckResult]) -> Iterator[str]:
    for check in checks:
        label = "" if check.verdict is Verdict.FAILED else f", {LABELS[check.verdict]}"
        yield f"- **{escape(check.title)}** ({escape(check.name)}, {worth(check)}{label})"
    yield ""
    yield _indented(quote(checks[0].message))
    for name, text in advice(*checks):
        yield f"\n  {name}: {escape(text)}"
    for snippet in [each.snippet for each in checks if each.snippet][:1]:
        yield "\n  To see it, paste this below your code:\n"
        yield _indented(code_block(snippet, "python"))
    yield ""


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in block.split("\n"))
