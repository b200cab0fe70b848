"""What ended a check, as its result: verdict, message, and what the check has shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from grader.assignment import Question
from grader.boundary.places import Places
from grader.explanations import unless_it_raises
from grader.judge.excerpts import excerpt_of
from grader.judge.grading import Conversation
from grader.judge.plans import Plan, Reading
from grader.judge.suite_errors import own_frame
from grader.judge.teaching.lesson import FailedCheck, Lesson, learn
from grader.scorecard import CheckEnded, CheckResult, Verdict
from grader.suite.checks import CheckInfo
from grader.suite.failures import CheckFailed, StudentError
from grader.suite.handles import attachments_of
from grader.suite.rendering import render

MAX_ARGUMENT: Final = 120  # characters of an example's argument
MAX_MESSAGE: Final = 4000  # characters of what ended a check, with the student's own text in it
_NO_MODULE: Final = "ModuleNotFoundError: "


class NotStarted(Exception):
    """Carries a CheckEnded out of the fixture: pytest expects an Exception from there."""

    def __init__(self, ended: CheckEnded) -> None:
        super().__init__(ended.message)
        self.ended = ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one run of a check went."""

    error: BaseException | None  # what ended it
    duration_s: float
    conversation: Conversation | None  # None: there was none to begin with
    untrained: str = ""  # which statement of those that train has raised
    suite: Sequence[Path] = ()  # the folders of the checks
    given: Mapping[str, object] = field(default_factory=dict)  # the arguments of the example, and of parametrize


def result_of(
    name: str, info: CheckInfo, question: Question, plan: Plan, reading: Reading, course: Course
) -> CheckResult:
    """The result of that run. plan: as it is now, after it."""
    places = reading.places
    verdict, message = verdict_of(course.error, places)
    if verdict is Verdict.BROKEN and course.error is not None:
        message = f"{message} ({_where(course.error, course.suite)}){_example_told(course.given)}"
    message = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]} [...]"
    if plan.forbidden and verdict not in (Verdict.BLOCKED, Verdict.BROKEN, Verdict.NOT_GRADED):
        verdict, message = Verdict.FORBIDDEN, plan.forbidden
    cause = cause_of(course.error, message, places) if verdict is Verdict.FAILED else ""
    explains_itself = bool(course.untrained) or _is_foreign(course.error) or cause.startswith(_NO_MODULE)
    if course.untrained and verdict is Verdict.FAILED:
        message = f"{course.untrained}, so the model was not trained\n{message}"
    raised_at = line_of(course.error)
    result = CheckResult(
        name=name,
        title=question.titled(info.title),
        verdict=verdict,
        max_score=question.points[name],
        message=message,
        hint=info.hint if verdict is Verdict.FAILED and not explains_itself else "",
        cause=cause,
        duration_s=course.duration_s,
        line=places.line_in_file(raised_at or plan.line),
        excerpt=unless_it_raises(lambda: excerpt_of(reading, verdict, message, raised_at, plan.line), None),
        visibility=question.visibility.get(name, "visible"),
    )
    return result if course.conversation is None else _with_what_it_showed(result, course.conversation)


def _with_what_it_showed(result: CheckResult, conversation: Conversation) -> CheckResult:
    session, attached = conversation.session, attachments_of(conversation.submission)
    return replace(
        result,
        notes=tuple(attached.notes),
        examples=session.examples.count,
        output=session.output(),
        figures=tuple(attached.figures.values()),
        measurements=tuple(attached.measurements.values()),
    )


def with_lesson(result: CheckResult, failed: FailedCheck, error: BaseException | None) -> CheckResult:
    """The result of a check that failed, with what there is to be learnt from it."""
    lesson = unless_it_raises(lambda: learn(failed, error), Lesson())
    return replace(result, snippet=lesson.snippet, diagnosis=lesson.diagnosis)


def verdict_of(error: BaseException | None, places: Places) -> tuple[Verdict, str]:
    """The verdict and message for what ended a check."""
    match error:
        case None:
            return Verdict.PASSED, ""
        case NotStarted():
            return error.ended.verdict, error.ended.message
        case CheckEnded():
            return error.verdict, error.message
        case StudentError():
            verdict = Verdict.CRASHED if error.limit else Verdict.FAILED
            return verdict, describe_student_error(error, places)
        case CheckFailed():
            return Verdict.FAILED, str(error)
        case BaseExceptionGroup():  # Hypothesis: the example failed once and passed when it was tried again
            for inner in error.exceptions:
                verdict, message = verdict_of(inner, places)
                if verdict is Verdict.FAILED:
                    return verdict, f"{message} (not at every try: the result depends on earlier calls)"
            return verdict_of(error.exceptions[0], places)
        case pytest.fail.Exception():
            return Verdict.FAILED, error.msg or "the check fails it"
        case AssertionError():  # a plain assert in an instructor's own check
            return Verdict.FAILED, next(iter(str(error).splitlines()), "") or "an assertion of the check does not hold"
        case _:
            return Verdict.BROKEN, f"{type(error).__name__}: {error}"


def _where(error: BaseException, suite: Sequence[Path]) -> str:
    """The author's own line."""
    frame = own_frame(error, suite)
    return f"{Path(frame.filename).name}, line {frame.lineno}, in {frame.name}: {frame.line}" if frame else "no line"


def _example_told(given: Mapping[str, object]) -> str:
    """The arguments of the example, as far as they can be told."""
    told = [f"{name} = {unless_it_raises(partial(_short, value), '...')}" for name, value in given.items()]
    return f"; the example: {', '.join(told)}" if told else ""


def _short(value: object) -> str:
    text = render(value)
    return text if len(text) <= MAX_ARGUMENT else f"{text[:MAX_ARGUMENT]}..."


def _is_foreign(error: BaseException | None) -> bool:
    """Whether the student's code raised what no expectation is about: a hint about something else would mislead."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(_is_foreign, error.exceptions))
    return isinstance(error, StudentError) and error.claim is None


def cause_of(error: BaseException | None, message: str, places: Places) -> str:
    """What was raised and where, without what differs from check to check; nothing where it was something else."""
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, (cause_of(inner, message, places) for inner in error.exceptions)), "")
    _, is_missing, text = message.split("\n")[0].partition(f" raised {_NO_MODULE}")
    if is_missing:
        return f"{_NO_MODULE}{text}"
    if not isinstance(error, StudentError) or error.claim is not None or not error.frames:
        return ""
    last = error.frames[-1]
    where = f"{places.at(last.line)}{f', in {last.function}' if last.function else ''}"
    return f"{error.type_name} at {where}: {last.code}"


def line_of(error: BaseException | None) -> int:
    """The line of the submission that raised, or 0."""
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(line_of, error.exceptions)), 0)
    return error.frames[-1].line if isinstance(error, StudentError) and error.frames else 0


def describe_student_error(error: StudentError, places: Places) -> str:
    """Call, exception, and the student's own lines that led to it."""
    lines = [f"{error.call} raised {error.type_name}" + (f": {error.text}" if error.text else "")]
    lines[0] += f" (the limit {error.limit})" if error.limit else ""
    lines += [f"  {places.at(f.line)}{f', in {f.function}' if f.function else ''}: {f.code}" for f in error.frames]
    return "\n".join(lines)
