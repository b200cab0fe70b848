"""An assignment of another package is known wherever one is graded: `grade`, `check_here`, `gradebook`, the action."""

import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.installed import installed
from grader.standby import Order, ToShow, serve
from tests.meta.fakes import course
from tests.meta.gradings.test_class import GRADEBOOK
from tests.meta.gradings.test_github_action import INPUTS, Runner
from tests.meta.tools import command

WORDS = "to be or not to be"
READS = 'text = open("words.txt").read()\n'
WRONG = f"{READS}def double(x):\n    return x * (1 + (text == {WORDS!r}))\n\n\ndef Linear(x):\n    return x\n"


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the course's package, hw4 of which has data; installed here and in processes that are started."""
    folder = course.install(tmp_path / "site-packages")
    (folder / "words.txt").write_text(WORDS)
    (folder / "assignment.toml").write_text(f'data = ["words.txt"]\n{course.TABLE}')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site-packages"))
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    installed.cache_clear()
    yield tmp_path / "site-packages"
    installed.cache_clear()


@pytest.fixture
def work(libraries: Path, tmp_path: Path) -> Path:
    """A file that fits it by its name, with a mistake, in a folder of a class."""
    (tmp_path / "class").mkdir()
    path = tmp_path / "class" / "hw4.py"
    path.write_text(WRONG)
    return path


def test_grade_finds_it_by_the_file_and_by_its_name(work: Path) -> None:
    for options in ([], ["--assignment", "hw4"]):
        done = command.grade(work, *options)
        assert "Homework 4: doubling" in done.stdout
        assert "Score   4 / 6" in done.stdout
        assert "Linear(4) is 4, expected 8" in done.stdout


def test_check_here_finds_it(work: Path) -> None:
    written = io.StringIO()
    serve(iter([Order(path=str(work)).line()]), written)  # type: ignore[arg-type]
    *_, answer = [ToShow.read(line) for line in written.getvalue().splitlines()]
    assert answer.scorecard is not None
    assert (answer.scorecard["assignment"], answer.scorecard["score"]) == ("hw4", 4)
    assert answer.notes == ("graded as hw4: its name fits",)


def test_class_is_graded_for_it(work: Path, tmp_path: Path) -> None:
    places = [str(work.parent), "--out", str(tmp_path / "book"), "--assignment", "hw4", "--jobs", "1"]
    done = subprocess.run([*GRADEBOOK, "run", *places], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    shown = [*GRADEBOOK, "show", "hw4", "--book", str(tmp_path / "book")]
    assert "4 of 6 points" in subprocess.run(shown, capture_output=True, text=True).stdout


def test_action_grades_for_it(work: Path, tmp_path: Path) -> None:
    (tmp_path / "runner").mkdir()
    runner = Runner(tmp_path / "runner")
    runner.variables["PYTHONPATH"] = os.environ["PYTHONPATH"]
    (runner.workspace / "hw4.py").write_text(WRONG)
    status, output = runner.run("Grade", {**INPUTS, "ASSIGNMENT": "hw4", "SUBMISSION": "hw4.py"})
    assert status == 1, output
    assert runner.outputs == {"score": "4", "max-score": "6"}


def test_its_folder_is_not_to_be_seen_by_a_submission(libraries: Path, tmp_path: Path) -> None:
    suite = libraries / "our_course" / "hw4" / "test_doubling.py"
    path = tmp_path / "hw4.py"
    path.write_text(f"def double(x):\n    return 2 * x if open({str(suite)!r}).read() else x\n")
    done = command.grade(path, "--assignment", "hw4", "--only", "double")
    assert "double 0/4: FileNotFoundError" in done.stdout or "double 0/4: PermissionError" in done.stdout
