"""Makes docs/grade.svg from what `grade` says of a solution with three usual mistakes, and compares: `nox -s pictures`.

What is drawn is the report of a real run, but for the notes: an error on the test images depends on the processor.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from grader.assignment import load_assignment
from grader.judge.grade import grade
from grader.processes.workers import Workers, open_workers
from grader.report.formats import terminal
from grader.scorecard import Scorecard
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.tools.repository import ROOT

PICTURE: Final = ROOT / "docs" / "grade.svg"
WIDTH: Final = 88
MISTAKES: Final = {
    "torch.randn(out_dim": "torch.rand(out_dim",
    "- correct).mean()": "- correct).sum()",
    "if self.start >= len(self.X):": "if self.start + self.batch_size > len(self.X):",
}


class Screen(io.StringIO):
    """A terminal that shows nothing."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def wrong(reference: str) -> str:
    """The reference with the mistakes."""
    for right, mistaken in MISTAKES.items():
        assert reference.count(right) == 1, right
        reference = reference.replace(right, mistaken)
    return reference


def draw(workers: Workers) -> str:
    """The picture."""
    assignment = load_assignment(ROOT / "tests" / "hw3")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "hw3.py")
        path.write_text(wrong((ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")), encoding="utf-8")
        scorecard = grade(read_submission(path), assignment, Settings(), workers=workers)
    console = Console(
        file=Screen(),
        width=WIDTH,
        record=True,
        force_terminal=True,
        force_interactive=True,
        color_system="truecolor",
        highlight=False,
        _environ={},  # whatever terminal it is made in
    )
    console.print(Text("$ grade hw3.py"))
    terminal.show(_without_notes(scorecard), console, title=scorecard.title)
    return console.export_svg(title="grade hw3.py", unique_id="grade")


def _without_notes(scorecard: Scorecard) -> Scorecard:
    questions = [
        replace(question, checks=tuple(replace(check, notes=()) for check in question.checks))
        for question in scorecard.questions
    ]
    return replace(scorecard, questions=tuple(questions))


def main() -> None:
    """Compare the picture with what is made; write it where that is asked for."""
    parser = argparse.ArgumentParser(description="compare docs/grade.svg with what grade says")
    parser.add_argument("--write", action="store_true", help="write it where it differs")
    write = parser.parse_args().write
    with open_workers(["mnist"]) as workers:
        made = draw(workers)
    if PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == made:
        return
    if not write:
        sys.exit(f"{PICTURE.name} differs from what is made; run: nox -s pictures -- --write")
    PICTURE.write_text(made, encoding="utf-8")
    print(f"{PICTURE.name}: written")


if __name__ == "__main__":
    main()
