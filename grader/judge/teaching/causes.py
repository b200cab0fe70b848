"""Which mistakes explain the failures of a check, over all of its examples that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.suite import checks
from grader.suite.failures import Causes, CheckFailed, StudentError


def causes_of(error: Exception, errors: Mapping[str, str]) -> Causes:
    """The likely mistakes that explain a failure, as far as the check names any. errors: see `check`."""
    text = str(error) if isinstance(error, StudentError) else ""  # only of the submission's own exceptions
    named = error.causes if isinstance(error, CheckFailed) else ()
    return (*named, *(mistake for part, mistake in errors.items() if part in text))


def place_of(error: BaseException) -> object:
    """Which of the check's expectations failed: the lines that led to it. Examples differ, this does not."""
    lines: list[tuple[str, int]] = []
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module == checks.__name__:
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
