"""What the submission's own functions returned while it trained, as the judge reads it: to be shown, never believed.

Which functions: `records` of a question in assignment.toml. How: grader.worker.recorder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.boundary.requests import MAX_ARGUMENTS, MAX_CALLS, MAX_NUMBERS
from grader.suite.ask import attempt, fetch, recorded
from grader.suite.handles import Handle


@dataclass(frozen=True, slots=True)
class Call:
    """A call of such a function: which of its arguments were not None, and the numbers that it returned."""

    given: tuple[bool, ...]
    numbers: tuple[float, ...]  # may be infinite, or not a number


def calls_with(subject: Handle) -> list[Call]:
    """The first MAX_CALLS calls that had this object among their arguments; none where the answer makes no sense.

        calls = calls_with(submission.Linear(3, 2))  # []: nothing was called with it

    Which functions are recorded: `records` of the question in assignment.toml.
    """
    return read_calls(fetch(attempt(recorded, subject)))  # where it raises: a picture less, and no check that fails


def read_calls(answer: Any) -> list[Call]:
    """The calls, checked: the worker may send anything."""
    if type(answer) is not list or len(answer) > MAX_CALLS:
        return []
    calls = []
    for entry in answer:
        match entry:
            case (tuple(given), tuple(numbers)) if _are(bool, given, MAX_ARGUMENTS) and _are(
                float, numbers, MAX_NUMBERS
            ):
                calls.append(Call(given, numbers))
            case _:
                return []
    return calls


def _are(kind: type, values: tuple[Any, ...], most: int) -> bool:
    return len(values) <= most and all(type(value) is kind for value in values)
