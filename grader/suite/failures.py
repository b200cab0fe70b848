"""What ends an example: an expectation that does not hold, or an exception of the student's code."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.boundary.values import Frame
from grader.suite.claims import Claim

Causes = tuple[str, ...]
"""Mistakes that explain a failure, in the order in which the check names them."""


class CheckFailed(AssertionError):
    """An expectation does not hold. The message names the call, actual, expected and the allowance.

    claim: the expectation as Python, for the snippet. causes: the likely mistakes that explain what came.
    """

    def __init__(self, message: str, claim: Callable[[], Claim | None] = lambda: None, causes: Causes = ()) -> None:
        super().__init__(message)
        self.claim = claim
        self.causes = causes


class NotHere(LookupError):
    """A value that is on its way was read before it has come."""


class StudentError(Exception):
    """The student's code raised. Type name, message and frames are text from the worker, for people to read."""

    def __init__(
        self,
        type_name: str,
        text: str,
        frames: Sequence[Frame],
        call: str,
        limit: str = "",
        request: int | None = None,
    ) -> None:
        super().__init__(f"{type_name}: {text}")
        self.type_name = type_name
        self.text = text
        self.frames = tuple(frames)
        self.call = call
        self.limit = limit  # of assignment.toml that it tells of, with its value
        self.request = request  # the number of the request that raised, where it is known
        self.claim: Claim | None = None  # what was expected of it as Python, if it was to raise something else
