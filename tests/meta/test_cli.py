"""The command: one line for each mistake of the caller, an exit status for each outcome, JSON for programs.

Importing torch is most of what a call costs: what needs no process of its own is called in this one (`run`).
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from grader import __version__, cli
from grader.assignment import Assignment
from grader.errors import WorkerStartFailed
from grader.judge import grading
from grader.machine import interrupts
from grader.processes import workers as workers_module
from grader.processes.workers import Workers

GRADE = (sys.executable, "-c", "from grader.cli import main; main()")
IMPORTS_TORCH = """
import sys
from grader.cli import main
try:
    main()
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""
OPENS_WORKERS = """
import contextlib, signal, sys
from grader.cli import main
from grader.worker import workers
open_workers = workers.open_workers
@contextlib.contextmanager
def opened():
    with open_workers() as it:
        print("torch" in sys.modules, file=sys.stderr)
        yield it
    {after}
workers.open_workers = opened
main()
"""


@dataclass(frozen=True)
class Done:
    """What a call left behind."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


def grade(*arguments: object, cwd: Path | None = None) -> Done:
    """`grade` in a process of its own."""
    done = subprocess.run(
        [*GRADE, *map(str, arguments)], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, cwd=cwd
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def run(workers: Workers, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`grade` in this process, with workers that are there already."""

    @contextlib.contextmanager
    def opened() -> Iterator[Workers]:
        yield workers

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(workers_module, "open_workers", opened)
        monkeypatch.setattr(sys, "argv", ["grade", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, captured.out, captured.err)

    return call


TOY_SUITE = '''
"""One check of a question that is quick to answer."""
from grader import expect
from grader.check import check

@check("double", hint="2 * x")
def test_double(submission):
    """double(x) is twice x."""
    expect.equal(submission.double(21), 42)
'''
TOY_TABLE = """
title = "Toy homework"
reference = "reference.py"
limit_s = 20
[[question]]
name = "double"
[question.checks]
test_double = 4
"""
RIGHT, WRONG = "def double(x):\n    return 2 * x\n", "def double(x):\n    return x\n"


def suite_of(folder: Path) -> Path:
    """The one file of checks, under another name in each test (see the last test)."""
    return folder / f"{folder.parent.name}_suite.py"


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """An assignment of its own, with a right and a wrong solution beside it."""
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "assignment.toml").write_text(TOY_TABLE)
    suite_of(folder).write_text(TOY_SUITE)
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(WRONG)
    return folder


# --- calls that can't be served ---------------------------------------------------------------------------------------


def refusal(run: Run, *arguments: object) -> str:
    """The one line of a call that is refused."""
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("grade: ")
    return line


def test_missing_file_is_named(run: Run) -> None:
    assert "no file at not/there.py; pass the path of your .py or .ipynb file, folder or .zip" in refusal(
        run, "not/there.py"
    )


def test_folder_without_a_homework_is_refused(run: Run, tmp_path: Path) -> None:
    assert f"{tmp_path} holds no .py or .ipynb file; pass the folder that your homework is in" in refusal(run, tmp_path)


def test_folder_with_two_homeworks_is_answered_with_both(run: Run, toy: Path) -> None:
    (toy.parent / "part.py").write_text("x = 1")
    line = refusal(run, toy.parent, "--assignment", toy)
    assert "several files that define as much: right.py, wrong.py; choose one with --entry FILE" in line
    assert run(toy.parent, "--assignment", toy, "--entry", "right.py").returncode == 0
    assert run(toy.parent, "--assignment", toy, "--entry", "wrong.py").returncode == 1
    assert "no file other.py; --entry can be part.py, right.py" in refusal(
        run, toy.parent, "--assignment", toy, "--entry", "other.py"
    )


