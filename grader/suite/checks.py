"""`@check`: marks a test function as one graded rule of a question."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

Causes = tuple[str, ...]


"""Mistakes that explain a failure, in the order in which the check names them."""


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

    errors: likely mistakes by a part of the exception that they lead to ("TypeError: ..."); see `likely` in
    grader.expect for those that lead to wrong values.

    Its first docstring line is the title, its points are in assignment.toml under its name. Around each example a
    fresh set of handles begins, and requests that nobody fetched are waited for, so that an error in them counts.
    """

    def decorate(function: _T) -> _T:
        title = (function.__doc__ or "").strip().splitlines()
        if not title:
            raise TypeError(f"{function.__name__} needs a docstring: its first line is the check's title")
        decorated = function
        given = getattr(function, "hypothesis", None)
        if given is not None:
            given.inner_test = _as_example(given.inner_test, errors)
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
    def example(*args: Any, submission: Any, **kwargs: Any) -> None:
        try:
            submission._session.begin(kwargs)
            function(*args, submission=submission, **kwargs)
            submission._session.end()
        except Exception as error:
            if submission._session.silent and not type(error).__module__.startswith("hypothesis"):
                raise submission._session.untold() from None
            submission._session.causes.setdefault(place_of(error), []).append(_causes(error, errors))
            if not submission._session.only_causes:
                raise

    return example  # type: ignore[return-value]


def _causes(error: Exception, errors: Mapping[str, str]) -> Causes:
    """The likely mistakes that explain a failure, as far as the check names any."""
    text = str(error) if getattr(error, "type_name", None) else ""  # only of the submission's own exceptions
    return (*getattr(error, "causes", ()), *(mistake for part, mistake in errors.items() if part in text))


def place_of(error: BaseException) -> object:
    """Which of the check's expectations failed: the lines that led to it. Examples differ, this does not."""
    lines: list[tuple[str, int]] = []
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module == __name__:
            lines.clear()  # what runs the check is no part of it
        elif not module.startswith(("grader.", "hypothesis")):
            lines.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return tuple(lines)


def diagnosis(causes: Mapping[object, Sequence[Causes]], place: object) -> str:
    """The mistake that explains what failed, or nothing. Of several, the one that the check names first."""
    return next(iter(explanations(causes, place)), "")


def explanations(causes: Mapping[object, Sequence[Causes]], place: object) -> Causes:
    """The mistakes that explain every failure at each place of the check where failures are explained at all.

    One small example can be explained by many mistakes (a sum and a mean over one row are the same), all failing
    examples by few. Those of `place`, where the check failed last, come first.
    """
    explained = [failures for failures in (causes.get(place, ()), *causes.values()) if any(failures)]
    if not explained:
        return ()
    every = [failure for failures in explained for failure in failures]
    return tuple(text for text in explained[0][0] if all(text in failure for failure in every))
