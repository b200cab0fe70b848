"""Gradings in several processes: each keeps its workers, and knows what it has graded before."""

from __future__ import annotations

import ast
import concurrent.futures
import contextlib
import functools
import multiprocessing
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from grader.assignment import Assignment
from grader.doctor.cases import Case, Outcome, outcome_of
from grader.judge.exam import Exam
from grader.judge.grade import grade
from grader.judge.grading import read
from grader.judge.plans import Reading
from grader.judge.ready import make_ready
from grader.processes.workers import Workers, open_workers
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from grader.settings import Effort, Settings
from grader.submission import Submission, read_submission

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One submission, graded as a student's is."""

    name: str
    source: str
    settings: Settings
    suffix: str = ".py"


class Bench:
    """What one process grades with. `reference` is what cases are compared with."""

    def __init__(self, assignment: Assignment, reference: str, workers: Workers) -> None:
        self.assignment = assignment
        self.workers = workers
        self._source = reference
        self._reference = self.texts(reference, ".py")
        self._exams: dict[Settings, Exam] = {}
        self._seen: dict[object, Sequence[CheckResult]] = {}
        self._known: dict[Effort, tuple[QuestionResult, ...]] = {}  # of the reference's parts

    def read(self, source: str, suffix: str = ".py") -> Reading:
        """What that source says."""
        self.workers.prepare(self.assignment.rules, self.assignment.limits)
        with submission_of(self.assignment, source, suffix) as submission:
            return read(submission, self.assignment, self.workers)

    def grade(self, trial: Trial, known: Sequence[QuestionResult] = ()) -> Scorecard:
        """Its scorecard. known: see `grader.judge.grade.grade`."""
        exam = self.exam(trial.settings) if trial.settings.exam else None
        with submission_of(self.assignment, trial.source, trial.suffix) as submission:
            return grade(submission, self.assignment, trial.settings, workers=self.workers, exam=exam, known=known)

    def exam(self, settings: Settings) -> Exam:
        """The one that all submissions sit that have these settings, whatever they are graded on."""
        return self._exams.setdefault(replace(settings, only=()), Exam())

    def texts(self, source: str, suffix: str = ".py") -> dict[str, str]:
        """The statements of each question, as text; see `texts_of`."""
        return texts_of(self.read(source, suffix), self.assignment)

    def differing(self, source: str, suffix: str = ".py") -> list[str]:
        """The questions whose statements are not the reference's, to the letter: the others need not be graded."""
        texts = self.texts(source, suffix)
        return [name for name in self.assignment.names if self._is_other(texts, name)]

    def _is_other(self, texts: Mapping[str, str], name: str) -> bool:
        return not texts[name] or texts[name] != self._reference[name]

    def run(self, case: Case) -> Outcome:
        """Grade what can differ from the reference: the parts first, then the trainings that were not seen yet.

        What would be executed a second time, to the letter, is not graded a second time: a question whose statements
        are the reference's, and a training in which the wrong part is replaced by its stand-in.
        """
        reading = self.read(case.source, case.suffix)
        texts = texts_of(reading, self.assignment)
        differing = [name for name in self.assignment.names if self._is_other(texts, name)]
        trained = [name for name in differing if self.assignment.question(name).background]
        parts = [name for name in differing if name not in trained]
        results = self._grade(case, parts, differing)
        wrong = {name for name, checks in results.items() if any(c.verdict is not Verdict.PASSED for c in checks)}
        keys = {name: self._key(name, case, reading, wrong) for name in trained if case.train}
        if unseen := [name for name, key in keys.items() if key not in self._seen]:
            results = self._grade(case, [*parts, *unseen], differing)
            self._seen.update({keys[name]: results[name] for name in unseen if wrong & set(self._needs(name))})
        results.update({name: self._seen[key] for name, key in keys.items() if key in self._seen})
        return outcome_of(case, results, self.assignment)

    def _needs(self, question: str) -> tuple[str, ...]:
        return self.assignment.question(question).needs

    def _key(self, question: str, case: Case, reading: Reading, wrong: set[str]) -> object:
        """What is executed for a question whose wrong needed parts are replaced: their definitions are not."""
        replaced = wrong & set(self._needs(question))
        if not replaced or not reading.source:
            return (question, case.name)
        body = ast.parse(reading.source).body
        nodes = [body[i] for i in reading.plans[question].indices]
        executed = [node for node in nodes if getattr(node, "name", None) not in replaced]
        return (question, frozenset(replaced), "\n".join(map(ast.unparse, executed)))

    def _grade(self, case: Case, only: Sequence[str], differing: Sequence[str]) -> dict[str, Sequence[CheckResult]]:
        if not only:
            return {}
        settings = Settings(effort=case.effort, only=tuple(only), exam=True, lessons=case.lessons)
        trial = Trial(name=case.name, source=case.source, settings=settings, suffix=case.suffix)
        needed = {*self.assignment.select_with_needs(only)} - {*differing}
        known = self._of_reference(settings) if needed else ()
        card = self.grade(trial, [result for result in known if result.name in needed])
        return {question.name: question.checks for question in card.questions}

    def _of_reference(self, settings: Settings) -> tuple[QuestionResult, ...]:
        """The results of its parts: what a question needs that is the reference's has them, too."""
        if settings.effort not in self._known:
            parts = tuple(question.name for question in self.assignment.questions if not question.background)
            trial = Trial(name="reference", source=self._source, settings=replace(settings, only=parts))
            self._known[settings.effort] = self.grade(trial).questions
        return self._known[settings.effort]


