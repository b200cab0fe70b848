"""A file that Python can't read, told once and soon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment import find_assignment, load_assignment
from grader.boundary.syntax import FirstLook, SyntaxProblem
from grader.judge import grade as grading
from grader.judge.unparsed import results, told
from grader.processes import first_look
from grader.sandbox.tiers import Tier
from grader.scorecard import Verdict
from grader.settings import Settings
from grader.submission import read_submission

ASSIGNMENT = load_assignment(find_assignment("hw3"))
PROBLEM = SyntaxProblem(file="hw.py", line=2, text="invalid syntax", code="x = )\n    ^")
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the worker that reads tells it")


def test_line_and_caret_stand_in_the_message() -> None:
    assert told(PROBLEM).split("\n") == [
        "hw.py, line 2: invalid syntax",
        "    x = )",
        "        ^",
        "Python can't read the file until this is mended",
    ]


def test_each_check_has_its_sentence() -> None:
    found = results(PROBLEM, ASSIGNMENT, ["Linear"])
    assert found.keys() == ASSIGNMENT.question("Linear").points.keys()
    assert found["test_forward"].title == "layer(X) is X W^T for a batch X of shape (batch_size, in_dim)."
    assert {(r.verdict, r.message, r.line) for r in found.values()} == {(Verdict.BLOCKED, told(PROBLEM), 2)}


@linux
def test_file_that_can_not_be_read_is_graded_without_torch(tmp_path: Path) -> None:
    path = tmp_path / "hw3.py"
    path.write_text("x = 1\nclass Linear(:\n    pass\n")
    program = (
        "import sys; from grader import grade; card = grade(sys.argv[1], 'hw3'); "
        "print(card.score, card.max_score, len({c.message for c in card.checks}), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "0.0 100.0 1 False\n"


def test_a_weaker_hold_than_was_asked_for_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "hw3.py"
    path.write_text("x = (")
    look = FirstLook(tier="jail", detail="", problem=PROBLEM)
    monkeypatch.setattr(first_look, "first_look", lambda *_, **__: look)
    found = [
        grading.unreadable(read_submission(path), ASSIGNMENT, Settings(require_isolation=tier)) is not None
        for tier in (Tier.PROCESS, Tier.JAIL, Tier.NAMESPACES)
    ]
    assert found == [True, True, False]
