"""What is said in one line: why points were lost, and what to mend first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from grader.report.causes import raised
from grader.report.text import clean, counted, in_a_line, points, told
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict

if TYPE_CHECKING:
    from rich.console import Console


def is_live(console: Console) -> bool:
    """Whether it is a terminal, on which lines can be drawn anew. FORCE_COLOR makes none of a pipe."""
    return console.is_interactive and console.file.isatty() and not console.is_dumb_terminal


def lost(question: QuestionResult) -> list[CheckResult]:
    """The checks that did not pass, of those that were graded."""
    others = (Verdict.PASSED, Verdict.NOT_GRADED, Verdict.SKIPPED)
    return [check for check in question.checks if check.verdict not in others]


def reason(check: CheckResult) -> str:
    """Why it did not pass, in a line: the likely mistake, or else how the message begins."""
    if check.diagnosis and check.verdict is Verdict.FAILED:
        return _first_line(clean(check.diagnosis))
    if check.cause:
        return _first_line(clean(raised(check)))
    message = clean(check.message) if check.verdict is Verdict.BLOCKED else told(check)
    return _first_line(message) or _first_line(clean(check.title))


def reasons(checks: Sequence[CheckResult]) -> list[tuple[CheckResult, float]]:
    """A check for each reason of these, and the points that the reason costs."""
    first: dict[str, CheckResult] = {}
    worth: dict[str, float] = {}
    for check in checks:
        why = reason(check)
        first.setdefault(why, check)
        worth[why] = worth.get(why, 0.0) + check.lost
    return [(check, worth[why]) for why, check in first.items()]


def line(head: str, check: CheckResult, most: int) -> str:
    """Why it did not pass, in so many characters. Of a wrong value that is too long, what is asked for is told."""
    whole = f"{head}: {reason(check)}"
    is_value = not check.diagnosis and check.verdict is Verdict.FAILED and "expected " in check.message
    if len(whole) > most and is_value:
        whole = f"{head}: {_first_line(clean(check.title))}"
    return cut(whole, most)


def first_lost(question: QuestionResult) -> CheckResult | None:
    """The first of its checks that lost points."""
    return next((check for check in lost(question) if check.lost), None)


def next_step(scorecard: Scorecard) -> str:
    """What to mend first, and where it stands; nothing where no points are lost."""
    for question in scorecard.questions:
        if check := first_lost(question):
            where = place(scorecard, check)
            return f"Next: {question.name}{f' ({where})' if where else ''}: {reason(check)}"
    return ""


def all_right(scorecard: Scorecard) -> str:
    """What was looked at, where every check has passed; nothing elsewhere."""
    if not scorecard.checks or any(check.verdict is not Verdict.PASSED for check in scorecard.checks):
        return ""
    checks, examples = len(scorecard.checks), sum(check.examples for check in scorecard.checks)
    return f"All right: {counted(checks, 'check')}, {counted(examples, 'example')}."


def cut(text: str, most: int) -> str:
    """At most so many characters, cut between words: half a number would be another one."""
    if len(text) <= most:
        return text
    kept = text[: max(most - 3, 1)]
    if not text[len(kept)].isspace() and " " in kept:
        kept = kept.rsplit(" ", 1)[0]
    return kept.rstrip(" ,;:(") + "..."


def value_of(scored: QuestionResult | Scorecard) -> str:
    """Its points, as 9 / 12."""
    return f"{points(scored.score)} / {points(scored.max_score)}"


def place(scorecard: Scorecard, check: CheckResult) -> str:
    """File and line, as editors take them; nothing where it has no lines: those of a notebook are its JSON's."""
    file = in_a_line(scorecard.file or scorecard.submission)
    is_known = check.line > 0 and PurePosixPath(file).suffix.lower() == ".py"
    excerpt = check.excerpt if check.excerpt and check.excerpt.place == file else None
    return f"{file}:{excerpt.named if excerpt else check.line}" if is_known else ""


def _first_line(text: str) -> str:
    return next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "")
