"""The judge's side of the process that looks whether Python can read a submission."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import find_assignment, load_assignment
from grader.boundary.syntax import FirstLook
from grader.processes import first_look as judge_side
from grader.processes.first_look import first_look
from grader.sandbox import bubblewrap, tiers
from grader.submission import read_submission

ASSIGNMENT = load_assignment(find_assignment("hw3"))
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the worker that reads tells it")


def looked_at(folder: Path, source: str) -> FirstLook | None:
    path = folder / "hw.py"
    path.write_text(source)
    return first_look(read_submission(path), ASSIGNMENT)


@linux
def test_syntax_error_is_told_with_what_held_the_process(tmp_path: Path) -> None:
    look = looked_at(tmp_path, "x = 1\ny = (\n")
    assert look is not None
    assert look.problem is not None
    assert (look.problem.line, look.problem.code) == (2, "y = (\n    ^")
    assert look.tier in [*tiers.Tier]
    right = looked_at(tmp_path, "x = 1\n")
    assert right is not None
    assert right.problem is None


@linux
def test_nothing_of_the_source_is_executed(tmp_path: Path) -> None:
    written = tmp_path / "written"
    assert looked_at(tmp_path, f"open({str(written)!r}, 'w')\nimport os\nos._exit(0)\n") is not None
    assert not written.exists()


@linux
def test_something_else_is_done_until_it_has_looked(tmp_path: Path) -> None:
    path, done = tmp_path / "hw.py", list[str]()
    path.write_text("x = (")
    look = first_look(read_submission(path), ASSIGNMENT, lambda: done.append("imported"))
    assert done == ["imported"]
    assert look is not None
    assert look.problem is not None


@linux
def test_an_interrupt_meanwhile_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(judge_side, "COMMAND", ("-c", "import time; time.sleep(600)"))
    path = tmp_path / "hw.py"
    path.write_text("x = 1")

    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))
        return started[-1]

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("subprocess.Popen", noted)
    with pytest.raises(KeyboardInterrupt):
        first_look(read_submission(path), ASSIGNMENT, interrupt)
    assert [process.wait(30) != 0 for process in started] == [True]  # Popen itself waits a moment only
    assert [each.name for each in tmp_path.iterdir()] == ["hw.py"]


@linux
def test_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    looked_at(tmp_path, "x = (")
    assert [path.name for path in tmp_path.iterdir()] == ["hw.py"]


@linux
@pytest.mark.parametrize("command", [("-c", "print('[')"), ("-c", "print('x' * (1 << 20))"), ("-c", "")])
def test_who_does_not_answer_as_asked_is_not_listened_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(judge_side, "COMMAND", command)
    assert looked_at(tmp_path, "x = (") is None


@linux
@pytest.mark.parametrize("wrapper", ["env", "false", "no-such-program"])
def test_where_bubblewrap_does_not_start_it_it_is_started_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrapper: str
) -> None:
    monkeypatch.setattr(bubblewrap, "command", lambda *_: [wrapper])
    look = looked_at(tmp_path, "x = (")
    assert look is not None
    assert look.problem is not None
    assert look.tier != tiers.Tier.NAMESPACES  # which were not made


@linux
def test_who_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_side, "COMMAND", ("-c", "while True: pass"))
    monkeypatch.setattr(judge_side, "LIMIT_S", 0.1)
    assert looked_at(tmp_path, "x = (") is None


def test_other_systems_leave_it_to_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert looked_at(tmp_path, "x = (") is None
