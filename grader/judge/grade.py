"""`grade`: from a submission, an assignment and settings to a scorecard. Light until there is something to grade."""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.assignment import Assignment, Question
from grader.choosing import choose
from grader.explanations import unless_it_raises
from grader.judge import unparsed
from grader.judge.hidden import Discreet, apart, as_told
from grader.judge.listener import Listener, NoListener
from grader.judge.ready import load, load_light
from grader.judge.teaching import mistakes
from grader.processes import first_look
from grader.provenance import made_with, now
from grader.sandbox import tiers
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict, by_question
from grader.settings import Settings
from grader.submission import Submission, read_submission
from grader.version import __version__

if TYPE_CHECKING:
    from grader.judge.exam import Exam
    from grader.judge.grading import Grading
    from grader.processes.workers import Workers


class _Turn:
    """Whose turn it is in this process."""

    process = os.getpid()
    lock = threading.RLock()


def turn() -> AbstractContextManager[bool]:
    """Within, no other thread grades: pytest, Hypothesis, torch's number of threads and sys.modules are there once.

    A grading within a grading (a suite that is tested by pytest) does not wait for itself.
    """
    if _Turn.process != os.getpid():  # it was forked while a thread graded, which is not there to end its turn
        _Turn.process, _Turn.lock = os.getpid(), threading.RLock()
    return _Turn.lock


def grade(
    submission: Submission | str | Path,
    assignment: Assignment | str | Path | None = None,
    settings: Settings | None = None,
    listener: Listener | None = None,
    workers: Workers | None = None,
    afterwards: Callable[[Grading], None] | None = None,
    exam: Exam | None = None,
    known: Sequence[QuestionResult] = (),
) -> Scorecard:
    """Grade one submission. Raises GraderError where that can't be done; whatever the submission does is a verdict.

        scorecard = grade("hw3.py", "hw3", Settings(only=("SGD",)))
        points = scorecard.score  # of scorecard.max_score

    submission: a path, or what `read_submission` gives. assignment: a name, a folder with an assignment.toml, or what
    `load_assignment` gives; None for the one that fits the submission. `workers` may serve any number of gradings, one
    after the other; without it the grading starts its own. `afterwards` is called with the grading when all is graded,
    and its workers can still be used. `exam` serves gradings of one assignment with the same settings, among them
    `exam`: what was drawn for one of them is not drawn again for the next. known: results of other questions that it
    would have: where the chosen ones need those parts, they are not checked again.

    One process grades one submission at a time: a call from a second thread waits for its turn. To grade several at a
    time, use processes. A listener must not wait for another thread's grading.

    A KeyboardInterrupt (see also grader.machine.interrupts) becomes GradingInterrupted, which has what was graded until
    then.
    """
    if not isinstance(submission, Submission):
        submission = read_submission(Path(submission))
    settings, listener = settings or Settings(), listener or NoListener()
    if not isinstance(assignment, Assignment):
        assignment = choose(submission, None if assignment is None else str(assignment), settings.only).assignment
    if workers is None and (unread := unreadable(submission, assignment, settings)):
        return unread
    load()
    from grader.judge.grading import Grading
    from grader.judge.pytest_run import run_suite

    started = time.monotonic()
    grading = Grading(submission, assignment, settings, workers)
    results = {check.name: check for question in known for check in question.all}
    isolation = "not known"

    def scorecard(interrupted: str) -> Scorecard:
        return replace(
            ungraded(grading.submission, assignment, settings, interrupted, results),
            isolation=isolation,
            warnings=grading.warnings,
            file=grading.reading.places.file,
            choice=grading.reading.choice,
            duration_s=time.monotonic() - started,
        )

    try:
        with turn():
            started = time.monotonic()
            if exam and workers:
                exam.compile(workers)
            with grading:
                isolation = str(grading.isolation)
                grading.executions.keeps = afterwards is not None
                run_suite(grading, Discreet(listener, assignment), results, exam)
                if afterwards:
                    afterwards(grading)
        skipped = [result.message for result in results.values() if result.verdict is Verdict.NOT_GRADED]
        return scorecard(skipped[0] if skipped else "")
    except KeyboardInterrupt as stop:
        raise GradingInterrupted(scorecard(str(stop) or "it was interrupted")) from stop


def unreadable(submission: Submission, assignment: Assignment, settings: Settings) -> Scorecard | None:
    """The scorecard of a submission that Python can't read, found out without torch; None where it may be read."""
    started = time.monotonic()
    look = first_look.first_look(submission, assignment, load_light)
    wanted = [*tiers.Tier][[*tiers.Tier].index(settings.require_isolation) :]
    if look is None or look.problem is None or look.tier not in wanted:
        return None
    results = unparsed.results(look.problem, assignment, assignment.select(settings.only))
    return replace(
        ungraded(submission, assignment, settings, "", results),
        isolation=str(tiers.Isolation(tiers.Tier(look.tier), look.detail)),
        file=submission.sendable_name,
        choice=look.choice,
        duration_s=time.monotonic() - started,
    )


def ungraded(
    submission: Submission,
    assignment: Assignment,
    settings: Settings,
    interrupted: str,
    results: Mapping[str, CheckResult] | None = None,
) -> Scorecard:
    """The scorecard of a grading that was ended with these results; `interrupted` says why, if it was."""
    return Scorecard(
        assignment=assignment.name,
        submission=submission.sendable_name,
        sha256=submission.sha256,
        grader_version=__version__,
        made_with=made_with(assignment),
        date=now(),
        seed=settings.seed,
        effort=settings.effort,
        isolation="not known",
        title=assignment.title,
        questions=_fold(assignment, settings, results or {}, interrupted),
        interrupted=interrupted,
    )


class GradingInterrupted(KeyboardInterrupt):
    """The process was told to stop. `scorecard` counts what was graded; the rest is not graded."""

    def __init__(self, scorecard: Scorecard) -> None:
        super().__init__(scorecard.interrupted)
        self.scorecard = scorecard


def _fold(
    assignment: Assignment, settings: Settings, results: Mapping[str, CheckResult], interrupted: str
) -> tuple[QuestionResult, ...]:
    """Every check that assignment.toml lists, in its order; one that has no result is our own fault, or not graded."""
    names = assignment.select(settings.only)
    listed = [(q, check) for q in map(assignment.question, names) for check in q.points if settings.wants(check)]
    told = [
        (q.name, as_told(assignment, q, results.get(check) or _missing(q, check, interrupted))) for q, check in listed
    ]
    found = []
    for each in by_question(told, names):
        checks, untold = apart(assignment, each.checks)
        found.append(replace(each, checks=checks, untold=untold))
    known = unless_it_raises(lambda: mistakes.read(assignment.folder), ())
    return tuple(unless_it_raises(functools.partial(mistakes.explain, each, known), each) for each in found)


def _missing(question: Question, check: str, interrupted: str) -> CheckResult:
    return CheckResult(
        name=check,
        title=check,
        verdict=Verdict.NOT_GRADED if interrupted else Verdict.BROKEN,
        max_score=question.points[check],
        message=interrupted or "the suite did not run this check",
        visibility=question.visibility.get(check, "visible"),
    )
