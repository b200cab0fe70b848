"""Whether a change of scores is told: the kill matrix compares what mutants lose with what they lost before.

`scores.json` has what each mutant loses, and how many entries of CHANGELOG.md said then that they can change a score.
Where something differs, one entry more has to say so; `nox -s mutants -- --keep` then stores what is lost now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from grader.assignment import Assignment
from grader.doctor.cases import CaseStanding
from grader.doctor.kept import KeptScores
from tests.meta import mutants
from tests.meta.tools.repository import ROOT

SCORES: Final = Path(__file__).with_name("scores.json")
TOLD: Final = Path(__file__).with_name("scores_told.json")
_SAYS_SO: Final = re.compile(r"can\s+(?:raise|lower|change)\s+(?:a|the)\s+score")


def entries_that_say_so(changelog: str) -> int:
    """How many times a change log says that something can raise, lower or change a score."""
    return len(_SAYS_SO.findall(changelog))


def told_by_now() -> int:
    """The same of the project's own."""
    return entries_that_say_so((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def untold(differences: Sequence[str], told_before: int, told_now: int) -> list[str]:
    """The differences, where no entry has been added that tells of them."""
    return [] if told_now > told_before else [*differences]


def compare(cases: Sequence[CaseStanding], assignment: Assignment) -> bool:
    """Print what has another score; whether the change log tells of it."""
    kept = KeptScores.read(SCORES)
    differences = kept.differences(cases, assignment)
    bad = untold(differences, json.loads(TOLD.read_text(encoding="utf-8")), told_by_now())
    for difference in differences:
        print(f"SCORE {difference}")
    if bad:
        print(
            "WRONG these scores change, and CHANGELOG.md has no new line that says `this can raise (or lower) a score`"
        )
    unknown = [case.name for case in cases if case.loses and case.name not in kept.lost]
    if unknown:
        print(f"{len(unknown)} mutants have no kept score: run with --keep ({', '.join(unknown[:5])} ...)")
    return not bad


def keep(cases: Sequence[CaseStanding], assignment: Assignment) -> None:
    """Store what is lost now, beside what is kept of mutants that were not graded."""
    known = [mutant.name for mutant in mutants.all_mutants()]
    KeptScores.read(SCORES).with_cases(cases, assignment, known).write(SCORES)
    TOLD.write_text(f"{told_by_now()}\n", encoding="utf-8")
