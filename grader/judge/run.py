"""The fairness policy: in which order checks are run, and which further attempts a check that fails gets.

1. The parts are checked first, in the order of the homework; what trains in the background comes last.
2. A check that fails on the student's own parts, where a part that its question needs has lost points, is run again
   with a known-good stand-in for that part. If it passes then, the points are kept: error carried forward.
3. A question that trains begins with the stand-ins, and has its own parts as the second chance. It is not graded where
   too few of the parts that it needs are half right (`min_right`): stand-ins alone would do its work. Where nobody
   knows whether its parts are right (`pytest -k`), it has them first.
4. A check that still fails, where statements that its question does not seem to need could change that, is run again
   on the whole file.
5. What is told of a check that never passes is its first failure; with the own parts, if all that it needs is right.
   No stand-in takes the place of a part of which a method is not written: it would be the one who does the homework.
   Where a check does not pass without, what is told is what is missing.
6. At the end the rules are applied: what was seen of banned code, at whatever time, costs all points of its question.

Nothing here knows of pytest, workers or torch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from grader.assignment import Assignment
from grader.judge.attempt import OWN, Attempt
from grader.judge.executions import WHOLE_FILE
from grader.judge.listener import Listener
from grader.scorecard import CheckResult, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCase:
    """A check that is to be run: its name and question."""

    name: str
    question: str


class CheckRunner(Protocol):
    """Runs a check."""

    def run_check(self, case: CheckCase, attempt: Attempt) -> CheckResult:
        """Its result in that attempt. Raises KeyboardInterrupt."""


class Planned(Protocol):
    """What the policy looks at in a question's plan."""

    @property
    def background(self) -> bool:
        """Whether it is executed once, beside the checks of other questions."""

    @property
    def forbidden(self) -> str:
        """What it uses against the rules."""

    @property
    def unwritten(self) -> str:
        """Which of its methods that the homework asks for have no code."""


class Ground(Protocol):
    """The grading, as far as the policy needs it."""

    def plan_of(self, question: str) -> Planned:
        """How that question is graded."""

    def may_differ_as_a_whole(self, question: str) -> bool:
        """Whether a check that failed could pass on the whole file."""

    def start(self, questions: Iterable[str]) -> None:
        """Begin to execute what takes long."""

    def begin(self, question: str, attempt: Attempt) -> None:
        """Execute that attempt beside what comes next."""

    def release(self, question: str, wanted: Collection[Attempt] = ()) -> None:
        """All its checks are done, but for these attempts. WHOLE_FILE: the attempts of all on the whole file."""

    def block(self, question: str, reason: str) -> None:
        """Don't grade that question."""


def in_order(assignment: Assignment, only: Sequence[str]) -> list[str]:
    """The chosen questions (none: all) and those that they need, in the order in which they are checked.

    Whether a needed part is right decides on which attempts a question gets: a question has the same result whatever
    else is asked for. What trains comes last: it takes longest.
    """
    return sorted(assignment.select_with_needs(only), key=lambda name: assignment.question(name).background)


