"""In a notebook: grade a question from the cells that were run, before anything is handed in.

    from grader import check_here
    check_here("Linear")

What is graded is the text of the cells, in a process of its own: nothing of the kernel's state counts, and nothing that
was patched in it reaches the judge.
"""

from __future__ import annotations

import contextlib
import html
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.errors import GraderError
from grader.report.text import clean, points

# Cells are numbered as the notebook does, In [7] is cell 7: one that has no text takes its number, too.
_EMPTY: Final = "#"
_GRADE: Final = (sys.executable, "-P", "-c", "from grader.cli import main; main()")
PROVISIONAL: Final = "Provisional: the grader itself failed in places, which is not your fault"
_COLORS: Final = {True: "#1a7f37", False: "#cf222e"}


class NotInANotebook(GraderError):
    """There are no cells to grade."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A result as a notebook shows it: a small table, or one line where nothing could be graded."""

    scorecard: dict[str, Any] | None
    problem: str = ""
    notes: tuple[str, ...] = ()  # what the command has said beside: which assignment it took, where there are several

    @property
    def is_right(self) -> bool:
        """Whether no points are lost."""
        if self.scorecard is None or self.is_provisional:
            return False
        return all(q["score"] == q["max_score"] for q in self.scorecard["questions"])

    @property
    def is_provisional(self) -> bool:
        """Whether the grader itself failed in places, so that nobody knows whether they are right."""
        return self.scorecard is not None and self.scorecard["provisional"] is True

    def __repr__(self) -> str:
        if self.scorecard is None:
            return self.problem
        scores = (f"{_of(question)}  {question['name']}" for question in self.scorecard["questions"])
        return "\n".join([*scores, *self._state(), *self.notes])

    def _repr_html_(self) -> str:
        if self.scorecard is None:
            return f"<p>{_escaped(self.problem)}</p>"
        rows = [row for question in self.scorecard["questions"] for row in _rows(question)]
        lines = (*self._state(), *self.scorecard.get("warnings", ()), *self.notes)
        told = [f"<p>{_escaped(text)}</p>" for text in lines]
        return f"<table>{''.join(rows)}</table>{''.join(told)}"

    def _state(self) -> list[str]:
        return [PROVISIONAL] if self.is_provisional else []


def check_here(*questions: object, assignment: str | None = None) -> Shown:
    """Grade these questions (names, or the classes and functions themselves; none: all) as the cells define them.

    assignment: the name or folder of one, where several are installed and fit equally.
    Raises NotInANotebook outside IPython, Jupyter or Colab.
    """
    chosen = [str(q if isinstance(q, str) else getattr(q, "__name__", q)) for q in questions]
    only = [part for name in chosen for part in ("--only", name)]
    with session_file() as path:
        result = path.with_name("scorecard.json")
        done = subprocess.run(
            [
                *_GRADE,
                str(path),
                *only,
                *([] if assignment is None else ["--assignment", assignment]),
                "--quiet",
                "--json",
                str(result),
            ],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        lines = [line for line in done.stderr.splitlines() if line.startswith("grade: ")]
        if not result.exists():
            return Shown(None, lines[-1] if lines else "grade: nothing could be graded")
        notes = tuple(line.removeprefix("grade: ") for line in lines)
        return Shown(json.loads(result.read_text(encoding="utf-8")), notes=notes)


def show(shown: Shown) -> None:
    """Show it now, though it is not the last value of a cell."""
    from IPython.display import display

    display(shown)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def session_file() -> Iterator[Path]:
    """The cells that were run as a notebook, in a folder of its own. Raises NotInANotebook."""
    cells = _cells()
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        path = Path(folder, "notebook.ipynb")
        path.write_text(_as_notebook(cells), encoding="utf-8")
        yield path


def _cells() -> Sequence[str]:
    """What was run so far, in order; the first one is `In [1]`."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        raise NotInANotebook("check_here grades the cells of a notebook; for a file, run: grade PATH")
    return [str(source) for source in shell.history_manager.input_hist_raw[1:]]


def _as_notebook(cells: Sequence[str]) -> str:
    found = [{"cell_type": "code", "source": source if source.strip() else _EMPTY} for source in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": found})


def _rows(question: dict[str, Any]) -> list[str]:
    """A row for the question, and one for each check that lost points."""
    found = [_row(f"<b>{_escaped(question['name'])}</b>", _of(question), question["score"] == question["max_score"])]
    for check in question["checks"]:
        if check["score"] < check["max_score"]:
            hint = f"<br><i>{_escaped(check['hint'])}</i>" if check.get("hint") else ""
            message = f'<pre style="white-space: pre-wrap; margin: 0">{_escaped(check["message"])}</pre>'
            found.append(_row(f"{_escaped(check['title'])}{message}{hint}", _of(check), False))
    return found


def _row(text: str, score: str, is_right: bool) -> str:
    color = _COLORS[is_right]
    return (
        f'<tr><td style="text-align: left">{text}</td><td style="color: {color}; white-space: nowrap">{score}</td></tr>'
    )


def _of(scored: dict[str, Any]) -> str:
    return f"{points(scored['score'])} / {points(scored['max_score'])}"


def _escaped(text: object) -> str:
    return html.escape(clean(str(text)))
