"""Calls of `grade` that can't be served: one line that says what is wrong, and exit status 2."""

import os
from pathlib import Path

import pytest

from tests.meta.tools.command import Run


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
    assert "holds several files with as many written questions (1 of 1 questions each): right.py, wrong.py; " in line
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
    line = refusal(run, toy.parent / "right.py", "--assignment", toy, "--only", "Dubble")
    assert line.endswith("no question 'Dubble' in toy; did you mean double? it has double")


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


def test_two_formats_for_one_file_are_refused(run: Run, toy: Path) -> None:
    line = refusal(run, toy.parent / "right.py", "--json", "x", "--html", "x")
    assert "--html and --json both go to x" in line
