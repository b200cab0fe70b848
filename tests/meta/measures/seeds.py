"""`nox -s seeds [-- --count N]`: right submissions checked with many seeds. None may lose a point; prints the count.

Seed i is given to variant i modulo their number, whose questions that differ from the reference are checked: the others
are the reference's, to the letter. The two trainings are left out: their seed is the student's own. Each check draws
what `grade --effort quick --seed i` draws, but all seeds of a variant share a worker for it.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import find_assignment, load_assignment
from grader.boundary.limits import Limit
from grader.judge.attempt import OWN
from grader.judge.examples import configure_examples, same_examples_anywhere
from grader.judge.grading import Grading, draw_seed, worker_seed
from grader.processes.workers import open_workers
from grader.scorecard import CheckEnded
from grader.settings import Effort, Settings
from grader.submission import read_submission
from grader.suite.failures import CheckFailed, StudentError
from tests.meta import variants
from tests.meta.measures.kill_matrix import question_texts
from tests.meta.tools.suite import checks_in, question_of

PROCESSES = 2
COUNT = 10_000


@dataclass(frozen=True, slots=True)
class Seeded:
    """A right submission, the questions to grade, and the seeds to grade them with."""

    name: str
    source: str
    questions: tuple[str, ...]
    seeds: range


def plan(count: int) -> list[Seeded]:
    """The variants that differ from the reference in a part, with the seeds below `count` dealt out to them."""
    assignment = load_assignment(find_assignment("hw3"))
    assert assignment.reference is not None
    reference = assignment.reference.read_text(encoding="utf-8")
    parts = tuple(question.name for question in assignment.questions if not question.background)
    originals, found = question_texts(reference, assignment), [("reference", reference, parts)]
    for variant in variants.all_variants():
        source = variants.apply(reference, variant)
        texts = question_texts(source, assignment)
        differing = tuple(name for name in parts if not texts[name] or texts[name] != originals[name])
        if differing:
            found.append((variant.name, source, differing))
    return [
        Seeded(name, source, questions, range(index, count, len(found)))
        for index, (name, source, questions) in enumerate(found)
    ]


def run(seeded: Seeded) -> tuple[int, int, list[str]]:
    """How many seeds and checks there were, and what failed."""
    assignment = load_assignment(find_assignment("hw3"))
    checks = [check for check in checks_in(assignment.folder) if question_of(check) in seeded.questions]
    lost: list[str] = []
    with same_examples_anywhere(), open_workers(["mnist"]) as workers, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hw3.py"
        path.write_bytes(seeded.source.encode())
        submission = read_submission(path)
        with Grading(submission, assignment, Settings(), workers) as grading:
            for check in checks:
                question = assignment.question(question_of(check))
                with grading.check(question.name, OWN) as conversation:
                    for seed in seeded.seeds:
                        conversation.worker.allow(Limit("limit_s", question.limit_s))
                        conversation.session.seed = worker_seed(seed)
                        drawn = draw_seed(seed, grading.plan_of(question.name).code)
                        configure_examples(check, check.__name__, drawn, Effort.QUICK.examples)
                        try:
                            check(submission=conversation.submission)
                        except (CheckFailed, StudentError, CheckEnded) as error:
                            lost.append(f"{seeded.name}, seed {seed}, {check.__name__}: {error}")
    return len(seeded.seeds), len(checks) * len(seeded.seeds), lost


def main(arguments: Sequence[str]) -> None:
    """Grade, print what lost points and the count; fail where something did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="seeds 0 to N - 1")
    work = plan(parser.parse_args(arguments).count)
    gradings = checks = losses = 0
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        for done, job in enumerate(concurrent.futures.as_completed([pool.submit(run, seeded) for seeded in work]), 1):
            graded, checked, lost = job.result()
            gradings, checks, losses = gradings + graded, checks + checked, losses + len(lost)
            for line in lost:
                print("WRONG", line)
            print(
                f"{done} of {len(work)} variants: {gradings} seeds, {checks} checks, {losses} lost points", flush=True
            )
    sys.exit(1 if losses or not checks else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
