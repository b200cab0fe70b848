"""`gradebook run` and `show`: what they tell, and their exit status."""

from pathlib import Path

import pytest

from grader.gradebook import class_commands, class_run
from tests.meta.tools.books import FAKE, gradebook, graded_class, toy_assignment


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_run.Power, "__init__", _power)


def _power(power: class_run.Power, jobs: int, limit_s: float, scheduler: str = "", command: object = FAKE) -> None:
    for name, value in {"jobs": jobs, "limit_s": limit_s, "scheduler": scheduler, "command": FAKE}.items():
        object.__setattr__(power, name, value)


def test_run_tells_the_outcomes_and_whether_all_is_well(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class/ada.py").write_text("score 3")
    chosen = ("run", tmp_path / "class", "--out", tmp_path / "g", "--assignment", toy_assignment(tmp_path).folder)
    status, output = gradebook(*chosen, "--jobs", 1, "--seed", 3)
    assert status == 0
    assert "1 students: 1 graded; median 3 of 4" in output
    (tmp_path / "class/bob.py").write_text("die")
    (tmp_path / "roster.csv").write_text("student\nada\nbob\nzoe\n")
    status, output = gradebook(*chosen, "--roster", tmp_path / "roster.csv")
    assert status == class_commands.ATTENTION_NEEDED
    assert "3 students: 1 crashed, 1 graded, 1 missing" in output
    assert "bob: crashed: its judge ended with status 3; twice" in output


def test_what_is_left_out_needs_attention(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class/ada.py").write_text("score 3")
    (tmp_path / "class/bob.docx").write_text("score 4")
    chosen = ("run", tmp_path / "class", "--out", tmp_path / "g", "--assignment", toy_assignment(tmp_path).folder)
    status, output = gradebook(*chosen, "--jobs", 1)
    assert status == class_commands.ATTENTION_NEEDED
    assert "bob.docx is no .py, .ipynb or .zip file and is left out" in output
    assert "1 file or row needs a look: see above" in output
    (tmp_path / "class/bob.docx").unlink()
    (tmp_path / "roster.csv").write_text("student\nzoe\n")
    status, output = gradebook(*chosen, "--roster", tmp_path / "roster.csv")
    assert status == class_commands.ATTENTION_NEEDED
    assert "ada is nobody's in the roster" in " ".join(output.split())


def test_folders_of_our_own_among_the_submissions_are_nobodys(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class/ada.py").write_text("score 3")
    out, pages = tmp_path / "class/grades", tmp_path / "class/feedback"
    chosen = ("run", tmp_path / "class", "--out", out, "--assignment", toy_assignment(tmp_path).folder, "--jobs", 1)
    assert gradebook(*chosen)[0] == gradebook("feedback", out, "--output", pages)[0] == 0
    status, output = gradebook(*chosen)
    assert (status, "1 students: 1 graded" in output) == (0, True)


def test_show_is_of_one_student(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"ada.py": "score 3"})
    status, output = gradebook("show", "ada", "--book", out)
    assert status == 0
    assert "3 of 4 points" in output
