"""A submission graded again and again as it is worked on: what a change can't alter is not graded anew.

torch, the suite and the workers' zygote stay, and what was drawn for a check: it asks the same each time (see
grader.judge.exam), so that an answer takes as long as the submission does.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from grader.assignment import Assignment
from grader.judge.exam import Exam
from grader.judge.grade import grade, turn
from grader.judge.grading import read
from grader.judge.listener import Listener
from grader.judge.plans import Reading
from grader.processes.workers import Workers
from grader.scorecard import QuestionResult, Scorecard, Verdict
from grader.settings import Settings
from grader.submission import Submission, with_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A question's result, and of which code it is."""

    code: Hashable
    result: QuestionResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Regraded:
    """A scorecard, and the questions that were graded for it; the others are as they were."""

    scorecard: Scorecard
    graded: tuple[str, ...]
    unread: str = ""  # why nothing of it could be graded; what is known of the code before stays known


class Regrader:
    """Grades a submission as it is now, for one assignment and with one set of settings but `only`."""

    def __init__(self, assignment: Assignment, settings: Settings, workers: Workers) -> None:
        self.assignment = assignment
        self._settings, self._workers = replace(settings, exam=True), workers
        self._exam = Exam()
        self._kept: dict[str, Kept] = {}
        self._last: Scorecard | None = None

    def grade(self, submission: Submission, listener: Listener, only: tuple[str, ...] | None = None) -> Regraded:
        """Grade what has changed since the last time. only: the questions that are asked for, if not the settings'.

        Raises GraderError and GradingInterrupted, as `grade` does; what is kept stays as it was.
        """
        settings = self._settings if only is None else replace(self._settings, only=only)
        wanted = self.assignment.select(settings.only)
        with turn():
            self._workers.prepare(self.assignment.rules, self.assignment.limits)
            reading = read(with_files(submission, self.assignment.files_beside), self.assignment, self._workers)
        if not reading.source and self._last is not None:
            return Regraded(scorecard=self._last, graded=(), unread=reading.plans[wanted[0]].blocked)
        changed = tuple(name for name in wanted if not self._is_kept(name, reading))
        if changed or self._last is None:
            settings = replace(settings, only=changed)
            known = [k.result for name, k in self._kept.items() if name not in changed and self._is_kept(name, reading)]
            self._last = grade(
                submission, self.assignment, settings, listener, self._workers, exam=self._exam, known=known
            )
            if not reading.source:
                return Regraded(scorecard=self._last, graded=wanted, unread=reading.plans[wanted[0]].blocked)
            for result in self._last.questions:
                if not any(check.verdict in (Verdict.BROKEN, Verdict.NOT_GRADED) for check in result.checks):
                    self._kept[result.name] = Kept(code=_code(result, reading), result=result)
        new = {result.name: result for result in self._last.questions}
        questions = tuple(new[name] if name in changed else self._kept[name].result for name in wanted)
        scorecard = replace(
            self._last,
            submission=submission.sendable_name,
            sha256=submission.sha256,
            questions=questions,
            duration_s=self._last.duration_s if changed else 0.0,
        )
        return Regraded(scorecard=scorecard, graded=changed)

    def _is_kept(self, name: str, reading: Reading) -> bool:
        kept = self._kept.get(name)
        return kept is not None and kept.code == _code(kept.result, reading)


def _code(result: QuestionResult, reading: Reading) -> Hashable:
    """What of a submission the result is about: while this stays the same, it would be graded the same.

    Full marks are about the statements that were executed, wherever they stand. What lost points tells lines, too, and
    where statements were left out that could matter, it was tried with all of them.
    """
    plan = reading.plans[result.name]
    files = frozenset(reading.beside.items())
    if result.score == result.max_score:
        return plan.code or plan, plan.blocked, plan.forbidden, files
    around = frozenset(reading.siblings.items())
    if not plan.certain or not plan.code:
        return reading.source, plan, around, files
    lines = tuple(tuple(span) for span in reading.lines.own.get(result.name, ()))
    return plan, lines, around, files
