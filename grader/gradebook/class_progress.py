"""While a class is graded: a bar with the time that is left, a line for each student, what failed at once.

In a log there are no lines of those that went well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from grader.gradebook.standing import ATTENTION
from grader.report.brief import is_live
from grader.report.text import in_a_line, points

if TYPE_CHECKING:
    from rich.console import Console

    from grader.gradebook.supervisor import Graded


class ClassProgress:
    """A listener of a class's grading. A context manager: the bar goes at its end."""

    def __init__(self, console: Console) -> None:
        self._console, self._is_live = console, is_live(console)
        self.outcomes: Counter[str] = Counter()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not self._is_live,
        )
        self._task = self._bar.add_task("students", total=None)

    def __enter__(self) -> ClassProgress:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def problem(self, text: str) -> None:
        """Something can't be used."""
        self._tell(text)

    def begins(self, students: int, known: int) -> None:
        """So many are to be graded; those that are known are not graded again."""
        self._bar.update(self._task, total=students - known)
        already = f", {known} of them graded already" if known else ""
        self._tell(f"{students} with work to grade{already}")

    def finished(self, graded: Graded, students: Sequence[str]) -> None:
        """A line for a student; in a log, for what needs somebody's attention."""
        self.outcomes[graded.outcome] += len(students)
        self._bar.advance(self._task, len(students))
        names = ", ".join(students[:3]) + (f" and {len(students) - 3} more" if students[3:] else "")
        if graded.card is not None:
            value = f"{points(graded.card['score'])}/{points(graded.card['max_score'])}"
            if self._is_live or graded.card["provisional"]:
                broken = " (provisional: the grader itself failed)" if graded.card["provisional"] else ""
                self._tell(f"{names}: {value} in {graded.duration_s:.1f} s{broken}")
        if graded.outcome in ATTENTION:
            self._tell(f"{names}: {graded.outcome.replace('_', ' ')}: {graded.reason}")

    def _tell(self, text: str) -> None:
        self._console.print(in_a_line(text), markup=False, soft_wrap=True)
