"""Who hears of a grading's progress."""

from __future__ import annotations

from typing import Protocol

from grader.scorecard import CheckResult


class Listener(Protocol):
    """Hears of a grading's progress."""

    def started(self, question: str, check: str) -> None:
        """A check begins."""

    def finished(self, question: str, result: CheckResult) -> None:
        """A check has its result, which a later attempt may still improve."""


class NoListener:
    """A listener that does nothing."""

    def started(self, question: str, check: str) -> None:
        """Nothing."""

    def finished(self, question: str, result: CheckResult) -> None:
        """Nothing."""