class Policy:
    """The checks of one grading. `results`, by check name, are filled as they come."""

    def __init__(
        self,
        assignment: Assignment,
        ground: Ground,
        runner: CheckRunner,
        listener: Listener,
        results: dict[str, CheckResult],
    ) -> None:
        self.results = results
        self.told: dict[CheckCase, Attempt] = {}  # the attempt that each result comes from
        self._assignment = assignment
        self._ground = ground
        self._runner = runner
        self._listener = listener

    def run_all(self, cases: Sequence[CheckCase]) -> None:
        """Run each check; what is quick does not wait for what is slow."""
        try:
            self._run_all(cases)
        finally:  # an interruption must not leave points that the rules take away
            for case in cases:
                if case.name in self.results:
                    self._tell_what_is_missing(case)
                    self._apply_rules(case)

    def _run_all(self, cases: Sequence[CheckCase]) -> None:
        self._ground.start(dict.fromkeys(case.question for case in cases))
        background = [case for case in cases if self._ground.plan_of(case.question).background]
        for case in cases:
            if case not in background:
                self._try(case, [OWN, *self._with_stand_ins(case.question)])
        for case in background:  # known by now: whether a needed part is wrong
            self._block_without_right_parts(case.question)
            if self._has_wrong_needs(case.question):
                for attempt in self._with_stand_ins(case.question):
                    self._ground.begin(case.question, attempt)
        for at, case in enumerate(background):
            attempts = [OWN, *self._with_stand_ins(case.question)]
            self._try(case, reversed(attempts) if self._has_wrong_needs(case.question) else attempts)
            if all(later.question != case.question for later in background[at + 1 :]):
                self._ground.release(case.question)
        left = [case for case in cases if not self._is_settled(case)]
        for at, case in enumerate(left):
            if self._ground.may_differ_as_a_whole(case.question):
                self._try(case, self._on_the_whole_file(case))
            self._ground.release(WHOLE_FILE, {a for later in left[at + 1 :] for a in self._on_the_whole_file(later)})

    def _try(self, case: CheckCase, attempts: Iterable[Attempt]) -> None:
        """Run the check until an attempt passes. If none does, what is told is the attempt with the own parts."""
        self._listener.started(case.question, case.name)
        for attempt in attempts:
            result = self._runner.run_check(case, attempt)
            if result.verdict in (Verdict.PASSED, Verdict.SKIPPED):
                self._tell(case, replace(result, carried_forward=attempt.stand_ins), attempt)
                break
            if case.name not in self.results or (attempt == OWN and not self._wrong_needs(case.question)):
                self._tell(case, result, attempt)
        self._listener.finished(case.question, self.results[case.name])

    def _tell(self, case: CheckCase, result: CheckResult, attempt: Attempt) -> None:
        self.results[case.name] = result
        self.told[case] = attempt

    def _tell_what_is_missing(self, case: CheckCase) -> None:
        """A check that does not pass, and has no stand-in for a part that is not all written, is blocked by that."""
        result = self.results[case.name]
        needs = self._assignment.question(case.question).needs
        missing = {name: why for name in needs if (why := self._ground.plan_of(name).unwritten)}
        if missing and result.verdict in (Verdict.FAILED, Verdict.TIMED_OUT, Verdict.CRASHED):
            told = [f"{case.question} needs {name}. {why}" for name, why in missing.items()]
            is_hidden = case.name in self._assignment.question(case.question).hidden  # of which nothing is told
            message = "\n".join([*told, *([] if is_hidden else [result.message])])
            result = replace(result, verdict=Verdict.BLOCKED, message=message, hint="", diagnosis="", snippet="")
            self.results[case.name] = result
            self._listener.finished(case.question, result)

    def _apply_rules(self, case: CheckCase) -> None:
        """What was found forbidden in one check of a question costs the checks that had passed before, too."""
        result = self.results[case.name]
        if result.verdict is Verdict.PASSED and (reason := self._ground.plan_of(case.question).forbidden):
            result = replace(result, verdict=Verdict.FORBIDDEN, message=reason, carried_forward=())
            self.results[case.name] = result
            self._listener.finished(case.question, result)

    def _is_settled(self, case: CheckCase) -> bool:
        return case.name in self.results and self.results[case.name].verdict in (Verdict.PASSED, Verdict.SKIPPED)

    # --- error carried forward ---------------------------------------------------------------------------------------

    def _on_the_whole_file(self, case: CheckCase) -> list[Attempt]:
        stand_ins = [replace(attempt, whole=True) for attempt in self._with_stand_ins(case.question)]
        return [Attempt(whole=True), *stand_ins]

    def _with_stand_ins(self, question: str) -> list[Attempt]:
        """The attempt with known-good parts in place of the wrong ones, if there is one to make."""
        wrong = self._wrong_needs(question)
        return [Attempt(stand_ins=wrong)] if wrong and self._assignment.stand_ins else []

    def _wrong_needs(self, question: str) -> tuple[str, ...]:
        """The needed parts that have lost points, or were not graded, and may be replaced."""
        needs = self._assignment.question(question).needs
        lost = [name for name in needs if self._score(name) < self._max_score(name)]
        return tuple(name for name in lost if not self._ground.plan_of(name).unwritten)

    def _has_wrong_needs(self, question: str) -> bool:
        """Whether one of them is known to have lost points."""
        return any(map(self._was_graded, self._wrong_needs(question)))

    def _block_without_right_parts(self, question: str) -> None:
        """Stand-ins alone would do the work of a question whose needed parts are all hardly worth anything.

        Less than half of its points does not count: a function that only returns zeros passes some checks.
        """
        asked = self._assignment.question(question)
        right = sum(self._is_half_right(name) or not self._was_graded(name) for name in asked.needs)
        if right < asked.min_right:
            needed = ", ".join(asked.needs)
            reason = f"none of the parts it needs ({needed}) has earned half its points: mend them first"
            self._ground.block(question, reason)

    def _is_half_right(self, question: str) -> bool:
        """Of the points that are known: a broken check is no fault of the student's."""
        return 2 * self._score(question) >= self._known(question)

    def _was_graded(self, question: str) -> bool:
        return any(check in self.results for check in self._assignment.question(question).points)

    def _score(self, question: str) -> float:
        return sum(self.results[check].score for check in self._counted(question) if check in self.results)

    def _max_score(self, question: str) -> float:
        """Without what the suite itself has left out."""
        asked = self._assignment.question(question)
        return sum(asked.points[check] for check in self._counted(question) if self._verdict(check) != Verdict.SKIPPED)

    def _known(self, question: str) -> float:
        broken = (self.results[c] for c in self._counted(question) if self._verdict(c) is Verdict.BROKEN)
        return self._max_score(question) - sum(result.max_score for result in broken)

    def _counted(self, question: str) -> list[str]:
        """Its checks without those for a bonus: whether a part is right does not depend on what nobody has to do."""
        asked = self._assignment.question(question)
        return [check for check in asked.points if check not in asked.bonus]

    def _verdict(self, check: str) -> Verdict | None:
        return self.results[check].verdict if check in self.results else None
