"""`nox -s mutants`: `gradebook check` on hw3 with all its mutants and variants, and the kill matrix of what it found.

The parts come first, then what is wrong with a training (--train). The doctor finds mutants that do not lose
exactly what they name, variants that lose something, verdicts that depend on the seed, and all else that it looks for;
what it wrote is read here, and two things more are asked: that each check alone kills some mutant, and that a change of
scores is told (scores.py).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.doctor.cases import CaseStanding
from grader.doctor.examination import Training
from tests.meta.measures import scores
from tests.meta.measures.homework import hw3
from tests.meta.tools import proof

SEEDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check, and what it was good for."""

    question: str
    name: str
    kills: int
    alone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What `gradebook check` wrote."""

    cases: tuple[CaseStanding, ...]
    checks: tuple[Check, ...]  # none where only some cases were graded
    clean: bool

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Examined:
        """Of its JSON."""
        return cls(
            cases=tuple(CaseStanding(**{**case, "loses": tuple(case["loses"])}) for case in table["cases"]),
            checks=tuple(
                Check(question=c["question"], name=c["name"], kills=c["kills"], alone=c["alone"])
                for c in table["checks"]
            ),
            clean=table["clean"],
        )


def examined(options: Sequence[str], words: Sequence[str], train: Training) -> Examined:
    """Run the doctor, and read what it wrote; its table and findings are printed. Exits where it could not begin."""
    with tempfile.TemporaryDirectory() as folder:
        homework, found = Path(folder, proof.NAME), Path(folder, "found.json")
        names = proof.write(homework, train)
        if words and not any(word in name for word in words for name in names):
            return Examined(cases=(), checks=(), clean=True)
        kind = ["--train", train, *(questions_that_train() if train is Training.OWN else ())]
        named = [option for word in words for option in ("--case", word)]
        gradebook = Path(sys.executable).with_name("gradebook")
        subprocess.run([gradebook, "check", homework, *kind, *named, "--json", found, *options], check=False)
        if not found.exists():
            sys.exit(1)
        return Examined.read(json.loads(found.read_text(encoding="utf-8")))


def questions_that_train() -> Iterator[str]:
    """As options of `gradebook check`."""
    for question in hw3().questions:
        if question.background:
            yield from ("--question", question.name)


def matrix(cases: Sequence[CaseStanding]) -> Iterator[str]:
    """A line for each mutant, a column for each check that kills one."""
    wrong = [case for case in cases if case.loses]
    points = [check for question in hw3().questions for check in question.points]
    columns = [check for check in points if any(check in case.lost for case in wrong)]
    yield "Mutants x checks (x: killed by it), the columns are: " + ", ".join(columns)
    for case in wrong:
        yield f"  {''.join('x' if check in case.lost else '.' for check in columns)}  {case.name}"
    killed = sum(not case.problem for case in wrong)
    right = [case for case in cases if not case.loses]
    yield f"{killed} of {len(wrong)} mutants lose what they name"
    yield f"{sum(not case.problem for case in right)} of {len(right)} variants have full marks"


def idle(found: Examined) -> list[str]:
    """The checks that kill no mutant alone: nothing proves them needed."""
    return [check.name for check in found.checks if not check.alone]


def main() -> None:
    """Examine all, or the mutants and variants whose name contains a word of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants and variants whose name contains one of these")
    parser.add_argument(
        "--train",
        type=Training,
        choices=[*Training],
        default=Training.OWN,
        help="what is trained: nothing; mutants of a training; all, which takes hours",
    )
    parser.add_argument("--made", action="store_true", help="also what operators make of the reference")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many seeds right and wrong code is graded with")
    parser.add_argument("--keep", action="store_true", help="store what is lost now in scores.json (see scores.py)")
    arguments = parser.parse_args()
    options = ["--every", str(int(arguments.made)), "--seeds", str(arguments.seeds), "--slow", "60"]
    good, cases = True, list[CaseStanding]()
    for train in [Training.NONE, Training.OWN] if arguments.train is Training.OWN else [arguments.train]:
        found = examined(options, arguments.words, train)
        good &= found.clean and not idle(found)
        cases += found.cases
        for name in idle(found):
            print(f"WRONG no mutant is killed by {name} alone, so that nothing proves it needed")
    print("\n".join(matrix(cases)))
    if arguments.keep:
        scores.keep(cases, hw3())
    good &= scores.compare(cases, hw3())
    sys.exit(0 if good and cases else 1)


if __name__ == "__main__":
    main()
