"""`nox -s snippets`: run each snippet below its mutant, where it must fail, and below the reference, where it must not.

Each mutant with wrong values has one: of what breaks the rules, the line is told.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import zip_longest

from grader.assignment import Assignment
from grader.doctor.cases import Outcome
from grader.doctor.processes import Processes, run_case
from grader.processes.workers import open_workers
from tests.meta.measures import run_snippets
from tests.meta.measures.homework import PROCESSES, cases, hw3, reference_of, smaller


def try_snippets(assignment: Assignment, outcomes: Sequence[Outcome], *, show: bool) -> bool:
    """Whether all do, and each mutant has one. show: print each with the likely mistake."""
    reference = reference_of(assignment)
    found = [(o, check, snippet) for o in outcomes for check, snippet in o.snippets.items() if snippet]
    programs = []
    for outcome, check, snippet in found:
        (question,) = [q.name for q in assignment.questions if check in q.points]
        for source in (outcome.case.source, reference):
            programs.append(f"{run_snippets.without_training(source, question)}\n\n{snippet}")
    with open_workers(assignment.data) as workers, ThreadPoolExecutor(PROCESSES) as threads:
        shares = [programs[share::PROCESSES] for share in range(PROCESSES)]
        shared = threads.map(run_snippets.endings, shares, [workers.data["mnist"]] * PROCESSES)
        ends = [end for pair in zip_longest(*shared, fillvalue="") for end in pair][: len(programs)]
    good: set[str] = set()
    bad: list[str] = []
    for (outcome, check, snippet), mutant, right in zip(found, ends[::2], ends[1::2], strict=True):
        if mutant and not right:
            good.add(outcome.case.name)
        else:
            bad.append(f"SNIPPET {outcome.case.name} {check}: {mutant or 'passes'} / {right or 'passes'}\n{snippet}")
        if show:
            said = outcome.diagnoses[check] or "-"
            print(f"\n{outcome.case.name} {check}: {outcome.lost[check]}\n  diagnosis: {said}\n{snippet}")
    print("\n".join(bad))
    mutants = [o for o in outcomes if o.case.verdict != "forbidden"]
    without = [o.case.name for o in mutants if not any(o.snippets.values())]
    named = [o for o in mutants if any(o.diagnoses.values())]
    print(f"{len(mutants)} mutants with wrong values: {len(good)} with a snippet that holds, {len(named)} diagnosed")
    print(f"{len(found)} snippets, {len(found) - len(bad)} hold; none for: {', '.join(without) or 'no mutant'}")
    return not bad and not without


def main() -> None:
    """Those of all mutants, or of those whose name contains a word of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants whose name contains one of these")
    parser.add_argument("--show", action="store_true", help="print each snippet and diagnosis")
    arguments = parser.parse_args()
    assignment = hw3()
    chosen = [
        replace(case, source=smaller(case.source, train=False), lessons=True)
        for case in cases(assignment, train=False)
        if case.loses and (not arguments.words or any(word in case.name for word in arguments.words))
    ]
    outcomes = []
    with Processes(assignment, smaller(reference_of(assignment), train=False), PROCESSES) as pool:
        for number, outcome in enumerate(pool.each(run_case, chosen), 1):
            outcomes.append(outcome)
            print(f"[{number}/{len(chosen)}] {outcome.case.name} {outcome.problem}", flush=True)
    good = try_snippets(assignment, outcomes, show=arguments.show)
    sys.exit(0 if good and not any(outcome.problem for outcome in outcomes) else 1)


if __name__ == "__main__":
    main()
