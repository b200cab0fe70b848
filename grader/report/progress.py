"""While it grades: how far it is, and of each question whose checks have results the score and why it lost points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from grader.report.brief import first_lost, is_live, line, value_of
from grader.scorecard import QuestionResult

if TYPE_CHECKING:
    from rich.console import Console

    from grader.scorecard import CheckResult


class LiveProgress:
    """A listener: on a terminal, lines and a bar that make way for the report; elsewhere some lines, which stay."""

    def __init__(self, console: Console, checks: Mapping[str, int], *, quiet: bool) -> None:
        """`checks`: how many each of the chosen questions has."""
        self._console, self._checks, self._quiet = console, checks, quiet
        self._results: dict[str, dict[str, CheckResult]] = {}
        self._heads: dict[str, str] = {}  # the score that was told of each question
        self._told: dict[str, str] = {}
        self.lines, self._column = 0, 0  # that stay; how far the last one goes
        self._has_reason = False
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None if console.width < 60 else 40),
            TextColumn("{task.completed}/{task.total} checks"),
            TimeElapsedColumn(),
            console=console,
            auto_refresh=False,
        )
        self._task = self._bar.add_task("starting", total=sum(checks.values()))
        is_shown = is_live(console) and not quiet
        self._live = Live(console=console, get_renderable=self._drawn, transient=True) if is_shown else None

    def __enter__(self) -> LiveProgress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._live:
            self._live.stop()
        self._end_line()

    def started(self, question: str, check: str) -> None:
        """A check begins."""
        self._bar.update(self._task, description=question)

    def finished(self, question: str, result: CheckResult) -> None:
        """A check has its result, maybe a better one than before."""
        results = self._results.setdefault(question, {})
        if result.name not in results:
            self._bar.advance(self._task)
        results[result.name] = result
        if len(results) < self._checks.get(question, 0):
            return
        scored = QuestionResult(name=question, checks=tuple(results.values()))
        head = f"{question} {value_of(scored).replace(' ', '')}{' (provisional)' if scored.is_provisional else ''}"
        wrong = first_lost(scored) if self._live or not self._has_reason else None
        if self._heads.get(question) != head:
            self._heads[question] = head
            self._told[question] = line(head, wrong, max(self._console.width, 80)) if wrong else head
            self._tell(self._told[question], is_alone=wrong is not None)

    def _tell(self, text: str, *, is_alone: bool) -> None:
        """Add it to the lines that stay, and at once: somebody may watch the log grow. A reason has its own line."""
        if self._live or self._quiet:
            return
        if is_alone or self._column + len(text) + 3 > self._console.width:
            self._end_line()
        self._write(f"{', ' if self._column else ''}{text}")
        if is_alone:
            self._has_reason = True
            self._end_line()

    def _write(self, text: str) -> None:
        self.lines += not self._column
        self._column += len(text)
        self._console.print(Text(text), end="", soft_wrap=True)
        self._console.file.flush()

    def _end_line(self) -> None:
        if self._column:
            self._console.print()
            self._column = 0

    def _drawn(self) -> Group:
        return Group(*map(Text, list(self._told.values())), self._bar)
