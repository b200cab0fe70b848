"""In a notebook: grade a question from the cells that were run, before anything is handed in.

    from grader import check_here
    check_here("Linear")

What is graded is the text of the cells, in processes of their own: nothing of the kernel's state counts, and nothing
that was patched in it reaches the judge. The judge stays until the kernel ends, so that the next call is quick.
"""

from __future__ import annotations

import atexit
import contextlib
import html
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.cells import cells, line_below
from grader.machine.folders import temporary_folder
from grader.report.text import clean
from grader.standby import Order, ToShow

# Cells are numbered as the notebook does, In [7] is cell 7: one that has no text takes its number, too.
_EMPTY: Final = "#"
_STANDBY: Final = (sys.executable, "-P", "-m", "grader.standby")
_GONE: Final = "grade: the grader was ended from outside; call check_here again"


@dataclass(frozen=True, slots=True)
class Shown:
    """A result as a notebook shows it: a table and why points were lost, or one line where nothing could be graded."""

    scorecard: Mapping[str, Any] | None
    problem: str = ""
    notes: tuple[str, ...] = ()  # what is said beside: which assignment it took, where there are several
    text: str = ""
    page: str = ""

    @property
    def is_right(self) -> bool:
        """Whether no points are lost."""
        if self.scorecard is None or self.is_provisional:
            return False
        return all(q["score"] - q["bonus"] == q["max_score"] for q in self.scorecard["questions"])

    @property
    def is_provisional(self) -> bool:
        """Whether the grader itself failed in places, so that nobody knows whether they are right."""
        return self.scorecard is not None and self.scorecard["provisional"] is True

    def __repr__(self) -> str:
        return "\n".join(filter(None, [self.problem, self.text, *self.notes]))

    def _repr_html_(self) -> str:
        problem = f'<pre style="white-space: pre-wrap">{_escaped(self.problem)}</pre>' if self.problem else ""
        return "".join([problem, self.page, *(f"<p>{_escaped(note)}</p>" for note in self.notes)])


def check_here(*questions: object, assignment: str | None = None) -> Shown:
    """Grade these questions (names, or the classes and functions themselves; none: all) as the cells define them.

        check_here(Linear)

    What it gives shows itself below the cell, as a table. assignment: the name or folder of one, where several are
    installed and fit equally.
    Raises NotInANotebook outside IPython, Jupyter, Colab and marimo.
    """
    chosen = tuple(str(q if isinstance(q, str) else getattr(q, "__name__", q)) for q in questions)
    with session_file() as path, line_below() as say:
        say("Grading ...")
        request = Order(path=str(path), only=chosen, assignment=assignment)
        answer = _judge.ask(request, lambda text: say(f"Grading {text} ..."))
    return Shown(answer.scorecard, answer.problem, answer.notes, answer.text, answer.page)


@contextlib.contextmanager
def session_file() -> Iterator[Path]:
    """The cells that were run as a notebook, in a folder of its own. Raises NotInANotebook."""
    found = cells()
    with temporary_folder() as folder:
        path = folder / "notebook.ipynb"
        path.write_text(_as_notebook(found), encoding="utf-8")
        yield path


class _StandbyJudge:
    """The process that grades for this kernel, from the first call to the kernel's end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def ask(self, request: Order, say: Callable[[str], None]) -> ToShow:
        """The answer; say is called with what is being done until then. A call that is interrupted ends the process."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(request.line())
                process.stdin.flush()
                for line in process.stdout:
                    answer = ToShow.read(line)
                    if not answer.says:
                        return answer
                    say(answer.says)
            except BrokenPipeError:
                pass
            except BaseException:
                self.end()
                raise
            self.end()
            return ToShow(problem=_GONE)

    def end(self) -> None:
        """End it, and its workers with it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.communicate()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._process = subprocess.Popen(
                _STANDBY,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                start_new_session=True,  # what interrupts a cell is not for it
            )
        return self._process


_judge: Final = _StandbyJudge()
atexit.register(_judge.end)


def _as_notebook(sources: Sequence[str]) -> str:
    found = [{"cell_type": "code", "source": source if source.strip() else _EMPTY} for source in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": found})


def _escaped(text: object) -> str:
    return html.escape(clean(str(text)))