@contextlib.contextmanager
def submission_of(assignment: Assignment, source: str, suffix: str) -> Iterator[Submission]:
    """A submission of that text, under the assignment's name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{assignment.name}{suffix}"
        path.write_bytes(source.encode())
        yield read_submission(path)


def texts_of(reading: Reading, assignment: Assignment) -> dict[str, str]:
    """The statements of each question, as text; nothing where it is not certain that these are all.

    Of a training they are taken as they are: where it passes, as the reference's does, nothing else is executed.
    """
    body = ast.parse(reading.source).body if reading.source else []
    texts = {}
    for question in assignment.questions:
        plan = reading.plans[question.name]
        text = "\n".join(ast.unparse(body[i]) for i in plan.indices)
        texts[question.name] = text if plan.certain or question.background else ""
    return texts


class Processes:
    """A pool of processes, each with a bench of its own; a context manager."""

    def __init__(self, assignment: Assignment, reference: str, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = concurrent.futures.ProcessPoolExecutor(
            count, mp_context=context, initializer=_remember, initargs=(assignment, reference)
        )

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def each(self, task: Callable[[Bench, J], R], jobs: Iterable[J]) -> Iterator[R]:
        """What the task gives for each of the jobs, in their order. task: a function of a module."""
        return self._pool.map(functools.partial(_at_bench, task), jobs)


_remembered: list[tuple[Assignment, str]] = []  # of this process
_kept = contextlib.ExitStack()  # until it ends
_benches: list[Bench] = []


def _remember(assignment: Assignment, reference: str) -> None:
    _remembered.append((assignment, reference))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """What is killed can't tell its pool, which would wait for the next job for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _at_bench(task: Callable[[Bench, J], R], job: J) -> R:
    if not _benches:
        assignment, reference = _remembered[0]
        workers = _kept.enter_context(open_workers(assignment.data))
        make_ready()
        _benches.append(Bench(assignment, reference, workers))
    return task(_benches[0], job)


def run_case(bench: Bench, case: Case) -> Outcome:
    """Grade a case in a process of the pool."""
    return bench.run(case)


def run_trial(bench: Bench, trial: Trial) -> Scorecard:
    """Grade a submission in a process of the pool."""
    return bench.grade(trial)


def needed_statements(bench: Bench, source: str) -> dict[str, tuple[int, ...]]:
    """The statements that each question needs, by their indices: see `grader.doctor.made.owners_of`."""
    plans = bench.read(source).plans
    return {name: plans[name].indices for name in bench.assignment.names}


def differing_questions(bench: Bench, source: str) -> list[str]:
    """The questions whose statements are not the reference's."""
    return bench.differing(source)
