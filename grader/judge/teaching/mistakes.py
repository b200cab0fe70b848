"""The likely mistake by its pattern: which checks of a question fail, and how, compared with known wrong submissions.

The patterns are stored with the suite, in mistakes.json; `nox -s diagnoses -- --write` makes them from the mutants.
They are for what the checks can't name from the values (see `likely` in grader.suite.expect): a pattern is the form of
the message of each failed check.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.scorecard import QuestionResult, Verdict

FILE_NAME: Final = "mistakes.json"
_MOST: Final = 600  # characters of a message that are looked at
_NUMBER: Final = re.compile(r"(?<![A-Za-z_\d])[-+]?\d[\d.]*(?:e[-+]?\d+)?|\b(?:nan|inf|True|False)\b")
_NUMBERS_ONLY: Final = re.compile(r" is #, expected #(?! items)")
_ONE: Final = re.compile(r"\b1 (item)\b")
_SEQUENCE: Final = re.compile(r"[\[(]*#(?:[\s,\[\]()]*#)*[\])]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a known mistake does to a question: the form of the message of each check that fails."""

    question: str
    mistake: str
    failures: Mapping[str, str]


def form_of(message: str) -> str:
    """A message without its numbers, and without the lines that led to it: examples differ, mistakes stay."""
    line = _ONE.sub(r"1 \1s", message[:_MOST].split("\n")[0].replace(": entry [", "["))
    return _SEQUENCE.sub("#", _NUMBER.sub("#", line))


def pattern_of(question: QuestionResult) -> dict[str, str]:
    """The form of the message of each check that failed."""
    return {check.name: form_of(check.message) for check in question.checks if check.verdict is Verdict.FAILED}


def read(folder: Path) -> tuple[Pattern, ...]:
    """The patterns of a suite; none where it has no such file."""
    path = folder / FILE_NAME
    if not path.is_file():
        return ()
    return tuple(Pattern(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))


def write(folder: Path, patterns: Sequence[Pattern]) -> None:
    """Store the patterns with the suite."""
    entries = [{"question": p.question, "mistake": p.mistake, "failures": dict(p.failures)} for p in patterns]
    (folder / FILE_NAME).write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def explain(question: QuestionResult, patterns: Sequence[Pattern]) -> QuestionResult:
    """The question with its likely mistake, told once, at the check that failed first or that names it."""
    mistake = likely(question.name, pattern_of(question), [check.diagnosis for check in question.checks], patterns)
    if not mistake:
        return question
    at = next((c.name for c in question.checks if c.diagnosis == mistake), "") or next(iter(pattern_of(question)))
    told = {check.name: mistake if check.name == at else "" for check in question.checks}
    return replace(question, checks=tuple(replace(check, diagnosis=told[check.name]) for check in question.checks))


def likely(question: str, found: Mapping[str, str], named: Sequence[str], patterns: Sequence[Pattern]) -> str:
    """What the first check that names any names, from values; else the one known mistake with this pattern, if any."""
    if by_value := next(filter(None, named), ""):
        return by_value
    fits = {p.mistake for p in patterns if p.question == question and p.failures == found}
    return fits.pop() if len(fits) == 1 and tells(found) else ""


def tells(pattern: Mapping[str, str]) -> bool:
    """Whether a pattern says more than that a number is wrong, which many mistakes do."""
    return not all(_NUMBERS_ONLY.search(form) for form in pattern.values())
