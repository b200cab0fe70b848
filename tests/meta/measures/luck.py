"""`nox -s luck [-- WORDS] [--seeds N] [--every K]`: whether luck decides what a wrong submission loses.

Every mutant and variant is checked with 20 seeds: a mutant on the questions that it names, a variant on the parts that
differ from the reference's. The checks that are lost must be the same for each seed; prints those that are not, and
fails where there is one. The trainings are left out: their seed is the student's own. A check is lost where the silent
run of it does not pass; each draws what `grade --seed N` draws.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence

from grader.assignment import Assignment
from grader.doctor.processes import Processes
from grader.doctor.seeds import SeedResult, SeedTrial, run_seeds
from grader.settings import Effort
from tests.meta import mutants, variants
from tests.meta.measures.homework import PROCESSES, hw3, reference_of

SEEDS = 20


def trials(assignment: Assignment, seeds: int, effort: Effort) -> Iterator[SeedTrial]:
    """All mutants, then all variants: of a mutant the parts that it names, of a variant those that differ."""
    reference = reference_of(assignment)
    parts = [question.name for question in assignment.questions if not question.background]
    for mutant in mutants.all_mutants():
        if questions := tuple(name for name in parts if name in mutant.questions):
            source = mutants.apply(reference, mutant)
            yield SeedTrial(name=mutant.name, source=source, questions=questions, seeds=seeds, effort=effort)
    for variant in variants.all_variants():
        source = variants.apply(reference, variant)
        yield SeedTrial(name=variant.name, source=source, questions=(), seeds=seeds, effort=effort)


def report(found: Sequence[SeedResult]) -> bool:
    """Print what luck decides; whether it decides nothing."""
    bad = [lost for lost in found if lost.by_luck]
    for lost in bad:
        told = ", ".join(f"{name} {count}/{lost.trial.seeds}" for name, count in lost.by_luck.items())
        print(f"LUCK {lost.trial.name}: {told}")
    seeds = found[0].trial.seeds if found else 0
    print(f"{len(bad)} of {len(found)} submissions lose other checks with another seed ({seeds} seeds)")
    return bool(found) and not bad


def main(arguments: Sequence[str]) -> None:
    """Check all, or those whose name contains a word of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants and variants whose name contains one of these")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds 0 to N - 1")
    parser.add_argument("--every", type=int, default=1, help="a sample: each K-th submission")
    parser.add_argument("--effort", type=Effort, default=Effort.STANDARD, choices=[*Effort])
    options = parser.parse_args(arguments)
    assignment = hw3()
    every = trials(assignment, options.seeds, options.effort)
    chosen = [t for t in every if not options.words or any(word in t.name for word in options.words)]
    chosen = chosen[:: options.every]
    started, found = time.monotonic(), []
    with Processes(assignment, reference_of(assignment), PROCESSES) as pool:
        for number, lost in enumerate(pool.each(run_seeds, chosen), 1):
            found.append(lost)
            took = f"{time.monotonic() - started:.0f} s"
            print(f"[{number}/{len(chosen)} {took}] {lost.trial.name} {dict(lost.by_luck)}", flush=True)
    sys.exit(0 if report(found) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
