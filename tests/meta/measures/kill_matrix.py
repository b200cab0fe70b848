"""`nox -s mutants`: grade every mutant and variant, and print which check kills which mutant.

Each mutant must lose points on exactly the questions that it names, each variant must lose none, and each check must be
the only one that kills some mutant: a check that others can stand in for is of no use. How it is graded is the doctor's
business (grader/doctor), as in `gradebook check`.

`nox -s mutants -- --made` grades instead what operators make of the reference (grader/doctor/made.py): each of
those is killed on exactly its question, or is in the list of equivalents, which has no other.
"""

from __future__ import annotations

import argparse
import ast
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from grader.assignment import Assignment
from grader.doctor.cases import Case, Outcome, case_of_made, killed_alone
from grader.doctor.equivalents import read_equivalents, stale
from grader.doctor.made import MadeMutant, made_mutants, owners_of
from grader.doctor.processes import Processes, needed_statements, run_case
from grader.processes.workers import open_workers
from tests.meta.measures import run_snippets, scores
from tests.meta.measures.homework import EQUIVALENTS, PROCESSES, cases, hw3, reference_of, smaller


def report(assignment: Assignment, outcomes: Sequence[Outcome], *, every: bool) -> bool:
    """Print the matrix and the summary; whether all is as it must be. every: nothing was left out by its name."""
    train = any(outcome.case.train for outcome in outcomes)
    graded = [question for question in assignment.questions if train or not question.background]
    checks = [(question.name, check) for question in graded for check in question.points]
    killers = Counter(check for outcome in outcomes for check in outcome.lost)
    alone = killed_alone(outcomes)
    print("\nMutants x checks (one column a check, in the order below; x: killed by it)\n")
    for outcome in outcomes:
        if outcome.case.loses:
            row = "".join("x" if check in outcome.lost else "." for _, check in checks)
            print(f"  {row}  {outcome.case.name}")
    print("\nKills of each check, and mutants that it alone kills\n")
    for question, check in checks:
        print(f"  {question:18} {check:36} {killers[check]:4} {alone[check]:4}")
    print("\nKilled per question\n")
    for question in [q.name for q in graded]:
        mine = [outcome for outcome in outcomes if question in outcome.case.loses]
        print(f"  {question:18} {sum(not outcome.problem for outcome in mine)}/{len(mine)}")
    variants_ = [outcome for outcome in outcomes if not outcome.case.loses]
    print(f"\n  variants with full marks: {sum(not o.problem for o in variants_)}/{len(variants_)}\n")
    idle = [check for _, check in checks if every and not alone[check]]
    bad = [outcome for outcome in outcomes if outcome.problem]
    for outcome in bad:
        print(f"WRONG {outcome.case.name}: {outcome.problem}")
    for check in idle:
        print(f"WRONG no mutant is killed by {check} alone, so that nothing proves it needed")
    return not bad and not idle


def report_made(reference: str, found: Sequence[tuple[MadeMutant, Outcome]]) -> bool:
    """Print each made mutant that is not as it must be, as the line that differs; whether there is none."""
    for made, outcome in found:
        if outcome.problem:
            listed = "" if outcome.case.loses else "is in the list of equivalents, and "
            print(f"WRONG {made.name}\n{made.diff(reference)}\n  {listed}{outcome.problem}\n")
    print("Killed of each question\n")
    for questions in dict.fromkeys(made.questions for made, _ in found):
        mine = [outcome for made, outcome in found if made.questions == questions]
        wrong = [outcome for outcome in mine if outcome.case.loses]
        killed = sum(not outcome.problem for outcome in wrong)
        right = len(mine) - len(wrong)
        print(f"  {', '.join(sorted(questions)):36} {killed:4}/{len(wrong):<4} and {right} equivalents")
    return not any(outcome.problem for _, outcome in found)


def grade_made(assignment: Assignment, words: Sequence[str], *, train: bool) -> bool:
    """Grade the made mutants whose name contains a word, or all; whether each is as it must be."""
    reference = reference_of(assignment)
    equivalents = read_equivalents(EQUIVALENTS)
    right = {key for equivalent in equivalents for key in equivalent.keys}
    with Processes(assignment, smaller(reference), PROCESSES) as pool:
        (needed,) = pool.each(needed_statements, [reference])
        every = made_mutants(reference, owners_of(ast.parse(reference), needed))
        of_no_use = stale(equivalents, every)
        for entry in of_no_use:
            print(f"WRONG the list of equivalents has what is not made any more: {entry}")
        pairs = [(made, case_of_made(made, assignment, right=made.key in right)) for made in every]
        chosen = [pair for pair in pairs if is_chosen(pair[1].name, words) and (train or not pair[1].train)]
        outcomes = graded(pool, [case for _, case in chosen])
    good = report_made(reference, [(made, outcome) for (made, _), outcome in zip(chosen, outcomes, strict=True)])
    return good and not of_no_use


