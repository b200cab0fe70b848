"""Text of students made safe to show, whatever is in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict

MAX_LENGTH: Final = 2000
LABELS: Final[Mapping[Verdict, str]] = {
    Verdict.SKIPPED: "left out by the course; not counted",
    Verdict.PASSED: "passed",
    Verdict.FAILED: "wrong",
    Verdict.TIMED_OUT: "too slow, or an endless loop",
    Verdict.CRASHED: "the process died",
    Verdict.FORBIDDEN: "uses what is not allowed",
    Verdict.BLOCKED: "not graded",
    Verdict.NOT_GRADED: "not graded",
    Verdict.BROKEN: "the grader failed here, which is not your fault; not counted",
}


def clean(text: str, *, most: int = MAX_LENGTH) -> str:
    """Cut to `most` characters; control, format, private and surrogate characters (ANSI, bidi) become a mark.

    So do line and paragraph separators. Line feeds and tabs stay. What a CI system reads as a command, if it comes to
    stand at the start of a line (a report may break lines anywhere), is written with a gap.
    """
    shown = "".join(c if c in "\n\t" or not _is_unsafe(c) else "\N{REPLACEMENT CHARACTER}" for c in text[:most])
    shown = _BRACKET_COMMAND.sub("# #", _LONG_WORD.sub(lambda word: word[0].replace("::", ": :"), shown))
    return _COLON_COMMAND.sub(": :", shown) + (" [...]" if len(text) > most else "")


def in_a_line(text: str, *, most: int = MAX_LENGTH) -> str:
    """The same in one line: what stands below another line, or may be taken for one of the report's own."""
    return " ".join(clean(text, most=most).split())


# GitHub: `::error ...` after any space at the start of a line, `##[error]` anywhere in it.
# Azure: `##vso[`. TeamCity: `##teamcity[`.
_COLON_COMMAND: Final = re.compile(r"(?<![\w>)\]]):{2,}(?=\s*[A-Za-z])")  # not in c10::Error
_LONG_WORD: Final = re.compile(r"\S{40,}")  # that may be broken within
_BRACKET_COMMAND: Final = re.compile(r"##(?=\w*\[)")


def _is_unsafe(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def points(value: float) -> str:
    """Points as people write them: 3, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def counted(value: float, noun: str = "point") -> str:
    """1 point, 2.5 points."""
    return f"{points(value)} {noun}{'' if value == 1 else 's'}"


def told(check: CheckResult) -> str:
    """What happened, in one text: the label where it is not just wrong, then the message."""
    label = "" if check.verdict in (Verdict.PASSED, Verdict.FAILED) else f"{LABELS[check.verdict]}: "
    return f"{label}{clean(check.message)}"


def advice(*checks: CheckResult) -> Iterator[tuple[str, str]]:
    """What helps to mend them, as (label, cleaned text): the likely mistake, or else a hint. The snippet is apart."""
    diagnoses = dict.fromkeys(check.diagnosis for check in checks if check.diagnosis)
    for diagnosis in diagnoses:
        yield "Likely mistake", clean(diagnosis)
    for hint in dict.fromkeys(check.hint for check in checks if check.hint and not diagnoses):
        yield "Hint", clean(hint)


def explained(*checks: CheckResult) -> str:
    """Everything that is said of checks that lost points for one reason, as plain text."""
    lines = [told(checks[0]), *(f"{label}: {text}" for label, text in advice(*checks))]
    for snippet in [check.snippet for check in checks if check.snippet][:1]:
        lines += ["To see it, paste this below your code:", clean(snippet, most=2 * MAX_LENGTH)]
    return "\n".join(line for line in lines if line)


def worth(check: CheckResult) -> str:
    """What it can earn: 2 points, 1 bonus point."""
    return counted(check.max_score, "bonus point" if check.is_bonus else "point")


def lost_points(question: QuestionResult) -> str:
    """How much is lost, what was not graded and is not lost, and whether that is all that is known."""
    ungraded = sum(check.most for check in question.all if check.verdict is Verdict.NOT_GRADED)
    lost = question.lost - ungraded
    words = [f"{points(lost)} lost"] if lost or not ungraded else []
    words += [f"{points(ungraded)} not graded"] if ungraded else []
    return f"{', '.join(words)}{', provisionally' if question.is_provisional else ''}"


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def provisional(scorecard: Scorecard) -> str:
    """Why the score is provisional, in a sentence; nothing where it is not."""
    broken = [check for check in scorecard.checks if check.is_broken]
    if not broken and scorecard.is_provisional:
        return "Provisional: the grader itself failed in a hidden check. Please tell your instructor."
    if not broken:
        return ""
    worth, names = points(sum(check.max_score for check in broken)), listed([check.name for check in broken])
    return (
        f"Provisional: the grader itself failed in {names}, which is not your fault. "
        f"What that is worth ({worth}) is in neither score nor maximum. Please tell your instructor."
    )


def kept(scorecard: Scorecard) -> Iterator[str]:
    """The checks that pass although a needed part is wrong, in a sentence for each question and right parts."""
    for question in scorecard.questions:
        names: dict[tuple[str, ...], list[str]] = {}
        for check in question.checks:
            if check.carried_forward:
                names.setdefault(check.carried_forward, []).append(check.name)
        for parts, checks in names.items():
            passes = "passes" if len(checks) == 1 else "pass"
            yield f"{question.name}, {listed(checks)}: {passes} with a right {listed(parts)} in place of yours"
