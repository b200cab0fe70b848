"""`nox -s slices`: grade every mutant and variant by its slices, and with the whole file executed for each check.

The slice saves time and must never change a score. For the parts, the file's trainings have no epochs and 500
images: a whole file that trains takes half a minute, and there are dozens of checks. `--train` compares the questions
that train, too, with one epoch each: they lose points for their errors then, in both ways, and gain them for what the
models are.
"""

from __future__ import annotations

import argparse
import ast
import concurrent.futures
import contextlib
import dataclasses
import functools
import multiprocessing
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from unittest import mock

from grader.assignment import Assignment, find_assignment, load_assignment
from grader.boundary.messages import Inspected
from grader.doctor.cases import Case
from grader.judge import grading, plans
from grader.judge.exam import Exam
from grader.judge.grade import grade
from grader.judge.plans import Reading
from grader.processes.workers import Workers, open_workers
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta.measures.homework import EPOCHS, PROCESSES, cases, without_epochs

# `eval_linear_model` returns `model`, which a later cell binds to another network: right where it stands in the
# notebook, wrong at the end of the file. So the whole file may lose what its slice does not.
REBOUND = ("form-handout",)
FEW_IMAGES: Final = re.compile(r"\bmnist_(?:train|test)\.(?:data|targets)\b")
Scores = Mapping[str, float]  # by check
KEPT = contextlib.ExitStack()  # until this process ends


def whole_plans(inspected: Inspected, assignment: Assignment, file: str) -> Reading:
    """Plans that execute each statement of the file for every question."""
    reading = plans.read_plans(inspected, assignment, file)
    if not reading.source:
        return reading
    every = tuple(range(len(ast.parse(reading.source).body)))
    whole = {name: dataclasses.replace(plan, indices=every, certain=True) for name, plan in reading.plans.items()}
    return dataclasses.replace(reading, plans=whole)


def scores(
    source: str, assignment: Assignment, workers: Workers, only: Sequence[str], read: Callable[..., Reading]
) -> Scores:
    """The score of each check. read: how the plans are made."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(grading, "read_plans", read):
        path = Path(folder) / "hw3.py"
        path.write_bytes(source.encode())
        settings = Settings(effort=Effort.QUICK, only=tuple(only), exam=True, lessons=False)
        scorecard = grade(read_submission(path), assignment, settings, workers=workers, exam=kept_exam())
    return {check.name: check.score for check in scorecard.checks}


def differences(
    source: str, assignment: Assignment, workers: Workers, *, train: bool, rebound: bool = False
) -> Iterator[str]:
    """The checks that have another score when the whole file is executed; see REBOUND."""
    training = [question.name for question in assignment.questions if question.background]
    parts = [name for name in assignment.names if name not in training]
    one_epoch = EPOCHS.sub("epochs=1", source)
    for only, text in ((parts, with_few_images(without_epochs(source))), *([(training, one_epoch)] if train else [])):
        sliced, whole = (scores(text, assignment, workers, only, read) for read in (plans.read_plans, whole_plans))
        for check in sliced:
            if sliced[check] != whole[check] and not (rebound and sliced[check] > whole[check]):
                yield f"{check}: {sliced[check]:g} by its slice, {whole[check]:g} with the whole file"


def with_few_images(source: str) -> str:
    """The source with the first images of MNIST: all of them take 0.2 s to read and scale."""
    source = source.replace("train=True", "train=False")
    return FEW_IMAGES.sub(r"\g<0>[:500]", source)


def run(case: Case) -> list[str]:
    """Compare one case in a process of the pool."""
    assignment = load_assignment(find_assignment("hw3"))
    # A file that trains in a way of its own trains for each check.
    limits = dataclasses.replace(assignment.limits, part_s=assignment.limits.load_s, grading_s=7200.0)
    assignment = dataclasses.replace(assignment, limits=limits)
    return list(differences(case.source, assignment, kept_workers(), train=case.train, rebound=case.name in REBOUND))


@functools.cache
def kept_workers() -> Workers:
    """One zygote for all cases: it takes seconds to start."""
    return KEPT.enter_context(open_workers(["mnist"]))


@functools.cache
def kept_exam() -> Exam:
    """The same examples for all: what is drawn for one case is not drawn again for the next."""
    return Exam()


def main() -> None:
    """Compare all, or those whose name contains a word of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants and variants whose name contains one of these")
    parser.add_argument("--train", action="store_true", help="compare the questions that train, too")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th of them")
    arguments = parser.parse_args()
    found = [
        case
        for case in cases(load_assignment(find_assignment("hw3")), train=arguments.train)
        if not arguments.words or any(word in case.name for word in arguments.words)
    ][:: arguments.every]
    started, differing = time.monotonic(), 0
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        for number, (case, problems) in enumerate(zip(found, pool.map(run, found), strict=True), 1):
            differing += bool(problems)
            took = f"{time.monotonic() - started:.0f} s"
            print(f"[{number}/{len(found)} {took}] {case.name} {'; '.join(problems)}", flush=True)
    print(f"\n{len(found)} submissions graded in both ways, {differing} of them with another score")
    sys.exit(differing > 0 or not found)


if __name__ == "__main__":
    main()
