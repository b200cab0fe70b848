"""`nox -s seeds [-- --count N]`: right submissions checked with many seeds. None may lose a point; prints the count.

It takes an hour or two: `--first V` goes on with the V-th of the variants where another run was ended.

Seed i is given to variant i modulo their number, whose questions that differ from the reference are checked: the others
are the reference's, to the letter. The two trainings are left out: their seed is the student's own. Each check draws
what `grade --effort quick --seed i` draws.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from grader.assignment import Assignment
from grader.doctor.functions import checks_in, question_of
from grader.doctor.processes import Bench, Processes, differing_questions, submission_of
from grader.judge.attempt import OWN
from grader.judge.examples import configure_examples, same_examples_anywhere
from grader.judge.grading import Grading, draw_seed, worker_seed
from grader.scorecard import CheckEnded
from grader.settings import Effort, Settings
from grader.suite.failures import CheckFailed, StudentError
from tests.meta import variants
from tests.meta.measures.homework import PROCESSES, hw3, reference_of

COUNT = 10_000


@dataclass(frozen=True, slots=True)
class Seeded:
    """A right submission, the questions to grade, and the seeds to grade them with."""

    name: str
    source: str
    questions: tuple[str, ...]
    seeds: range


def plan(pool: Processes, assignment: Assignment, count: int) -> list[Seeded]:
    """The variants that differ from the reference in a part, with the seeds below `count` dealt out to them."""
    reference = reference_of(assignment)
    parts = tuple(question.name for question in assignment.questions if not question.background)
    found = [("reference", reference, parts)]
    sources = {variant.name: variants.apply(reference, variant) for variant in variants.all_variants()}
    for (name, source), differing in zip(
        sources.items(), pool.each(differing_questions, sources.values()), strict=True
    ):
        if questions := tuple(name for name in differing if name in parts):
            found.append((name, source, questions))
    return [
        Seeded(name, source, questions, range(index, count, len(found)))
        for index, (name, source, questions) in enumerate(found)
    ]


def run(bench: Bench, seeded: Seeded) -> tuple[int, int, list[str]]:
    """How many seeds and checks there were, and what failed."""
    assignment = bench.assignment
    checks = [check for check in checks_in(assignment) if question_of(check) in seeded.questions]
    lost: list[str] = []
    with (
        same_examples_anywhere(),
        submission_of(assignment, seeded.source, ".py") as submission,
        Grading(submission, assignment, Settings(), bench.workers) as grading,
    ):
        for check in checks:
            question = question_of(check)
            for seed in seeded.seeds:
                drawn = draw_seed(seed, grading.plan_of(question).code)
                configure_examples(check, check.__name__, drawn, Effort.QUICK.examples)
                try:
                    with grading.check(question, OWN, silent=True) as conversation:
                        conversation.session.seed = worker_seed(seed)
                        check(submission=conversation.submission)
                except (CheckFailed, StudentError, CheckEnded) as error:
                    lost.append(f"{seeded.name}, seed {seed}, {check.__name__}: {error}")
    return len(seeded.seeds), len(checks) * len(seeded.seeds), lost


def main(arguments: Sequence[str]) -> None:
    """Grade, print what lost points and the count; fail where something did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="seeds 0 to N - 1")
    parser.add_argument("--first", type=int, default=0, help="leave out so many variants: another run has done them")
    options, assignment = parser.parse_args(arguments), hw3()
    gradings = checks = losses = 0
    with Processes(assignment, reference_of(assignment), PROCESSES) as pool:
        work = plan(pool, assignment, options.count)
        for done, (graded, checked, lost) in enumerate(pool.each(run, work[options.first :]), options.first + 1):
            gradings, checks, losses = gradings + graded, checks + checked, losses + len(lost)
            for line in lost:
                print("WRONG", line)
            print(
                f"{done} of {len(work)} variants: {gradings} seeds, {checks} checks, {losses} lost points", flush=True
            )
    sys.exit(1 if losses or not checks else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
