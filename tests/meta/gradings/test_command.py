"""The command, end to end: an exit status for each outcome, JSON for programs, all formats in one call."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from grader.assignment import Assignment
from grader.errors import WorkerStartFailed
from grader.judge import grading
from grader.machine import interrupts
from tests.meta.tools.command import Done, Run, grade
from tests.meta.tools.toy import RIGHT, TOY_SUITE, TOY_TABLE, suite_of

OPENS_WORKERS = """
import contextlib, signal, sys
from grader.cli import main
from grader.processes import workers
open_workers = workers.open_workers
@contextlib.contextmanager
def opened(data):
    with open_workers(data) as it:
        print("torch" in sys.modules, file=sys.stderr)
        yield it
    {after}
workers.open_workers = opened
main()
"""


def test_the_zygote_is_started_before_torch_is_imported(toy: Path) -> None:
    done = grade_the_right_one(toy, after="pass")
    assert (done.returncode, done.stderr.splitlines()) == (0, ["False"])


def test_told_to_stop_when_all_is_graded_keeps_the_score(toy: Path) -> None:
    done = grade_the_right_one(toy, after="signal.raise_signal(signal.SIGTERM)")
    assert done.returncode == 128 + signal.SIGTERM
    assert "Score   4 / 4" in done.stdout
    assert "lost" not in done.stdout
    assert "Not everything was graded" not in done.stdout


def grade_the_right_one(toy: Path, *, after: str) -> Done:
    """In a process of its own, which tells whether it has torch when the workers are there. after: they are ended."""
    script = OPENS_WORKERS.format(after=after)
    command = [sys.executable, "-c", script, str(toy.parent / "right.py"), "--assignment", str(toy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)


def test_full_marks_for_the_reference(assignment: Assignment, tmp_path: Path) -> None:
    done = grade(assignment.reference, "--only", "Linear", "--effort", "quick", cwd=tmp_path)
    assert not list(tmp_path.iterdir())  # a student's own folder, or their repository in CI
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 / 12" in done.stdout
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


def test_own_assignment_is_graded_and_json_goes_to_standard_output(toy: Path) -> None:
    done = grade(toy.parent / "wrong.py", "--assignment", toy, "--json", "-", "--seed", 7)
    card = json.loads(done.stdout)
    assert done.returncode == 1
    assert (card["assignment"], card["submission"], card["seed"]) == ("toy", "wrong.py", 7)
    assert (card["score"], card["max_score"]) == (0.0, 4.0)
    (check,) = card["questions"][0]["checks"]
    assert check["message"] == "double(21) is 21, expected 42"
    assert check["hint"] == "2 * x"
    assert "wrong.py: Toy homework" in done.stderr
    assert "double(21) is 21, expected 42" in done.stderr
    assert "double(x) is twice x." in done.stderr


def test_pass_mark_decides_the_exit_status(run: Run, toy: Path) -> None:
    two = "test_double = 4\ntest_other = 2\n"
    (toy / "assignment.toml").write_text(TOY_TABLE.replace("test_double = 4\n", two))
    other = TOY_SUITE.replace("test_double", "test_other").replace("double(21), 42", "double(0), 0")
    (toy / "test_pass_mark_other.py").write_text(other)
    solution = toy.parent / "wrong.py"
    assert run(solution, "--assignment", toy, "--pass-at", 2).returncode == 0
    assert run(solution, "--assignment", toy, "--pass-at", 2.01).returncode == 1


def test_check_that_fails_by_itself_is_the_graders_fault(run: Run, toy: Path) -> None:
    suite_of(toy).write_text(TOY_SUITE.replace("expect.equal(", "expect.equl("))
    done = run(toy.parent / "right.py", "--assignment", toy, "--json", "-")
    assert done.returncode == 3
    (check,) = json.loads(done.stdout)["questions"][0]["checks"]
    assert check["verdict"] == "broken"
    assert "AttributeError" in check["message"]
    assert "Provisional: the grader itself failed in test_double" in done.stderr
    assert "the grader failed here, which is not your fault; not counted" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("error", [WorkerStartFailed("no worker can be started"), ZeroDivisionError("a fault of ours")])
def test_what_is_no_fault_of_the_callers_has_a_status_of_its_own(
    error: Exception, run: Run, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(grading.Grading, "start", fail)
    done = run(toy.parent / "right.py", "--assignment", toy)
    assert (done.returncode, done.stdout) == (3, "")
    if isinstance(error, WorkerStartFailed):
        assert done.stderr == "grade: no worker can be started\n"
    else:
        assert "the grader itself failed (ZeroDivisionError); this is not your fault" in done.stderr


def test_told_to_stop_before_anything_began(run: Run, toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> NoReturn:
        raise interrupts.Interrupted(signal.SIGTERM)

    monkeypatch.setattr(interrupts, "deferred", stopped)
    done = run(toy.parent / "right.py", "--assignment", toy)
    assert done.returncode == 128 + signal.SIGTERM
    assert "Not everything was graded: it was interrupted (SIGTERM)" in done.stdout
    assert done.stderr == ""


BROKEN_SUITES = {
    "it can't be imported": ("raise ValueError('oh')", "ValueError: oh"),
    "a check without points": (TOY_SUITE + TOY_SUITE.replace("test_double", "test_more"), "test_more has no points"),
    "a check without a docstring": (TOY_SUITE.replace('    """double(x) is twice x."""\n', ""), "needs a docstring"),
}


@pytest.mark.parametrize("suite", BROKEN_SUITES)
def test_suite_that_cannot_be_run_is_said_in_one_line(run: Run, toy: Path, suite: str) -> None:
    source, reason = BROKEN_SUITES[suite]
    suite_of(toy).write_text(source)
    done = run(toy.parent / "right.py", "--assignment", toy)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert reason in done.stderr


def test_points_without_a_check_are_the_authors_fault(run: Run, toy: Path) -> None:
    (toy / "assignment.toml").write_text(TOY_TABLE + "test_more = 1\n")
    done = run(toy.parent / "right.py", "--assignment", toy, "--json", "-")
    assert (done.returncode, done.stdout) == (2, "")
    assert "assignment.toml:9: test_more has points, and there is no such check; write it" in done.stderr


def test_quiet_shows_the_score_alone(run: Run, toy: Path) -> None:
    done = run(toy.parent / "wrong.py", "--assignment", toy, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (1, "wrong.py: 0 / 4\n", "")


def test_all_formats_come_in_one_call_and_their_paths_are_told(run: Run, toy: Path) -> None:
    folder = toy.parent / "out"
    folder.mkdir()
    names = ("html", "json", "markdown", "csv", "junit", "gradescope")
    options = [part for name in names for part in (f"--{name}", folder / name)]
    done = run(toy.parent / "wrong.py", "--assignment", toy, *options)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith(f"Written: {', '.join(str(folder / name) for name in names)}\n")
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    texts = [(folder / name).read_text().replace("\\(", "(").replace("\\)", ")") for name in names if name != "csv"]
    assert all("double(21) is 21, expected 42" in text for text in texts)


def test_report_that_cannot_be_written_is_told_before_anything_is_graded(run: Run, toy: Path) -> None:
    folder = toy.parent / "out"
    folder.mkdir()
    options = ("--json", folder / "card.json", "--csv", folder / "no/folder.csv")
    done = run(toy.parent / "wrong.py", "--assignment", toy, *options)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.endswith("no/folder.csv can't be written (No such file or directory); choose another place for --csv")
    assert list(folder.iterdir()) == []


DISTURBANCES = {
    "conftest.py": "raise RuntimeError('conftest of the student')",
    "pytest.ini": "[pytest]\naddopts = --collect-only -k nothing --no-such-option\n",
    "setup.cfg": "[tool:pytest]\naddopts = --no-such-option\n",
    "tox.ini": "[pytest]\naddopts = --no-such-option\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--no-such-option'\n",
    "torch.py": "raise RuntimeError('torch of the student')",
    "hypothesis.py": "raise RuntimeError('hypothesis of the student')",
    "sitecustomize.py": "raise RuntimeError('sitecustomize of the student')",
    "grader/__init__.py": "raise RuntimeError('grader of the student')",
}


def test_folder_of_the_student_does_not_take_part(toy: Path) -> None:
    """The command as it is installed is run among files that would break it, and leaves none behind."""
    command = shutil.which("grade", path=Path(sys.executable).parent)
    if command is None:
        pytest.skip("`grade` is not installed beside this Python")
    home = toy.parent / "home"
    for name, text in DISTURBANCES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    (home / "hw.py").write_text(RIGHT)
    shutil.move(toy, home / "toy")
    before = sorted(path for path in home.rglob("*") if "__pycache__" not in path.parts)
    done = subprocess.run(
        [command, "hw.py", "--assignment", "toy"], cwd=home, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 / 4" in done.stdout
    assert sorted(path for path in home.rglob("*") if "__pycache__" not in path.parts) == before


@pytest.mark.parametrize("name", ["PYTEST_ADDOPTS", "PYTEST_PLUGINS"])
def test_options_for_pytest_in_the_environment_do_not_take_part(
    run: Run, toy: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "--collect-only" if name == "PYTEST_ADDOPTS" else "no_such_plugin")
    done = run(toy.parent / "right.py", "--assignment", toy)
    assert (done.returncode, done.stderr) == (0, "")


def test_suites_with_files_of_one_name_are_kept_apart_in_one_process(run: Run, toy: Path) -> None:
    other = toy.parent / "other"
    shutil.copytree(toy, other)
    suite_of(other).write_text(TOY_SUITE.replace("double(21), 42", "double(21), 43"))
    assert run(toy.parent / "right.py", "--assignment", toy).returncode == 0
    assert run(toy.parent / "right.py", "--assignment", other).returncode == 1
