"""What a judge does with a submission, and what judges have in common."""

import subprocess
import sys
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.boundary.messages import Run
from grader.gradebook.judging import UNFIT, Judging
from grader.judge.exam import Exam, Paper
from grader.processes.workers import Workers
from grader.settings import Settings
from tests.meta.tools.toy import RIGHT, TOY_TABLE, WRONG

SUITE = '''
from grader.suite import check, expect, given, strategies

@check("double")
@given(x=strategies.sizes())
def test_double(submission, x):
    """double(x) is twice x."""
    expect.equal(submission.double(x), 2 * x)
'''


def judging_of(folder: Path, suite: str = SUITE, table: str = TOY_TABLE) -> Judging:
    (folder / "reference.py").write_text(RIGHT)
    (folder / "assignment.toml").write_text(table)
    (folder / f"test_{folder.name}.py").write_text(suite)
    config = {"folder": str(folder), "assignment": str(folder), "seed": 3, "effort": "quick"}
    return Judging.read({**config, "require_isolation": "process"})


def handed_in(folder: Path, source: str) -> dict[str, Any]:
    (folder / "hw.py").write_text(source)
    return {"path": str(folder / "hw.py"), "entry": ""}


def test_exam_is_drawn_once_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, put = list[Hashable](), Exam.put

    def counted(exam: Exam, check: Hashable, paper: Paper | None, *, is_hidden: bool) -> None:
        drawn.append(check)
        put(exam, check, paper, is_hidden=is_hidden)

    monkeypatch.setattr(Exam, "put", counted)
    shared = judging_of(tmp_path)
    answer = shared.start(shared.draw())
    assert len(drawn) == 1
    replies = [answer(handed_in(tmp_path, source)) for source in (RIGHT, WRONG, RIGHT)]
    assert [reply["outcome"] for reply in replies] == ["graded"] * 3
    assert [reply["card"]["score"] for reply in replies] == [4.0, 0.0, 4.0]
    assert len(drawn) == 1
    unreadable = answer(handed_in(tmp_path, "x = 1\0"))
    assert (unreadable["outcome"], str(tmp_path) in unreadable["reason"]) == ("unreadable", False)


@pytest.mark.parametrize("hidden", [False, True])
def test_what_a_hidden_check_asks_is_in_no_process_but_its_own(
    hidden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, compile_ = list[Run](), Workers.compile

    def noting(workers: Workers, messages: Sequence[Run]) -> range | None:
        given.extend(messages)
        return compile_(workers, messages)

    monkeypatch.setattr(Workers, "compile", noting)
    table = TOY_TABLE.replace("test_double = 4", "test_double = { points = 4, hidden = true }") if hidden else TOY_TABLE
    shared = judging_of(tmp_path, table=table)
    answer = shared.start(shared.draw())
    replies = [answer(handed_in(tmp_path, source)) for source in (RIGHT, WRONG)]
    assert [reply["card"]["score"] for reply in replies] == [4.0, 0.0]
    assert bool(given) is not hidden


def test_judging_is_read_before_torch_is_imported(tmp_path: Path) -> None:
    """A process that draws has a worker import torch beside it."""
    judging_of(tmp_path)
    config = {"folder": str(tmp_path), "assignment": str(tmp_path), "seed": 3, "effort": "quick"}
    source = f"""
import sys
from grader.gradebook.judging import Judging
Judging.read({ ({**config, "require_isolation": "process"})!r})
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", source], check=True)


TRAINS = """
[[question]]
name = "train"
background = true
[question.checks]
test_train = 1
[[question]]
name = "after"
needs = ["train"]
[question.checks]
test_after = 1
"""


def test_exam_is_drawn_of_what_needs_no_training_and_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = list[Sequence[str]]()

    def fails(_: object, __: object, settings: Settings, **___: object) -> None:
        drawn.append(settings.only)
        raise OSError("the disk is full")

    shared = judging_of(tmp_path, table=TOY_TABLE + TRAINS)
    monkeypatch.setattr("grader.judge.grade.grade", fails)
    assert shared.draw().is_wanted("test_double")
    assert drawn == [("double",)]
    assert "OSError: the disk is full" in capsys.readouterr().err


def test_suite_that_can_not_be_run_is_told_of_the_first_submission(tmp_path: Path) -> None:
    shared = judging_of(tmp_path, SUITE.replace('@check("double"', '@check("treble"'))
    reply = shared.start(shared.draw())(handed_in(tmp_path, RIGHT))
    assert (reply["outcome"], "treble" in reply["reason"]) == (UNFIT, True)
