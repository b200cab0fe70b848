"""What is told of a hidden check: title and points, as far as the assignment allows; never what it found, nor how.

It is taken out before anything is reported or listened to, so that no report has it to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from grader.assignment import Assignment, Question
from grader.judge.listener import Listener
from grader.scorecard import CheckResult, Verdict

MESSAGE: Final = "this check is hidden: what it found is not shown"
TITLE: Final = "A hidden check"
Results = tuple[CheckResult, ...]
# What is said of a question as a whole, whatever a check looks at.
_OF_THE_QUESTION: Final = (Verdict.BLOCKED, Verdict.FORBIDDEN, Verdict.NOT_GRADED)


def as_told(assignment: Assignment, question: Question, result: CheckResult) -> CheckResult:
    """The result as reports may have it: bonus and hidden checks are marked, and the latter tell nothing more."""
    result = replace(result, is_bonus=result.name in question.bonus)
    if result.name not in question.hidden or result.is_hidden:
        return result
    tells_points = "points" in assignment.tell_of_hidden
    message = result.message if result.verdict in _OF_THE_QUESTION else MESSAGE
    name, title = name_told(assignment, question, result.name), result.title
    return CheckResult(
        name=name,
        title=title if "title" in assignment.tell_of_hidden else TITLE,
        verdict=result.verdict,
        max_score=result.max_score,
        message="" if result.verdict is Verdict.PASSED else message,
        carried_forward=result.carried_forward,
        examples=result.examples,
        duration_s=result.duration_s,
        visibility=question.visibility.get(result.name, "visible" if tells_points else "hidden"),
        is_bonus=result.is_bonus,
        is_hidden=True,
    )


def name_told(assignment: Assignment, question: Question, check: str) -> str:
    """The check's name, or a number in its place."""
    if check not in question.hidden or "title" in assignment.tell_of_hidden:
        return check
    hidden = [name for each in assignment.questions for name in each.points if name in each.hidden]
    return f"hidden_{hidden.index(check) + 1}"


def apart(assignment: Assignment, checks: Sequence[CheckResult]) -> tuple[Results, Results]:
    """Those that are listed, and those that only count: a result is told by its points."""
    tells = "points" in assignment.tell_of_hidden
    listed = tuple(check for check in checks if tells or not check.is_hidden)
    return listed, tuple(check for check in checks if not tells and check.is_hidden)


@dataclass(frozen=True, slots=True)
class Discreet:
    """Passes on to a listener what may be told."""

    listener: Listener
    assignment: Assignment

    def started(self, question: str, check: str) -> None:
        """A check begins."""
        self.listener.started(question, name_told(self.assignment, self.assignment.question(question), check))

    def finished(self, question: str, result: CheckResult) -> None:
        """A check has its result."""
        told = as_told(self.assignment, self.assignment.question(question), result)
        if not told.is_hidden or "points" in self.assignment.tell_of_hidden:
            self.listener.finished(question, told)
