"""What ended a check, as verdict and message."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.scorecard import CheckEnded, Verdict

if TYPE_CHECKING:
    from grader.boundary.places import Places


class NotStarted(Exception):
    """Carries a CheckEnded out of the fixture: pytest expects an Exception from there."""

    def __init__(self, ended: CheckEnded) -> None:
        super().__init__(ended.message)
        self.ended = ended


def verdict_of(error: BaseException | None, places: Places) -> tuple[Verdict, str]:
    """The verdict and message for what ended a check."""
    from grader.suite.failures import CheckFailed, StudentError

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
        case AssertionError():  # a plain assert in an instructor's own check
            return Verdict.FAILED, str(error).splitlines()[0] if str(
                error
            ) else "an assertion of the check does not hold"
        case _:
            place = traceback.extract_tb(error.__traceback__)[-1]
            return Verdict.BROKEN, f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"


def line_of(error: BaseException | None) -> int:
    """The line of the submission that raised, or 0."""
    from grader.suite.failures import StudentError

    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(line_of, error.exceptions)), 0)
    return error.frames[-1].line if isinstance(error, StudentError) and error.frames else 0


def describe_student_error(error: Any, places: Places) -> str:
    """Call, exception, and the student's own lines that led to it."""
    lines = [f"{error.call} raised {error.type_name}" + (f": {error.text}" if error.text else "")]
    lines[0] += f" (the limit {error.limit})" if error.limit else ""
    lines += [f"  {places.at(f.line)}{f', in {f.function}' if f.function else ''}: {f.code}" for f in error.frames]
    return "\n".join(lines)
