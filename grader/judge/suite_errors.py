"""What is wrong with the code of a suite, told with its author's own line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from grader.errors import AssignmentInvalid


class CollectionErrors:
    """A plugin of pytest: what kept a suite from being run."""

    def __init__(self, suite: Sequence[Path]) -> None:
        self.texts: list[str] = []
        self.interrupt: KeyboardInterrupt | None = None
        self.ours: BaseException | None = None  # no fault of the suite
        self._suite = suite

    @pytest.hookimpl(wrapper=True)
    def pytest_load_initial_conftests(self) -> Iterator[None]:
        """A conftest.py that can't be imported is told as other files are: pytest itself prints a page."""
        try:
            yield
        except Exception as error:
            cause = getattr(error, "cause", None)
            if not isinstance(cause, Exception):
                raise
            raise AssignmentInvalid(f"the suite can't be run: {told_with_place(cause, self._suite)}") from None

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Somebody ends it."""
        if isinstance(excinfo.value, KeyboardInterrupt):
            self.interrupt = excinfo.value

    def pytest_exception_interact(
        self, call: pytest.CallInfo[object], report: pytest.CollectReport | pytest.TestReport
    ) -> None:
        """A file can't be imported, or what is in it can't be collected."""
        if isinstance(report, pytest.CollectReport) and call.excinfo:
            error = call.excinfo.value
            cause = error.__cause__ if isinstance(error, pytest.Collector.CollectError) else None
            self.texts.append(told_with_place(cause or error, self._suite))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """What a hook has raised."""
        if isinstance(excinfo.value, pytest.UsageError):
            self.texts.append(f"{excinfo.typename}: {excinfo.value}")
        else:
            self.ours = excinfo.value
        return True  # pytest need not print it


def told_with_place(error: BaseException, suite: Sequence[Path]) -> str:
    """File, line and exception."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: SyntaxError: {error.msg}"
    frame = own_frame(error, suite)
    place = f"{frame.filename}:{frame.lineno}: " if frame else ""
    return f"{place}{type(error).__name__}: {error}"


def own_frame(error: BaseException, suite: Sequence[Path]) -> traceback.FrameSummary | None:
    """The innermost frame in the suite, or of any where none is."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if any(Path(f.filename).is_relative_to(folder) for folder in suite)] or frames
    return own[-1] if own else None
