"""`grade --watch PATH`: stays, grades what a change can alter at each save, and says what turned right or wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.text import Text

from grader.assignment import Assignment, load_assignment
from grader.boundary.forms import SUFFIXES
from grader.errors import GraderError
from grader.installed import FILE_NAME
from grader.provenance import suite_hash
from grader.report.brief import next_step, value_of
from grader.report.changes import Change, changes
from grader.report.text import clean
from grader.scorecard import CheckResult, Scorecard, Verdict
from grader.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from grader.judge.again import Regrader
    from grader.submission import Submission

POLL_S: Final = 0.1
MAX_FILES: Final = 2000  # of a folder, that are looked at
Stamp = Sequence[tuple[str, int, int]]  # path, time and size of each file


class Watching:
    """Grades what is watched, and hears what becomes of it: what turned right is told at once, the rest at the end."""

    def __init__(self, path: Path, read: Callable[[], Submission], console: Console) -> None:
        self._path, self._read, self._console = path, read, console
        self._before: dict[str, Verdict] = {}  # of each check
        self._told: set[str] = set()  # checks
        self.last: Scorecard | None = None

    def run(
        self,
        assignment: Assignment,
        settings: Settings,
        report: Callable[[Scorecard], None],
        stamps: Iterator[Stamp] | None = None,
        reload: Callable[[], Assignment] | None = None,
    ) -> None:
        """Grade whenever a file changes, until a KeyboardInterrupt. report: called with each scorecard.

        stamps: what the files are like at present, each time that is asked for; by default they are looked at. reload:
        the assignment as it is now, where its checks are being written.
        """
        from grader.judge.ready import make_ready
        from grader.processes.workers import open_workers

        with open_workers(assignment.data) as workers:  # they import torch while this process does
            make_ready()
            from grader.judge.again import Regrader

            regrader, suite = Regrader(assignment, settings, workers), suite_hash(*assignment.folders)
            for _ in differing(stamps or looks(self._path, assignment.files_beside, assignment.folders)):
                try:
                    if reload and suite != (suite := suite_hash(*assignment.folders)):
                        regrader = Regrader(reload(), settings, workers)
                    self._grade(regrader, report)
                except GraderError as error:
                    self._say(str(error))
                self._say("Watching for changes; Ctrl-C ends.")

    def _grade(self, regrader: Regrader, report: Callable[[Scorecard], None]) -> None:
        started, before = time.monotonic(), self.last
        self._told.clear()
        submission = self._read()
        if before is not None:
            self._say(f"{self._path.name} has changed.")
        found = regrader.grade(submission, self)
        if found.unread and before is not None:
            self._console.print(Text(clean(found.unread), style="bold red"))
            return
        self.last = found.scorecard
        self._before |= {check.name: check.verdict for check in found.scorecard.checks}
        report(found.scorecard)
        if before is not None:
            self._tell(before, found.scorecard)
            what = ", ".join(found.graded) if found.graded else "nothing that changes a result"
            self._say(f"Graded again: {what} ({time.monotonic() - started:.1f} s)")

    def started(self, question: str, check: str) -> None:
        """A check begins."""

    def finished(self, question: str, result: CheckResult) -> None:
        """A check has its result: where it was wrong and is right, that is told."""
        was = self._before.get(result.name, Verdict.PASSED)
        if result.verdict is Verdict.PASSED != was:
            self._told.add(result.name)
            self._show(Change(question=question, before=None, after=result))

    def _tell(self, before: Scorecard, after: Scorecard) -> None:
        for change in changes(before, after):
            if change.after.name not in self._told:
                self._show(change)
        self._console.print(Text(f"Score {value_of(after)}. {next_step(after)}".rstrip(), style="bold"))

    def _show(self, change: Change) -> None:
        self._console.print(Text(str(change), style="green" if change.is_right else "red"))

    def _say(self, text: str) -> None:
        self._console.print(Text(clean(text), style="dim"))


def open_again(assignment: Assignment) -> Assignment:
    """It as its files are now. Raises AssignmentInvalid."""
    return load_assignment(assignment.folder, assignment.name)


def looks(path: Path, beside: Sequence[str], suite: Sequence[Path] = ()) -> Iterator[Stamp]:
    """What is there, again and again. suite: the folders of the checks, which may be what is worked on."""
    while True:
        found = stamp(path, beside)
        yield [*found, *(each for folder in suite for each in stamp(folder, (FILE_NAME,)))] if found else []
        time.sleep(POLL_S)


def differing(stamps: Iterator[Stamp]) -> Iterator[Stamp]:
    """The first, and each that is not like the one before it and lasts: an editor may be in the middle of writing."""
    last: Stamp | None = None
    seen: Stamp | None = None
    for found in stamps:
        if found != last and (found == seen or last is None) and found:
            last = found
            yield found
        seen = found


def stamp(path: Path, beside: Sequence[str]) -> Stamp:
    """Time and size of the file, or of those of a folder that could be graded; nothing where there is none."""
    try:
        files = sorted(_files(path, beside)) if path.is_dir() else [path]
        return [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    except OSError:
        return []


def _files(folder: Path, beside: Sequence[str]) -> Iterator[Path]:
    for count, file in enumerate(folder.rglob("*")):
        if count >= MAX_FILES:
            return
        if (file.suffix in SUFFIXES or file.relative_to(folder).as_posix() in beside) and file.is_file():
            yield file
