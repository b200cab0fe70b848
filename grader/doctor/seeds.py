"""Whether luck decides what a submission loses: each check, with many seeds.

A check is lost where the silent run of it does not pass. Each seed is an exam that all submissions sit: it draws what
`gradebook run --seed N` draws. Trainings are left out: each takes as long as a grading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.doctor.functions import Check, checks_in, items_of, question_of
from grader.doctor.processes import Bench, submission_of
from grader.judge.attempt import OWN
from grader.judge.examples import configure_examples, same_examples_anywhere
from grader.judge.grading import Grading, draw_seed, worker_seed
from grader.judge.sitting import Sitting
from grader.scorecard import CheckEnded
from grader.settings import Effort, Settings
from grader.suite.hypothesis_insides import has_examples


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedTrial:
    """One submission, the questions that are checked, with how many seeds, and how many examples are drawn."""

    name: str
    source: str
    questions: tuple[str, ...]  # none: the parts that differ from the reference's
    seeds: int
    effort: Effort
    suffix: str = ".py"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResult:
    """With how many of the seeds each check of a submission was lost; those that never were are left out."""

    trial: SeedTrial
    checks: Counter[str]

    @property
    def by_luck(self) -> dict[str, int]:
        """The checks that some seeds lose and others don't."""
        return {name: count for name, count in self.checks.items() if count < self.trial.seeds}


_suites: dict[object, Sequence[Check]] = {}  # of this process, by folder


def run_seeds(bench: Bench, trial: SeedTrial) -> SeedResult:
    """Check with each seed, in such workers as the gradings of a class have."""
    assignment, lost = bench.assignment, Counter[str]()
    if assignment.folder not in _suites:
        _suites[assignment.folder] = [*checks_in(assignment)]
    asked = trial.questions or [
        name for name in bench.differing(trial.source, trial.suffix) if not assignment.question(name).background
    ]
    checks = [check for check in _suites[assignment.folder] if question_of(check) in asked]
    with (
        same_examples_anywhere(),
        submission_of(assignment, trial.source, trial.suffix) as submission,
        Grading(submission, assignment, Settings(effort=trial.effort, exam=True), bench.workers) as grading,
    ):
        for check in checks:
            lost[check.__name__] = sum(is_lost(bench, grading, check, seed) for seed in range(trial.seeds))
        for check in checks:  # what is seen to be banned at whatever time costs all of the question
            if grading.plan_of(question_of(check)).forbidden:
                lost[check.__name__] = trial.seeds
    return SeedResult(trial=trial, checks=+lost)


def is_lost(bench: Bench, grading: Grading, check: Check, seed: int) -> bool:
    """Whether an item of the check does not pass with that seed."""
    configure_examples(check, check.__name__, draw_seed(seed), grading.settings.effort.examples)
    sitting = Sitting(bench.exam(replace(grading.settings, seed=seed)))
    return any(_is_item_lost(sitting, grading, check, seed, arguments) for arguments in items_of(check))


def _is_item_lost(sitting: Sitting, grading: Grading, check: Check, seed: int, arguments: Mapping[str, Any]) -> bool:
    item = f"{check.__module__}.{check.__name__} {arguments}"
    try:
        with grading.check(question_of(check), OWN, silent=True) as conversation:
            conversation.session.seed = worker_seed(seed)
            if not (has_examples(check) and sitting.asks(item, conversation)):
                check(submission=conversation.submission, **arguments)
    except (
        CheckEnded,
        Exception,
    ):  # what does not pass is a CheckEnded, too; a check that is broken is passed by nobody
        grading.executions.end()  # a worker that checks share may still be answering the one that was lost
        return True
    sitting.has_passed(item)
    return False
