"""The judge process: it speaks lines of JSON, and ends with the run."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from grader.gradebook import judge_process
from grader.gradebook.judging import Answer, Judging
from tests.meta.tools.books import FAKE


def test_judge_answers_each_line_and_ends_with_the_run(tmp_path: Path) -> None:
    (tmp_path / "hw.py").write_text("score 2")
    (tmp_path / "hang.py").write_text("hang")
    ours, theirs = socket.socketpair()
    reader, lifeline = os.pipe()
    judge = subprocess.Popen([*FAKE, str(theirs.fileno()), str(reader)], pass_fds=[theirs.fileno(), reader])
    theirs.close()
    os.close(reader)
    with ours, ours.makefile("rwb", buffering=0) as lines:
        lines.write(b'{"folder": ""}\n')
        assert json.loads(lines.readline()) == {"is_ready": True}
        for _ in range(2):
            lines.write(json.dumps({"path": str(tmp_path / "hw.py"), "entry": ""}).encode() + b"\n")
            reply = json.loads(lines.readline())
            assert (reply["outcome"], reply["card"]["score"], reply["duration_s"] >= 0) == ("graded", 2.0, True)
        lines.write(json.dumps({"path": str(tmp_path / "hang.py"), "entry": ""}).encode() + b"\n")
        os.close(lifeline)
        assert judge.wait(30) == 1


def test_judges_that_are_forked_sit_the_exam_that_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    exams = list[object]()

    class Drawing:
        def draw(self) -> object:
            return "the exam"

        def start(self, exam: object = None) -> Answer:
            exams.append(exam)
            return lambda task: {}

    monkeypatch.setattr(Judging, "read", lambda config: Drawing())
    start = judge_process._share({})
    assert exams == []
    start({})
    start({})
    judge_process._start({})
    assert exams == ["the exam", "the exam", None]
