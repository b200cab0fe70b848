"""`nox -s diagnoses`: how often the likely mistake is named rightly, and how often wrongly.

1. Each mutant that has a twin (tests/meta/mutants/twins), and each twin, is left out of the stored patterns, with
   its twin kept: is its mistake named?
2. Each mutant is left out together with its twin and all that make the same mistake, and with it what the checks
   themselves call it: is the suite silent, as it should be about what it does not know?

`--write` stores the patterns of the mutants and twins with the suite.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.assignment import find_assignment
from grader.doctor.cases import Case
from grader.doctor.processes import Bench, Processes
from grader.judge.teaching import mistakes
from grader.judge.teaching.mistakes import Pattern
from grader.settings import Effort
from tests.meta import mutants
from tests.meta.measures.homework import PROCESSES, hw3, reference_of, smaller
from tests.meta.mutants import Mutant, twins

LEAST_RIGHT = 0.8  # of the mutants and twins of which the other one is known
MOST_WRONG = 0.02  # of those, and of the mistakes that nothing is known of
NAMES = Path(__file__).with_name("diagnoses.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the checks say of one wrong submission, on one question."""

    name: str  # of the mutant or twin
    question: str
    forms: Mapping[str, str]  # form of the message by check
    named: Mapping[str, Sequence[str]]  # for each check that names any: the mistakes that explain it, best first

    @property
    def mutant(self) -> str:
        """The name that mutant and twin share."""
        return self.name.removesuffix("-twin")

    def first_named(self, unknown: Sequence[str] = ()) -> list[str]:
        """What each check names, where nobody has thought of mistakes that begin with `unknown`."""
        known = {c: [t for t in texts if not t.startswith(tuple(unknown))] for c, texts in self.named.items()}
        return [known[checks][0] for checks in self.forms if known.get(checks)]


def look(bench: Bench, case: Case) -> list[Seen]:
    """Grade one case in a process of the pool, without stored patterns, and keep all that explains it."""
    from grader.judge.teaching import causes, lesson

    setattr(lesson, "diagnosis", lambda found, place: "\n".join(causes.explanations(found, place)))  # noqa: B010
    setattr(mistakes, "read", lambda folder: ())  # noqa: B010
    outcome = bench.run(case)
    found = []
    for question in bench.assignment.questions:
        lost = {name: text for name, text in outcome.lost.items() if name in question.points}
        failed = {name: text.removeprefix("failed: ") for name, text in lost.items() if text.startswith("failed: ")}
        if lost and question.name in case.loses:
            forms = {name: mistakes.form_of(text) for name, text in failed.items()}
            named = {name: outcome.diagnoses[name].split("\n") for name in failed if outcome.diagnoses[name]}
            found.append(Seen(name=case.name, question=question.name, forms=forms, named=named))
    return found


def look_at_all(chosen: Sequence[Mutant]) -> list[Seen]:
    """All of them, in processes."""
    assignment = hw3()
    reference = reference_of(assignment)
    cases = [
        Case(
            name=mutant.name,
            source=smaller(mutants.apply(reference, mutant), train=False),
            loses=frozenset(mutant.questions),
            verdict="",
            effort=Effort.QUICK,
            train=False,
            lessons=True,
        )
        for mutant in chosen
        if not any(assignment.question(name).background for name in mutant.questions)
    ]
    with Processes(assignment, smaller(reference, train=False), PROCESSES) as pool:
        return [seen for found in pool.each(look, cases) for seen in found]


def told(seen: Seen, known: Sequence[Pattern], unknown: Sequence[str] = ()) -> str:
    """The mistake that a report names, where nobody has thought of those that begin with `unknown`."""
    return mistakes.likely(seen.question, seen.forms, seen.first_named(unknown), known)


def main() -> None:
    """Print both rates, and what is named wrongly or not at all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants whose name contains one of these")
    parser.add_argument("--write", action="store_true", help="store the patterns with the suite")
    parser.add_argument("--keep", type=Path, help="file for what was seen: written, or read if it is there")
    arguments = parser.parse_args()
    if arguments.write and arguments.words:
        parser.error("--write needs all mutants")
    every = {mutant.name: mutant for mutant in (*mutants.all_mutants(), *twins.all_twins())}
    chosen = [m for m in every.values() if not arguments.words or any(word in m.name for word in arguments.words)]
    chosen = [mutant for mutant in chosen if mutant.verdict == "failed"]
    if arguments.keep and arguments.keep.is_file():
        all_seen = [Seen(**entry) for entry in json.loads(arguments.keep.read_text())]
    else:
        all_seen = look_at_all(chosen)
        if arguments.keep:
            arguments.keep.write_text(json.dumps([asdict(seen) for seen in all_seen]))
    names: dict[str, list[str]] = tomllib.loads(NAMES.read_text(encoding="utf-8"))
    patterns = {
        seen.name: Pattern(question=seen.question, mistake=every[seen.name].mistake, failures=seen.forms)
        for seen in all_seen
        if not seen.named and mistakes.tells(seen.forms)
    }
    good = measure(all_seen, patterns, every, names)
    if arguments.write:
        mistakes.write(find_assignment("hw3"), without_doubles(patterns.values()))
    sys.exit(0 if good else 1)


def without_doubles(patterns: Iterable[Pattern]) -> list[Pattern]:
    """Each once: a twin often has the pattern of its mutant."""
    kept: list[Pattern] = []
    for pattern in patterns:
        if pattern not in kept:
            kept.append(pattern)
    return kept


def measure(
    all_seen: Sequence[Seen],
    patterns: Mapping[str, Pattern],
    every: Mapping[str, Mutant],
    names: Mapping[str, Sequence[str]],
) -> bool:
    """Print both rates; whether they are good enough."""
    twinned = set(twins.EDITS)
    right: list[str] = []
    wrong: list[str] = []
    silent: list[str] = []
    loud: list[str] = []
    for seen in all_seen:
        own = (every[seen.name].mistake, *names.get(seen.mutant, ()))
        if seen.mutant in twinned:
            says = told(seen, [pattern for name, pattern in patterns.items() if name != seen.name])
            line = f"{seen.name}: {says or '-'}   ({every[seen.name].mistake})"
            (silent if not says else right if says.startswith(own) else wrong).append(line)
        others = [pattern for pattern in patterns.values() if pattern.mistake != every[seen.name].mistake]
        if says := told(seen, others, own):
            loud.append(f"{seen.name}: {says}   ({every[seen.name].mistake})")
    for title, lines in (("SILENT", silent), ("WRONG", wrong), ("TOLD THOUGH NOT KNOWN", loud), ("RIGHT", right)):
        print(f"\n{title}\n  " + "\n  ".join(lines))
    measured = len(right) + len(wrong) + len(silent)
    print(f"\nleft out with the twin kept: {share(right, measured)} named rightly, {share(wrong, measured)} wrongly, ")
    print(f"  {share(silent, measured)} not named")
    print(f"left out with the twin: {share(loud, len(all_seen))} named wrongly")
    silent_enough = len(wrong) <= MOST_WRONG * measured and len(loud) <= MOST_WRONG * len(all_seen)
    return len(right) >= LEAST_RIGHT * measured and silent_enough


def share(lines: Sequence[str], of: int) -> str:
    """How many of how many: with words on the command line, that may be none of none."""
    return f"{len(lines)} of {of} ({len(lines) / max(of, 1):.0%})"


if __name__ == "__main__":
    main()
