"""A failing example once more in a fresh worker: whether it fails by itself, or only after another one.

The examples of a check share a worker. Where a submission keeps something from one to the next (a table of weights, a
gradient that adds up), the smallest example that failed may be right when it is pasted alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from grader.judge.grading import Conversation
from grader.judge.session import ToldSession
from grader.judge.teaching.causes import place_of
from grader.judge.transcript import Transcript
from grader.scorecard import CheckEnded
from grader.suite.failures import CheckFailed, StudentError

Arguments = Mapping[str, Any]
OTHER_SEEDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failing example in a worker that has run nothing else, or one other example before it."""

    transcript: Transcript
    error: CheckFailed | StudentError


def reproduce(
    test: Callable[..., object],
    fresh: Callable[[], AbstractContextManager[Conversation]],
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
        with fresh() as conversation:
            if failure := _failure(test, conversation, last, place):
                return failure
            spoiling = (other for other in reversed(others) if _spoils(test, conversation, other, last, place))
            before = next(spoiling, None)
        if before is None:
            return None
        with fresh() as conversation:
            transcript_of(conversation).is_one_story = True
            _failure(test, conversation, before, place)
            return _failure(test, conversation, last, place)
    except CheckEnded:
        return None


def needs_seed(
    test: Callable[..., object],
    fresh: Callable[[], AbstractContextManager[Conversation]],
    examples: Sequence[Arguments],
    failure: Failure,
) -> bool:
    """Whether the last example fails with other words, numbers included, where the submission draws other numbers."""
    if not examples:
        return True
    try:
        with fresh() as conversation:
            for _ in range(OTHER_SEEDS):
                conversation.session.seed += 1
                again = _failure(test, conversation, examples[-1], place_of(failure.error))
                if again is None or str(again.error) != str(failure.error):
                    return True
    except CheckEnded:
        return True
    return False


def _spoils(
    test: Callable[..., object], conversation: Conversation, other: Arguments, last: Arguments, place: object
) -> bool:
    """Whether the last example fails after the other one."""
    _failure(test, conversation, other, place)
    return _failure(test, conversation, last, place) is not None


def _failure(
    test: Callable[..., object], conversation: Conversation, example: Arguments, place: object
) -> Failure | None:
    try:
        test(**{**example, "submission": conversation.submission})
    except (CheckFailed, StudentError) as error:
        if place_of(error) == place:
            return Failure(transcript=transcript_of(conversation), error=error)
    return None


def transcript_of(conversation: Conversation) -> Transcript:
    """What was told of the present example; nothing where the run does not tell."""
    session = conversation.session
    return session.transcript if isinstance(session, ToldSession) else Transcript(session.seed)
