"""What a judge of a class does with each submission, and what the judges have in common."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.judge.exam import Exam
    from grader.settings import Settings

UNFIT: Final = "unfit"  # the outcome where the suite can't be run
Config = Mapping[str, Any]
Reply = dict[str, Any]
Answer = Callable[[Mapping[str, Any]], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What all judges of a class have in common: which assignment it is, and how it is graded."""

    assignment: Assignment
    settings: Settings

    @classmethod
    def read(cls, config: Config) -> Judging:
        """It imports no torch: that, and a first worker, are best started together. Raises AssignmentInvalid."""
        from grader.assignment import load_assignment
        from grader.sandbox.tiers import Tier
        from grader.settings import Effort, Settings

        settings = Settings(
            seed=config["seed"],
            exam=True,
            effort=Effort(config["effort"]),
            require_isolation=Tier(config["require_isolation"]),
        )
        assignment = load_assignment(Path(config["folder"]), config["assignment"])
        return cls(assignment=assignment, settings=settings)

    def draw(self) -> Exam:
        """Draw an exam by grading the reference: what all are asked is then there before the first is.

        What trains is left out: it takes long, and asks little.
        """
        from grader.judge.ready import make_ready
        from grader.processes.workers import open_workers

        reference, parts = self.assignment.reference, self._quick()
        if reference is None or not parts:
            make_ready()
            return _empty_exam()
        with open_workers(self.assignment.data) as workers:
            make_ready()
            from grader.judge.grade import grade
            from grader.machine import memory
            from grader.report.formats import html
            from grader.submission import read_submission

            exam = _empty_exam()
            try:
                settings = replace(self.settings, only=parts)
                card = grade(read_submission(reference), self.assignment, settings, workers=workers, exam=exam)
                html.render(card)  # its template is compiled once for all, too
            except Exception:  # it only saves time; what is the matter, the first submission tells
                traceback.print_exc()
        memory.give_back()
        return exam

    def _quick(self) -> tuple[str, ...]:
        """The questions for which nothing trains, nor for what they need."""
        trains = {question.name for question in self.assignment.questions if question.background}
        names = self.assignment.names
        return tuple(name for name in names if trains.isdisjoint(self.assignment.select_with_needs([name])))

    def start(self, exam: Exam | None = None) -> Answer:
        """Starts the workers: what fails here is no student's fault. exam: that was drawn, if there is one."""
        from grader.judge.ready import make_ready
        from grader.processes.workers import open_workers

        opened = open_workers(self.assignment.data)  # closed by nobody: they end with this process
        workers = opened.__enter__()
        make_ready()
        from grader.judge import grading

        grading.require(self.settings.require_isolation, workers.isolation)
        shared = _empty_exam() if exam is None else exam

        def answer(task: Mapping[str, Any]) -> Reply:
            from grader.errors import AssignmentInvalid, GraderError, WorkerStartFailed
            from grader.judge.grade import grade
            from grader.machine import memory
            from grader.report.formats import html
            from grader.report.formats import json as as_json
            from grader.submission import read_submission

            assert opened
            try:
                submission = read_submission(Path(task["path"]), task["entry"])
                card = grade(submission, self.assignment, self.settings, workers=workers, exam=shared)
            except WorkerStartFailed:
                raise
            except AssignmentInvalid as error:  # nobody's work is to blame
                return {"outcome": UNFIT, "reason": str(error)}
            except GraderError as error:
                return {"outcome": "unreadable", "reason": str(error).replace(task["path"], Path(task["path"]).name)}
            reply = {"outcome": "graded", "reason": "", "card": as_json.as_dict(card), "page": html.render(card)}
            memory.give_back()
            return reply

        return answer


def _empty_exam() -> Exam:
    from grader.judge.exam import Exam

    return Exam()
