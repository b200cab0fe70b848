"""Markdown, as GitHub renders it: a table of the questions, then what was lost.

Text of students stands in code blocks, where nothing is a link, a mention, an image or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.report.text import LABELS, advice, clean, counted, grouped, kept, lost_points, points, provisional, told
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict

_ESCAPED = {
    **{c: f"\\{c}" for c in "\\`*_{}[]()#+-.!|~:$^=/'\""},
    **{"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"},
}


def render(scorecard: Scorecard) -> str:
    """The text of the file."""
    return "\n".join(_lines(scorecard)) + "\n"


def escape(text: str) -> str:
    """One line of text that Markdown shows as it stands."""
    line = " ".join(clean(text).split())
    return "".join(_ESCAPED.get(c, c) for c in line)


def code_block(text: str, language: str = "text") -> str:
    """A fenced block that the text can't end."""
    shown = clean(text, most=4000)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _lines(scorecard: Scorecard) -> Iterator[str]:
    yield f"## {escape(scorecard.title or scorecard.assignment)}: {_of(scorecard)}"
    yield ""
    if why := provisional(scorecard):
        yield f"**{escape(why)}**\n"
    if scorecard.choice:
        yield f"{escape(scorecard.choice)}\n"
    if scorecard.interrupted:
        yield f"**Not everything was graded:** {escape(scorecard.interrupted)}\n"
    yield "| | Question | Points |"
    yield "| --- | --- | ---: |"
    for question in scorecard.questions:
        yield f"| {_mark(question)} | {escape(question.name)} | {_of(question)} |"
    yield f"| | **Score** | **{_of(scorecard)}** |"
    for question in scorecard.questions:
        lost = [check for check in question.checks if check.verdict is not Verdict.PASSED]
        if lost:
            yield f"\n### {escape(question.name)}: {lost_points(question)}\n"
            for checks in grouped(lost):
                yield from _lost(checks)
    if lines := list(kept(scorecard)):
        yield "\n### Kept, although a part that it needs is wrong\n"
        yield from (f"- {escape(line)}" for line in lines)
    notes = [(q.name, note) for q in scorecard.questions for check in q.checks for note in check.notes]
    if notes:
        yield "\n### Noted, without loss of points\n"
        yield from (f"- {escape(name)}: {escape(note)}" for name, note in notes)
    if scorecard.warnings:
        yield "\n### While the file was executed\n"
        yield code_block("\n".join(scorecard.warnings))


def _of(scored: QuestionResult | Scorecard) -> str:
    return f"{points(scored.score)} / {points(scored.max_score)}"


def _mark(question: QuestionResult) -> str:
    if question.is_provisional:
        return "\N{WARNING SIGN}"
    if question.score == question.max_score:
        return "\N{WHITE HEAVY CHECK MARK}"
    return "\N{CROSS MARK}" if question.score == 0 else "\N{LARGE YELLOW CIRCLE}"


def _lost(checks: tuple[CheckResult, ...]) -> Iterator[str]:
    for check in checks:
        label = "" if check.verdict is Verdict.FAILED else f", {LABELS[check.verdict]}"
        yield f"- **{escape(check.title)}** ({escape(check.name)}, {counted(check.max_score)}{label})"
    yield ""
    yield _indented(code_block(told(check)))
    for name, text in advice(check):
        yield f"\n  {name}: {escape(text)}"
    if check.snippet:
        yield "\n  To see it, paste this below your code:\n"
        yield _indented(code_block(check.snippet, "python"))
    yield ""


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in block.split("\n"))