def test_named_pipe_is_refused_without_waiting(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert "pipe.py is not a regular file" in refusal(run, tmp_path / "pipe.py")


@pytest.mark.parametrize("data", [b"\x7fELF\0\0", b"\xff\xfe\xff", b"", b"# coding: rot13\n", b"# coding: nonsense\n"])
def test_what_is_no_text_is_refused(run: Run, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "hw.py").write_bytes(data)
    assert "hw.py" in refusal(run, tmp_path / "hw.py")


def test_unknown_question_is_answered_with_the_known_ones(run: Run, toy: Path) -> None:
    line = refusal(run, toy.parent / "right.py", "--assignment", toy, "--only", "Double")
    assert line.endswith("no question 'Double' in toy; it has double")


def test_unknown_assignment_is_answered_with_the_known_ones(run: Run, toy: Path) -> None:
    line = refusal(run, toy.parent / "right.py", "--assignment", toy.parent / "hw9")
    assert "hw3" in line
    assert "assignment.toml" in line


def test_damaged_assignment_is_named(run: Run, toy: Path) -> None:
    (toy / "assignment.toml").write_text("title = ")
    assert "assignment.toml can't be read" in refusal(run, toy.parent / "right.py", "--assignment", toy)


@pytest.mark.parametrize(
    "arguments", [("--effort", "immense"), ("--seed", "x"), ("--pass-at", "all"), ("--require-isolation", "vault"), ()]
)
def test_option_that_makes_no_sense_is_explained(run: Run, toy: Path, arguments: tuple[str, ...]) -> None:
    done = run(*([toy.parent / "right.py", *arguments] if arguments else []))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert (arguments[0] if arguments else "PATH") in done.stderr


def test_scorecard_that_cannot_be_written_is_refused_with_the_place(run: Run, toy: Path) -> None:
    done = run(toy.parent / "right.py", "--assignment", toy, "--json", toy / "no" / "card.json")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.endswith("card.json can't be written (No such file or directory); choose another place for --json")
    assert "Traceback" not in done.stderr


# --- help -------------------------------------------------------------------------------------------------------------


def test_help_names_the_options_and_exit_statuses() -> None:
    done = grade("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    for option in ("--only", "--json", "--seed", "--effort", "--pass-at", "--assignment", "--verbose", "--version"):
        assert option in done.stdout
    assert "Exit status: 0 full marks" in done.stdout


def test_version_is_the_packages() -> None:
    done = grade("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"grade {__version__}\n", "")


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("not/there.py",)])
def test_torch_is_not_imported_where_nothing_is_graded(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS_TORCH, *arguments], capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == "False"


def test_the_zygote_is_started_before_torch_is_imported(toy: Path) -> None:
    done = grade_the_right_one(toy, after="pass")
    assert (done.returncode, done.stderr.splitlines()) == (0, ["False"])


def test_told_to_stop_when_all_is_graded_keeps_the_score(toy: Path) -> None:
    done = grade_the_right_one(toy, after="signal.raise_signal(signal.SIGTERM)")
    assert done.returncode == 128 + signal.SIGTERM
    assert "Score   4 / 4" in done.stdout
    assert "Not everything was graded" not in done.stdout


def grade_the_right_one(toy: Path, *, after: str) -> Done:
    """In a process of its own, which tells whether it has torch when the workers are there. after: they are ended."""
    script = OPENS_WORKERS.format(after=after)
    command = [sys.executable, "-c", script, str(toy.parent / "right.py"), "--assignment", str(toy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)


# --- outcomes ---------------------------------------------------------------------------------------------------------


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
    assert "the grader failed here; this is not your fault" in done.stderr
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


def test_points_without_a_check_are_the_graders_fault(run: Run, toy: Path) -> None:
    (toy / "assignment.toml").write_text(TOY_TABLE + "test_more = 1\n")
    done = run(toy.parent / "right.py", "--assignment", toy, "--json", "-")
    assert done.returncode == 3
    checks = json.loads(done.stdout)["questions"][0]["checks"]
    assert [check["verdict"] for check in checks] == ["passed", "broken"]
    assert checks[1]["message"] == "the suite did not run this check"


def test_quiet_shows_the_score_alone(run: Run, toy: Path) -> None:
    done = run(toy.parent / "wrong.py", "--assignment", toy, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (1, "wrong.py: 0 / 4\n", "")


def test_all_formats_come_in_one_call_but_the_one_that_cannot_be_written(run: Run, toy: Path) -> None:
    folder = toy.parent / "out"
    folder.mkdir()
    names = ("html", "json", "markdown", "csv", "junit", "gradescope")
    options = [part for name in names for part in (f"--{name}", folder / ("no/folder" if name == "csv" else name))]
    done = run(toy.parent / "wrong.py", "--assignment", toy, "--quiet", *options)
    assert done.returncode == 2
    assert done.stdout == "wrong.py: 0 / 4\n"
    (line,) = done.stderr.splitlines()
    assert line.endswith("no/folder can't be written (No such file or directory); choose another place for --csv")
    assert sorted(path.name for path in folder.iterdir()) == sorted(set(names) - {"csv"})
    assert all("double(21) is 21, expected 42" in path.read_text() for path in folder.iterdir())


def test_two_formats_for_one_file_are_refused(run: Run, toy: Path) -> None:
    line = refusal(run, toy.parent / "right.py", "--json", "x", "--html", "x")
    assert "--html and --json both go to x" in line


# --- GitHub Actions ---------------------------------------------------------------------------------------------------

HOSTILE = r"""
import sys
raise RuntimeError("::error::at top level\n::notice::x")
def double(x):
    print("::error::printed\n::stop-commands::mine\r::mine::\x0b::warning::x")
    sys.stderr.write("::set-output name=score::100\n##[error]x\n")
    raise ValueError("::error::raised\n::set-output name=score::100\r::warning::x\n::mine::\n`</details><b>@all")
"""


def commands_of(text: str) -> list[str]:
    """What the runner takes for commands: none between `stop-commands` and its token."""
    found, token = [], ""
    for line in map(str.lstrip, text.splitlines()):
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::") or "##[" in line:
            found.append(line)
    assert not token
    return found


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that a step of GitHub Actions may add to, and the environment that names them."""
    folder = tmp_path / "runner"
    folder.mkdir()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    for variable in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        (folder / variable).write_text("earlier=1\n")
        monkeypatch.setenv(variable, str(folder / variable))
    return folder


def test_github_gets_annotations_summary_and_outputs(run: Run, toy: Path, runner: Path) -> None:
    done = run(toy.parent / "wrong.py", "--assignment", toy)
    error, notice = commands_of(done.stdout)
    assert error.startswith(
        "::error file=wrong.py,title=double%3A 4 points lost,line=1::double(x) is twice x.%0Adouble("
    )
    assert notice == "::notice title=Score::0 / 4"
    assert (runner / "GITHUB_OUTPUT").read_text() == "earlier=1\nscore=0\nmax-score=4\n"
    summary = (runner / "GITHUB_STEP_SUMMARY").read_text()
    assert summary.startswith("earlier=1\n## Toy homework: 0 / 4\n")
    assert "double(21) is 21, expected 42" in summary


def test_submission_cannot_give_github_a_command(run: Run, toy: Path, runner: Path) -> None:
    (toy.parent / "hostile.py").write_text(HOSTILE)
    done = run(toy.parent / "hostile.py", "--assignment", toy, "--verbose")
    assert "raised" in done.stdout
    assert "printed" in done.stdout
    error, notice = commands_of(done.stdout)
    assert error.startswith("::error file=hostile.py,")
    assert notice.startswith("::notice title=Score::0 / 4")
    assert commands_of(done.stderr) == []
    assert (runner / "GITHUB_OUTPUT").read_text() == "earlier=1\nscore=0\nmax-score=4\n"
    assert "\n::" not in (runner / "GITHUB_STEP_SUMMARY").read_text()


def test_summary_that_github_has_no_place_for_is_told_and_the_outputs_still_come(
    run: Run, toy: Path, runner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(runner / "no" / "file"))
    done = run(toy.parent / "right.py", "--assignment", toy)
    assert done.returncode == 2
    assert "the summary of the job can't be written (No such file or directory)" in done.stderr
    assert (runner / "GITHUB_OUTPUT").read_text() == "earlier=1\nscore=4\nmax-score=4\n"


# --- the folder that it is called in ----------------------------------------------------------------------------------

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
