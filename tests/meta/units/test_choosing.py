"""Which assignment a submission is graded for, where two are installed: hw3 and another package's hw4."""

import json
import subprocess
import sys
import types
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import mugrade_suite
from grader.choosing import choose, defined_names
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.installed import installed
from grader.notebook import check_here
from grader.submission import read_submission
from tests.meta.fakes import course

GRADE = (sys.executable, "-P", "-c", "from grader.cli import main; main()")


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With hw4 installed, here and in the processes that are started here."""
    course.install(tmp_path / "site-packages")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site-packages"))
    installed.cache_clear()
    yield
    installed.cache_clear()


def told(path: Path, source: str, *asked: str) -> str:
    """The name of what is chosen, and why."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    choice = choose(read_submission(path), asked=asked)
    return f"{choice.assignment.name}: {choice.reason}"


def test_the_only_one_is_taken_silently(tmp_path: Path) -> None:
    assert told(tmp_path / "hw4.py", "def double(x): ...\n") == "hw3: "


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("name", ["hw4.py", "hw4_marimo.py", "HW4 (1).py", "ada_hw4-final.py", "hw4.v2.py"])
def test_name_decides_whatever_is_in_the_file(name: str, tmp_path: Path) -> None:
    assert told(tmp_path / name, "class Linear: ...\nclass SGD: ...\n") == "hw4: its name fits"


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("name", ["hw42.py", "myhw4.py", "hw3_hw4.py", "student.py"])
def test_where_no_name_fits_or_both_do_the_questions_decide(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert told(path, "class Linear: ...\nclass SGD: ...\n") == f"hw3: {name} defines 2 of its questions"
    assert told(path, "def double(x): ...\n") == f"hw4: {name} defines 1 of its questions"


@pytest.mark.usefixtures("two")
def test_questions_that_are_asked_for_decide_before_those_that_are_defined(tmp_path: Path) -> None:
    source = "class Linear: ...\nclass SGD: ...\n"
    assert told(tmp_path / "a.py", source, "double") == "hw4: it has double"
    assert told(tmp_path / "a.py", source, "Linear") == "hw3: a.py defines 2 of its questions"
    with pytest.raises(SettingsInvalid, match=r"no question 'Lineer' in hw3 \(Linear, .*\) or hw4 \(double, Linear\)"):
        told(tmp_path / "a.py", source, "Lineer")


@pytest.mark.usefixtures("two")
def test_only_where_two_fit_equally_the_option_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match=r"hw3 and hw4 fit a\.py equally; say which it is: --assignment hw3"):
        told(tmp_path / "a.py", "class Linear: ...\n")
    with pytest.raises(AssignmentInvalid, match=r"a\.py has the name of no assignment, and no question of hw3 or hw4"):
        told(tmp_path / "a.py", "x = 1\n")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.py", course.RIGHT)
    with pytest.raises(AssignmentInvalid, match="--assignment"):
        choose(read_submission(tmp_path / "a.zip"))
    assert choose(read_submission(tmp_path / "a.zip"), "hw4").assignment.name == "hw4"


@pytest.mark.usefixtures("two")
def test_file_of_a_folder_that_is_to_be_graded_decides(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    told(folder / "hw3.py", "class SGD: ...\n")
    told(folder / "b.py", course.RIGHT)
    assert choose(read_submission(folder, "hw3.py")).reason == "its name fits"
    assert choose(read_submission(folder, "b.py")).assignment.name == "hw4"
    with pytest.raises(AssignmentInvalid, match="hw3 and hw4 fit work equally"):
        choose(read_submission(folder))


PYTHON = """\ufeffclass A:
    def inner(self): ...

if 1:
    class B: ...
async  def\tC(): ...
'''
 x = 1'''; class_D = 1"""
MARIMO = """import marimo

app = marimo.App()

@app.cell
def _():
    class A: ...
    return


def C(): ...
"""
CELLS = ["class A:\n", "    def inner(self): ...\n"], "x = 1\nasync def C(): 'def D'"
JUPYTER = json.dumps({"cells": [{"source": cell} for cell in CELLS]})
DEFINED = {"a.py": PYTHON, "b.py": MARIMO, "c.ipynb": JUPYTER}


@pytest.mark.parametrize("name", DEFINED)
def test_what_stands_at_top_level_counts(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(DEFINED[name], encoding="utf-8")
    assert defined_names(read_submission(tmp_path / name)) - {"_"} == {"A", "C"}


@pytest.mark.parametrize("name", ["a.py", "a.ipynb"])
@pytest.mark.parametrize("piece", ["def ", "\ndef", "\nclass \t", '"def ', "\\ndef  ", "\nasync ", "\n    ", "a"])
def test_hostile_text_is_searched_once(name: str, piece: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(piece * (3_000_000 // len(piece)) + "x")
    assert len(defined_names(read_submission(tmp_path / name))) < 3


# --- the commands that choose -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("two")
def test_grade_says_what_it_took_and_asks_where_it_can_not_know(tmp_path: Path) -> None:
    def grade(name: str, source: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / name).write_text(source)
        return subprocess.run([*GRADE, name, "--quiet"], cwd=tmp_path, capture_output=True, text=True, timeout=120)

    done = grade("hw4.py", course.RIGHT)
    assert (done.returncode, done.stdout) == (0, "hw4.py: 6 / 6\n")
    assert done.stderr == "grade: graded as hw4: its name fits\n"
    done = grade("student.py", "class Linear: ...\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "grade: hw3 and hw4 fit student.py equally; say which it is: --assignment hw3\n"


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was run in a notebook that this process seems to be."""
    run = [""]
    shell = types.SimpleNamespace(history_manager=types.SimpleNamespace(input_hist_raw=run))
    module = types.ModuleType("IPython")
    vars(module)["get_ipython"] = lambda: shell
    display = types.ModuleType("IPython.display")
    vars(display)["display"] = lambda value: None
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return run


@pytest.mark.usefixtures("two")
def test_cells_are_graded_for_what_they_fit(cells: list[str]) -> None:
    cells.append(course.RIGHT)
    shown = check_here("double")
    assert "double  4 / 4" in repr(shown)
    assert repr(shown).endswith("\ngraded as hw4: it has double")
    assert "<p>graded as hw4: it has double</p>" in shown._repr_html_()
    cells[1:] = ["def Linear(x): return 2 * x"]
    assert "hw3 and hw4 fit notebook.ipynb equally" in repr(check_here("Linear"))
    assert check_here("Linear", assignment="hw4").is_right


@pytest.mark.usefixtures("two")
def test_course_s_tests_are_there_for_all_assignments(cells: list[str]) -> None:
    assert {"test_SGD", "test_double", "submit_Linear"} <= {*mugrade_suite.__all__}
    cells.append("def Linear(x): return 2 * x")
    with pytest.raises(AssertionError, match=r"Linear is not graded: .*hw3 and hw4 fit"):
        mugrade_suite.test_Linear(None)
