"""The likely mistake by its pattern: which checks of a question fail, and how, compared with known wrong submissions.

The patterns are stored with the suite, in mistakes.json; `nox -s diagnoses -- --write` makes them from the mutants.
A pattern is what each failed check says: the form of its message, and the mistake that explains its values, if it names
one (see `likely` in grader.expect).
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
_NUMBER: Final = re.compile(r"(?<![A-Za-z_])[-+]?\d[\d.]*(?:e[-+]?\d+)?|\b(?:nan|inf|True|False)\b")
_SEQUENCE: Final = re.compile(r"[\[(]*#(?:[\s,\[\]()]*#)*[\])]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a known mistake does to a question: what each check that fails says."""

    question: str
    mistake: str
    failures: Mapping[str, str]


def form_of(message: str) -> str:
    """A message without its numbers, and without the lines that led to it: examples differ, mistakes stay."""
    return _SEQUENCE.sub("#", _NUMBER.sub("#", message[:_MOST].split("\n")[0]))


def said(form: str, named: str) -> str:
    """What a check says: the form of its message, and what it names."""
    return f"{form} [{named}]" if named else form


def pattern_of(question: QuestionResult) -> dict[str, str]:
    """What the checks that failed say."""
    failed = [check for check in question.checks if check.verdict is Verdict.FAILED]
    return {check.name: said(form_of(check.message), check.diagnosis) for check in failed}


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
    """The one known mistake with this pattern; else what the first check that names any names; else nothing."""
    fits = fitting(question, found, patterns)
    return fits.pop() if len(fits) == 1 else next(filter(None, named), "")


def fitting(question: str, found: Mapping[str, str], patterns: Sequence[Pattern]) -> set[str]:
    """The mistakes that make the same checks say the same, if that is more than that a number is wrong."""
    if all("(off by #" in text and not text.endswith("]") for text in found.values()):
        return set()
    return {p.mistake for p in patterns if p.question == question and p.failures == found}