def is_chosen(name: str, words: Sequence[str]) -> bool:
    """Whether the command line asks for it: by one of the words, or by none at all."""
    return not words or any(word in name for word in words)


def graded(pool: Processes, chosen: Sequence[Case]) -> list[Outcome]:
    """Grade the cases in several processes, and print each as it ends."""
    started = time.monotonic()
    outcomes = []
    small = [replace(case, source=smaller(case.source, train=case.train)) for case in chosen]
    for number, outcome in enumerate(pool.each(run_case, small), 1):
        outcomes.append(outcome)
        took = f"{time.monotonic() - started:.0f} s"
        print(f"[{number}/{len(chosen)} {took}] {outcome.case.name} {outcome.problem}", flush=True)
    return outcomes


def try_snippets(assignment: Assignment, outcomes: Sequence[Outcome], *, show: bool) -> bool:
    """Run each snippet below the mutant, where it must fail, and below the reference, where it must not.

    Whether all do, and each mutant with wrong values has one: of what breaks the rules, the line is told.
    """
    reference = reference_of(assignment)
    found = [(o, check, snippet) for o in outcomes if o.case.loses for check, snippet in o.snippets.items() if snippet]
    programs = []
    for outcome, check, snippet in found:
        (question,) = [q.name for q in assignment.questions if check in q.points]
        for source in (outcome.case.source, reference):
            programs.append(f"{run_snippets.without_training(source, question)}\n\n{snippet}")
    with open_workers(assignment.data) as workers:
        ends = run_snippets.endings(programs, workers.data["mnist"])
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
    mutants_ = [o for o in outcomes if o.case.loses and o.case.verdict != "forbidden"]
    without = [o.case.name for o in mutants_ if not any(o.snippets.values())]
    named = [o for o in mutants_ if any(o.diagnoses.values())]
    print(f"{len(mutants_)} mutants with wrong values: {len(good)} with a snippet that holds, {len(named)} diagnosed")
    print(f"{len(found)} snippets, {len(found) - len(bad)} hold; none for: {', '.join(without) or 'no mutant'}")
    return not bad and not without


def main() -> None:
    """Grade all, or those whose name contains a word of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants and variants whose name contains one of these")
    parser.add_argument("--parts", action="store_true", help="leave out the questions that train (a tenth of the time)")
    parser.add_argument("--made", action="store_true", help="grade what operators make of the reference instead")
    parser.add_argument("--snippets", action="store_true", help="also run each snippet below mutant and reference")
    parser.add_argument("--show", action="store_true", help="print each snippet and diagnosis")
    parser.add_argument("--keep", action="store_true", help="store what is lost now in scores.json (see scores.py)")
    arguments = parser.parse_args()
    assignment = hw3()
    started = time.monotonic()
    if arguments.made:
        good = grade_made(assignment, arguments.words, train=not arguments.parts)
        print(f"\ngraded in {time.monotonic() - started:.0f} s")
        sys.exit(0 if good else 1)
    every = cases(assignment, train=not arguments.parts)
    taught = arguments.snippets or arguments.show
    chosen = [replace(case, lessons=taught) for case in every if is_chosen(case.name, arguments.words)]
    reference = smaller(reference_of(assignment), train=not arguments.parts)
    with Processes(assignment, reference, PROCESSES) as pool:
        outcomes = graded(pool, chosen)
    good = report(assignment, outcomes, every=not arguments.words)
    if arguments.keep:
        scores.keep(outcomes, assignment)
    good &= scores.compare(outcomes, assignment)
    if taught:
        good &= try_snippets(assignment, outcomes, show=arguments.show)
    total = sum(bool(outcome.case.loses) for outcome in outcomes)
    killed = sum(not outcome.problem for outcome in outcomes if outcome.case.loses)
    print(f"{killed} of {total} mutants killed as named, in {time.monotonic() - started:.0f} s")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
