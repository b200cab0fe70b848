"""What pytest is told of a check: reports with the author's own lines, logged as soon as the result is known.

A check may be run several times (grader.judge.run); the run that counts is the one that is reported.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from grader.judge.attempt import Attempt
from grader.judge.registration import function_of
from grader.judge.run import CheckCase
from grader.machine.package import PACKAGE
from grader.scorecard import CheckResult, Verdict

Reports = list[tuple[pytest.Item, list[pytest.TestReport]]]
_NOT_THE_AUTHORS: Final = ("_pytest", "pluggy", "hypothesis")


def report_of(item: pytest.Item, call: pytest.CallInfo[None], told: str | None, *, traces: bool) -> pytest.TestReport:
    """A report of one phase. told: what ended it, in a text. traces: whether somebody reads a traceback."""
    error = call.excinfo.value if call.excinfo else None
    outcome, longrepr = ("failed", told) if error else ("passed", None)
    if isinstance(error, pytest.skip.Exception):
        path, line, _ = item.location
        outcome, longrepr = "skipped", (path, (line or 0) + 1, f"Skipped: {error.msg}")  # type: ignore[assignment]
    elif error and traces:
        longrepr = _traced(item, error, told or "")
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=longrepr,
        when=call.when,  # type: ignore[arg-type]
        start=call.start,
        stop=call.stop,
        duration=call.duration,
    )


def with_marks(result: CheckResult, reports: Sequence[pytest.TestReport]) -> CheckResult:
    """The result, as `skip` and `xfail` have it: what is left out, or known to fail, costs nobody points."""
    for report in reports:
        if report.when == "teardown":
            continue
        expected = getattr(report, "wasxfail", None)
        if report.skipped:
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            message = f"expected to fail: {expected}" if expected is not None else why.removeprefix("Skipped: ")
            return _left_out(result, message or "left out")
        if isinstance(report.longrepr, str) and report.longrepr.startswith("[XPASS(strict)]"):
            return replace(_left_out(result, f"it passes: {report.longrepr}"), verdict=Verdict.BROKEN)
    return result


def _left_out(result: CheckResult, message: str) -> CheckResult:
    return replace(
        result, verdict=Verdict.SKIPPED, message=message, hint="", cause="", diagnosis="", snippet="", excerpt=None
    )


def fixtures_of(item: pytest.Item) -> dict[str, object]:
    """What pytest calls the function with."""
    given: dict[str, object] = getattr(item, "funcargs", {})
    return {name: given[name] for name in inspect.signature(function_of(item)).parameters if name in given}


def parameters_of(item: pytest.Item) -> Mapping[str, object]:
    """Its arguments of `parametrize`."""
    call = getattr(item, "callspec", None)
    return dict(call.params) if call else {}


def cut(error: BaseException, *, at_suite: Sequence[Path] = ()) -> BaseException:
    """The exception with the author's frames, and those of what they called, without the grader's and pytest's.

    at_suite: up to the innermost frame in one of these folders, which a debugger then stands in.
    """
    frames, at = list[types.TracebackType](), error.__traceback__
    while at is not None:
        frames.append(at)
        at = at.tb_next
    kept = [frame for frame in frames if not _is_ours(frame)]
    inner = [i for i, frame in enumerate(kept) if any(_file(frame).is_relative_to(folder) for folder in at_suite)]
    traceback: types.TracebackType | None = None
    for frame in reversed(kept[: inner[-1] + 1] if inner else kept):
        traceback = types.TracebackType(traceback, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return error.with_traceback(traceback) if traceback else error


def _file(traceback: types.TracebackType) -> Path:
    return Path(traceback.tb_frame.f_code.co_filename)


def _is_ours(traceback: types.TracebackType) -> bool:
    module = str(traceback.tb_frame.f_globals.get("__name__", "")).split(".")[0]
    is_package = _file(traceback).is_relative_to(PACKAGE.resolve()) and "assignments" not in _file(traceback).parts
    return module in _NOT_THE_AUTHORS or is_package


def _traced(item: pytest.Item, error: BaseException, told: str) -> Any:
    """As pytest shows an exception, by --tb and the rest, and below it what the student would be told."""
    before = error.__traceback__
    try:
        shown: Any = item.repr_failure(pytest.ExceptionInfo.from_exception(cut(error)))
    except Exception:  # an exception whose own text raises
        return told
    finally:
        error.__traceback__ = before
    if getattr(shown, "reprcrash", None) is None:  # --tb=native, a fixture that is not there: a text of pytest's
        return f"{shown}\n{told}"
    shown.reprcrash.message = told
    if told:
        shown.addsection("what the student is told", told, "-")
    return shown


@dataclass(slots=True)
class Log:
    """A listener that logs each check in a session of pytest: at once where nothing can change its result."""

    session: pytest.Session
    items: Mapping[CheckCase, Sequence[pytest.Item]]
    reports: Mapping[tuple[CheckCase, Attempt], Reports]
    may_change: Callable[[str], bool]  # whether a later attempt may pass, by question
    told: Mapping[CheckCase, Attempt] = field(default_factory=dict)
    _logged: dict[CheckCase, Verdict] = field(default_factory=dict)

    def started(self, question: str, check: str) -> None:
        """It is logged when it has ended."""

    def finished(self, question: str, result: CheckResult) -> None:
        """Log it. Raises what ends the session where pytest was told to stop, as with -x."""
        case = CheckCase(name=result.name, question=question)
        is_final = result.verdict in (Verdict.PASSED, Verdict.SKIPPED) or not self.may_change(question)
        if is_final and case in self.items and self.log(case, result):
            if self.session.shouldfail:
                raise self.session.Failed(self.session.shouldfail)
            if self.session.shouldstop:
                raise self.session.Interrupted(self.session.shouldstop)

    def log(self, case: CheckCase, result: CheckResult) -> bool:
        """Log it, unless that was done; what was right before it was found to be forbidden is logged once more."""
        before = self._logged.get(case)
        if case not in self.told or (before is not None and (before, result.verdict) != _SEEN_LATER):
            return False
        self._logged[case] = result.verdict
        for item, reports in self.reports[case, self.told[case]]:
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            for report in reports:
                if report.when == "call" and report.passed and result.verdict is Verdict.FORBIDDEN:
                    report.outcome, report.longrepr = "failed", f"{result.verdict}: {result.message}"
                item.ihook.pytest_runtest_logreport(report=report)
            item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return before is None


_SEEN_LATER: Final = (Verdict.PASSED, Verdict.FORBIDDEN)
