"""While it grades: which question is at work, and each question's score as soon as all its checks have results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from grader.report.text import points
from grader.scorecard import QuestionResult

if TYPE_CHECKING:
    from rich.console import Console

    from grader.scorecard import CheckResult


class LiveProgress:
    """A listener that shows a bar on a terminal, a line for each question that begins elsewhere, and scores on both."""

    def __init__(self, console: Console, checks: Mapping[str, int], *, quiet: bool) -> None:
        """`checks`: how many each of the chosen questions has."""
        self._console, self._checks, self._quiet = console, checks, quiet
        self._question = ""
        self._results: dict[str, dict[str, CheckResult]] = {}
        self._told: dict[str, str] = {}
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} checks"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal or quiet,
        )
        self._task = self._bar.add_task("starting", total=sum(checks.values()))

    def __enter__(self) -> LiveProgress:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def started(self, question: str, check: str) -> None:
        """A check begins."""
        self._bar.update(self._task, description=question)
        if question != self._question and not self._console.is_terminal:
            self._tell(f"grading {question}")
        self._question = question

    def finished(self, question: str, result: CheckResult) -> None:
        """A check has its result, maybe a better one than before."""
        results = self._results.setdefault(question, {})
        if result.name not in results:
            self._bar.advance(self._task)
        results[result.name] = result
        if len(results) < self._checks.get(question, 0):
            return
        scored = QuestionResult(name=question, checks=tuple(results.values()))
        line = f"{question}: {points(scored.score)} / {points(scored.max_score)}"
        line += " (provisional)" if scored.is_provisional else ""
        if self._told.get(question) != line:
            self._told[question] = line
            self._tell(line)

    def _tell(self, line: str) -> None:
        if not self._quiet:
            self._console.print(line, markup=False)
