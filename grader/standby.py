"""A judge that stays as long as a notebook's kernel: a request is a line of JSON, each is answered with some.

It has imported torch and the suite when the second request comes, and grades only what has changed. The kernel is the
student's process: nothing of it gets here but the text of its cells.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from grader.errors import GraderError
from grader.machine import interrupts

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.judge.again import Regrader
    from grader.scorecard import CheckResult, Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Grade these questions of the notebook at that path; all of them where there are none."""

    path: str
    only: tuple[str, ...] = ()
    assignment: str | None = None

    def line(self) -> str:
        """It as a line."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def read(cls, line: str) -> Order:
        """It from a line."""
        found = json.loads(line)
        return cls(**{**found, "only": tuple(found["only"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToShow:
    """What is to be shown. says: what is being done, and more will come. Else it is the last one."""

    says: str = ""
    problem: str = ""  # why nothing could be graded
    notes: tuple[str, ...] = ()
    scorecard: Mapping[str, Any] | None = None  # as the JSON report
    text: str = ""
    page: str = ""  # HTML

    def line(self) -> str:
        """It as a line."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def read(cls, line: str) -> ToShow:
        """It from a line."""
        found = json.loads(line)
        return cls(**{**found, "notes": tuple(found["notes"])})


@dataclass(frozen=True, slots=True)
class _Saying:
    """A listener that says which check runs."""

    say: Callable[[str], None]

    def started(self, question: str, check: str) -> None:
        """A check begins."""
        self.say(f"{question}: {check}")

    def finished(self, question: str, result: CheckResult) -> None:
        """It is shown at the end."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Grades what it is asked for, with what it has kept of each assignment."""

    stack: contextlib.ExitStack
    regraders: dict[str, Regrader] = field(default_factory=dict)

    def answer(self, request: Order, say: Callable[[str], None]) -> ToShow:
        """The last answer. Whatever is wrong with the request is one."""
        try:
            return self._graded(request, say)
        except GraderError as error:
            return ToShow(problem=f"grade: {error}")
        except Exception as error:
            traceback.print_exc()
            name = type(error).__name__
            return ToShow(
                problem=f"grade: the grader itself failed ({name}); this is not your fault. Please report it."
            )

    def _graded(self, request: Order, say: Callable[[str], None]) -> ToShow:
        from grader.choosing import choose
        from grader.provenance import suite_hash
        from grader.submission import read_submission

        submission = read_submission(Path(request.path))
        choice = choose(submission, request.assignment, request.only)
        choice.assignment.select(request.only)
        key = suite_hash(*choice.assignment.folders)  # who writes checks changes them
        if key not in self.regraders:
            say("starting; this takes some seconds, once")
            self.regraders[key] = self._regrader(choice.assignment)
        found = self.regraders[key].grade(submission, _Saying(say), request.only)
        if found.unread:
            return ToShow(problem=found.unread, notes=tuple(choice.told))
        return shown(found.scorecard, tuple(choice.told))

    def _regrader(self, assignment: Assignment) -> Regrader:
        from grader.judge.ready import make_ready
        from grader.processes.workers import open_workers
        from grader.settings import Settings

        workers = self.stack.enter_context(open_workers(assignment.data))  # they import torch while this process does
        make_ready()
        from grader.judge.again import Regrader

        return Regrader(assignment, Settings(), workers)


def shown(scorecard: Scorecard, notes: tuple[str, ...] = ()) -> ToShow:
    """The answer that shows a scorecard."""
    from rich.console import Console

    from grader.report.formats import json as as_json
    from grader.report.formats import notebook, terminal

    console = Console(file=io.StringIO(), width=100, color_system=None, legacy_windows=False)
    terminal.show(scorecard, console, title=scorecard.title, whole=True)
    assert isinstance(console.file, io.StringIO)
    return ToShow(
        notes=notes,
        scorecard=as_json.as_dict(scorecard),
        text=console.file.getvalue().strip("\n"),
        page=notebook.render(scorecard),
    )


def serve(requests: TextIO, answers: TextIO) -> None:
    """ToShow until there are no more requests."""

    def send(answer: ToShow) -> None:
        answers.write(answer.line())
        answers.flush()

    with contextlib.ExitStack() as stack:
        judge = Judge(stack)
        for line in requests:
            send(judge.answer(Order.read(line), lambda text: send(ToShow(says=text))))


def main() -> None:
    """Serve standard input and output; what else is printed goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    # Told to stop, or the kernel is gone in the middle of an answer.
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError), interrupts.raised():
        serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
