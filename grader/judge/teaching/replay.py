"""A failing example once more in a fresh worker: whether it fails by itself, or only after another one.

The examples of a check share a worker. Where a submission keeps something from one to the next (a table of weights, a
gradient that adds up), the smallest example that failed may be right when it is pasted alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from grader.scorecard import CheckEnded
from grader.suite.checks import place_of
from grader.suite.expect import CheckFailed
from grader.suite.handles import RemoteSubmission, Session, StudentError
from grader.suite.strategies import rewind

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failing example in a session that has run nothing else, or one other example before it."""

    session: Session
    error: CheckFailed | StudentError


def reproduce(
    test: Callable[..., object],
    fresh: Callable[[], AbstractContextManager[RemoteSubmission]],
    examples: Sequence[Arguments],
    place: object,
) -> Failure | None:
    """The last of the examples, failing at that place of the check in a fresh worker: alone, or else after one other.

    test: runs one example. fresh: a worker that has executed the submission and run no example. Raises whatever `test`
    raises where the arguments can't be used a second time, as those of `st.data()`.
    """
    if not examples:
        return None
    *others, last = examples
    try:
        with fresh() as submission:
            if failure := _failure(test, submission, last, place):
                return failure
            before = next((other for other in reversed(others) if _spoils(test, submission, other, last, place)), None)
        if before is None:
            return None
        with fresh() as submission:
            submission._session.is_one_story = True
            _failure(test, submission, before, place)
            return _failure(test, submission, last, place)
    except CheckEnded:
        return None


def _spoils(
    test: Callable[..., object], submission: RemoteSubmission, other: Arguments, last: Arguments, place: object
) -> bool:
    """Whether the last example fails after the other one."""
    _failure(test, submission, other, place)
    return _failure(test, submission, last, place) is not None


def _failure(
    test: Callable[..., object], submission: RemoteSubmission, example: Arguments, place: object
) -> Failure | None:
    rewind(example.values())
    try:
        test(**{**example, "submission": submission})
    except (CheckFailed, StudentError) as error:
        if place_of(error) == place:
            return Failure(session=submission._session, error=error)
    return None
