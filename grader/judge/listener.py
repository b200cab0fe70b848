"""Who hears of a grading's progress."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from grader.scorecard import CheckResult


class Listener(Protocol):
    """Hears of a grading's progress."""

    def started(self, question: str, check: str) -> None:
        """A check begins."""

    def finished(self, question: str, result: CheckResult) -> None:
        """A check has its result, which a later attempt may still improve."""


class Chosen:
    """Passes on what concerns these questions: others are graded for their sake, and nobody has asked for them."""

    def __init__(
        self, listener: Listener, questions: Collection[str], wants: Callable[[str], bool] = lambda _: True
    ) -> None:
        """wants: whether a check of these questions was asked for."""
        self._listener = listener
        self._questions = questions
        self._wants = wants

    def started(self, question: str, check: str) -> None:
        """Pass it on."""
        if question in self._questions and self._wants(check):
            self._listener.started(question, check)

    def finished(self, question: str, result: CheckResult) -> None:
        """Pass it on."""
        if question in self._questions and self._wants(result.name):
            self._listener.finished(question, result)


class Both:
    """Passes everything on to two."""

    def __init__(self, first: Listener, second: Listener) -> None:
        self._listeners = (first, second)

    def started(self, question: str, check: str) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.started(question, check)

    def finished(self, question: str, result: CheckResult) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.finished(question, result)


class NoListener:
    """A listener that does nothing."""

    def started(self, question: str, check: str) -> None:
        """Nothing."""

    def finished(self, question: str, result: CheckResult) -> None:
        """Nothing."""
