"""Judges as the run holds them: what they are told and say, and how they end."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.gradebook.judges import JudgeHandle, JudgeSpawner, SpawnedProcess, Task, told_end
from tests.meta.tools.books import FAKE


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[JudgeHandle]:
    found = JudgeHandle(JudgeSpawner(FAKE), {"folder": ""}, tmp_path / "judge-1")
    yield found
    found.end()
    assert not (tmp_path / "judge-1").exists()


def heard(judge: JudgeHandle) -> dict[str, object]:
    while not (lines := judge.hear()):
        pass
    [line] = lines
    return line


def test_judge_answers_for_its_task(judge: JudgeHandle, tmp_path: Path) -> None:
    (tmp_path / "hw.py").write_text("score 3")
    assert (judge.is_ready, judge.key) == (False, "")
    assert heard(judge) == {"is_ready": True}
    judge.give(Task(key="ada", path=str(tmp_path / "hw.py")), attempt=2)
    assert (judge.key, judge.attempt) == ("ada", 2)
    assert heard(judge)["outcome"] == "graded"


def test_judge_that_has_ended_says_how(judge: JudgeHandle, tmp_path: Path) -> None:
    (tmp_path / "hw.py").write_text("die")
    heard(judge)
    judge.give(Task(key="ada", path=str(tmp_path / "hw.py")), attempt=1)
    with pytest.raises(OSError, match="it is gone"):
        judge.hear()
    assert judge.last_words() == "its judge ended with status 3"


def test_process_is_ended_with_its_group(tmp_path: Path) -> None:
    program = "import os, time; print(os.fork(), flush=True); time.sleep(600)"
    reader, writer = os.pipe()
    process = SpawnedProcess([sys.executable, "-c", program], (writer,), tmp_path)
    os.close(writer)
    assert process.is_alive
    process.end()
    assert os.read(reader, 1) == b""  # both of them have closed it
    os.close(reader)
    assert not process.is_alive
    assert "signal SIGKILL" in process.ended_with()


@pytest.mark.parametrize(
    ("status", "log", "told"),
    [
        (3, "", "its judge ended with status 3"),
        (-signal.SIGKILL, "first\nlast words\n\n", "its judge ended with signal SIGKILL: last words"),
        (None, "", "its judge ended"),
    ],
)
def test_end_is_told_with_the_last_words(status: int | None, log: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(log)
    assert told_end(status, tmp_path / "log") == told
