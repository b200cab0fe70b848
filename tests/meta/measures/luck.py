"""`nox -s luck [-- WORDS] [--seeds N] [--every K]`: whether luck decides what a wrong submission loses.

Every mutant and variant is checked with 20 seeds: a mutant on the questions that it names, a variant on the parts that
differ from the reference's. The checks that are lost must be the same for each seed; prints those that are not, and
fails where there is one. The trainings are left out: their seed is the student's own. A check is lost where the silent
run of it does not pass; each draws what `grade --seed N` draws.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import Assignment, find_assignment, load_assignment
from grader.judge.attempt import OWN
from grader.judge.examples import configure_examples, same_examples_anywhere
from grader.judge.grading import Grading, draw_seed, worker_seed
from grader.processes.workers import Workers, open_workers
from grader.scorecard import CheckEnded
from grader.settings import Effort, Settings
from grader.submission import read_submission
from grader.suite.failures import CheckFailed, StudentError
from tests.meta import mutants, variants
from tests.meta.measures.kill_matrix import question_texts
from tests.meta.tools.suite import Check, checks_in, question_of

PROCESSES = 2
SEEDS = 20


@dataclass(frozen=True, slots=True)
class Tried:
    """One submission, the questions that are checked, with how many seeds, and how many examples are drawn."""

    name: str
    source: str
    questions: tuple[str, ...]
    seeds: int
    effort: Effort


@dataclass(frozen=True, slots=True)
class Lost:
    """With how many of the seeds each check of a submission was lost; those that never were are left out."""

    tried: Tried
    checks: Counter[str]

    @property
    def by_luck(self) -> dict[str, int]:
        """The checks that some seeds lose and others don't."""
        return {name: count for name, count in self.checks.items() if count < self.tried.seeds}


def tried(assignment: Assignment, seeds: int, effort: Effort) -> Iterator[Tried]:
    """All mutants, then all variants, of which a part is to be checked."""
    assert assignment.reference is not None
    reference = assignment.reference.read_text(encoding="utf-8")
    parts = [question.name for question in assignment.questions if not question.background]
    originals = question_texts(reference, assignment)
    for mutant in mutants.all_mutants():
        if questions := tuple(name for name in parts if name in mutant.questions):
            yield Tried(mutant.name, mutants.apply(reference, mutant), questions, seeds, effort)
    for variant in variants.all_variants():
        source = variants.apply(reference, variant)
        texts = question_texts(source, assignment)
        if questions := tuple(name for name in parts if not texts[name] or texts[name] != originals[name]):
            yield Tried(variant.name, source, questions, seeds, effort)


class Trier:
    """Checks submissions with these workers and a suite that it keeps."""

    def __init__(self, workers: Workers) -> None:
        self._assignment = load_assignment(find_assignment("hw3"))
        self._checks = [*checks_in(self._assignment.folder)]
        self._workers = workers

    def run(self, tried: Tried) -> Lost:
        """Check with each seed, in a fresh worker for each check, as a grading does."""
        lost: Counter[str] = Counter()
        checks = [check for check in self._checks if question_of(check) in tried.questions]
        with same_examples_anywhere(), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "hw3.py"
            path.write_bytes(tried.source.encode())
            submission = read_submission(path)
            with Grading(submission, self._assignment, Settings(effort=tried.effort), self._workers) as grading:
                for check in checks:
                    lost[check.__name__] = sum(is_lost(grading, check, seed) for seed in range(tried.seeds))
                for check in checks:  # what is seen to be banned at whatever time costs all of the question
                    if grading.plan_of(question_of(check)).forbidden:
                        lost[check.__name__] = tried.seeds
        return Lost(tried, +lost)


def is_lost(grading: Grading, check: Check, seed: int) -> bool:
    """Whether the check does not pass with that seed."""
    code = grading.plan_of(question_of(check)).code
    configure_examples(check, check.__name__, draw_seed(seed, code), grading.settings.effort.examples)
    try:
        with grading.check(question_of(check), OWN, silent=True) as conversation:
            conversation.session.seed = worker_seed(seed)
            check(submission=conversation.submission)
    except (CheckEnded, CheckFailed, StudentError):  # a silent run that does not pass is a CheckEnded, too
        grading.executions.end()  # a worker that checks share may still be answering the one that was lost
        return True
    return False


_kept = contextlib.ExitStack()  # until a process of the pool ends
_triers: list[Trier] = []


def run(tried: Tried) -> Lost:
    """Check one submission in a process of the pool."""
    if not _triers:
        _triers.append(Trier(_kept.enter_context(open_workers(["mnist"]))))
    return _triers[0].run(tried)


def report(found: Sequence[Lost]) -> bool:
    """Print what luck decides; whether it decides nothing."""
    bad = [lost for lost in found if lost.by_luck]
    for lost in bad:
        told = ", ".join(f"{name} {count}/{lost.tried.seeds}" for name, count in lost.by_luck.items())
        print(f"LUCK {lost.tried.name}: {told}")
    seeds = found[0].tried.seeds if found else 0
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
    every = tried(load_assignment(find_assignment("hw3")), options.seeds, options.effort)
    chosen = [t for t in every if not options.words or any(word in t.name for word in options.words)]
    chosen = chosen[:: options.every]
    started, found = time.monotonic(), []
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        for number, lost in enumerate(pool.map(run, chosen), 1):
            found.append(lost)
            print(
                f"[{number}/{len(chosen)} {time.monotonic() - started:.0f} s] {lost.tried.name} {dict(lost.by_luck)}",
                flush=True,
            )
    sys.exit(0 if report(found) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
