"""Files beside the code: those that the assignment names are there when it is graded, and others are told of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.scorecard import Scorecard
from tests.meta.tools.toy import TOY_TABLE

READS = "import json\n\ndef double(x):\n    return json.load(open('config.json'))['factor'] * x\n"


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "hand-in" / "hw"
    folder.mkdir(parents=True)
    (folder / "hw.py").write_text(READS)
    (folder / "config.json").write_text('{"factor": 2}')
    return folder


def graded(path: Path, toy: Path, workers: Workers, listed: str = 'files_beside = ["config.json"]\n') -> Scorecard:
    (toy / "assignment.toml").write_text(listed + TOY_TABLE)
    return grade(path, load_assignment(toy), workers=workers)


def test_file_that_the_assignment_names_is_there(handed_in: Path, toy: Path, workers: Workers) -> None:
    archive = Path(shutil.make_archive(str(handed_in.parent.parent / "packed"), "zip", handed_in.parent))
    for path in (handed_in, handed_in.parent, archive):
        assert [check.message for check in graded(path, toy, workers).checks if check.score < 4] == []
    with_file, without = graded(handed_in, toy, workers), graded(handed_in, toy, workers, listed="")
    assert with_file.sha256 != without.sha256


def test_file_that_it_does_not_name_is_told_of(handed_in: Path, toy: Path, workers: Workers) -> None:
    for path, listed in ((handed_in, ""), (handed_in / "hw.py", 'files_beside = ["config.json"]\n')):
        (check,) = graded(path, toy, workers, listed).checks
        assert "No such file or directory: 'config.json'; no file is there when this is graded but" in check.message
