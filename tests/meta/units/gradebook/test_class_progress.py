"""What is told while a class is graded."""

import io

import pytest
from rich.console import Console

from grader.gradebook import class_progress
from grader.gradebook.class_progress import ClassProgress
from grader.gradebook.supervisor import Graded

CARD = {"score": 3.0, "max_score": 4.0, "provisional": False}


@pytest.mark.parametrize("is_terminal", [False, True])
def test_log_has_what_failed_and_a_terminal_all(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_progress, "is_live", lambda console: is_terminal)
    file = io.StringIO()
    console = Console(file=file, force_terminal=is_terminal, width=100, legacy_windows=False, highlight=False)
    with ClassProgress(console) as progress:
        progress.begins(5, 1)
        progress.finished(Graded(key="k", outcome="graded", card=CARD, duration_s=1.25), ["ada"])
        progress.finished(Graded(key="k", outcome="graded", card={**CARD, "provisional": True}), ["bob"])
        progress.finished(Graded(key="k", outcome="crashed", reason="\x1b[2Jit died"), ["cy", "di", "ed", "fy", "gy"])
    text = file.getvalue()
    assert "5 with work to grade, 1 of them graded already" in text
    assert ("ada: 3/4 in 1.2 s" in text) == is_terminal
    assert "bob: 3/4 in 0.0 s (provisional" in text
    assert "cy, di, ed and 2 more: crashed: \ufffd[2Jit died" in text
    assert progress.outcomes == {"graded": 2, "crashed": 5}
