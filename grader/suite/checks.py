"""`@check`: marks a test function as one graded rule of a question."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from grader.suite.handles import RemoteSubmission, session_of
from grader.suite.hypothesis_insides import has_examples, wrap_example
from grader.suite.strategies import rewind

_T = TypeVar("_T", bound=Callable[..., Any])
_ATTRIBUTE: Final = "grader_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInfo:
    """What the decorator says. Points and limits stand in assignment.toml."""

    question: str
    title: str  # the sentence of the homework that is checked: the first line of the docstring
    hint: str


def check(question: str, *, hint: str = "", errors: Mapping[str, str] = MappingProxyType({})) -> Callable[[_T], _T]:
    """Make a test function a check of `question`. Stands above `@given`, if that is used.

        @check("Linear", hint="X @ self.weight.T broadcasts over leading dimensions")
        def test_zeros(submission):
            'A layer without a bias maps zeros to zeros.'
            linear, x = submission.Linear(3, 2), torch.zeros(4, 3)
            expect.close(linear(x), oracles.linear(x, linear.weight))

    hint: shown below what an expectation found. Raises TypeError for a function without a docstring.
    errors: likely mistakes by a part of the exception that they lead to ("TypeError: ..."); see `likely` in
    grader.suite.expect for those that lead to wrong values.

    Its first docstring line is the title, its points are in assignment.toml under its name. Around each example a
    fresh set of handles begins, and requests that nobody looked at are waited for, so that an error in them counts.
    """

    def decorate(function: _T) -> _T:
        title = (function.__doc__ or "").strip().splitlines()
        if not title:
            raise TypeError(f"{function.__name__} needs a docstring: its first line is the check's title")
        decorated = function
        if has_examples(function):
            wrap_example(function, lambda example: _as_example(example, errors))
        else:
            decorated = _as_example(function, errors)
        setattr(decorated, _ATTRIBUTE, CheckInfo(question=question, title=title[0], hint=hint))
        return decorated

    return decorate


def info_of(function: object) -> CheckInfo | None:
    """What `@check` said of a test function, or None if it is not a check."""
    return getattr(function, _ATTRIBUTE, None)


def _as_example(function: _T, errors: Mapping[str, str]) -> _T:
    @functools.wraps(function)
    def example(*args: Any, submission: RemoteSubmission, **kwargs: Any) -> None:
        rewind(kwargs.values())  # an explicit example has the same makers of tensors at each run
        with session_of(submission).example(kwargs, errors):
            function(*args, submission=submission, **kwargs)

    return example  # type: ignore[return-value]
