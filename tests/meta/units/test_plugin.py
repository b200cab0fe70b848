"""The suite run by pytest itself: the same checks as `grade`, and clear errors where the suite is not in order."""

import contextlib
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.tools.toy import TOY_TABLE

CHECK = '''
from grader.suite import expect
from grader.suite.checks import check

@check("double")
def {name}(submission):
    """double(x) is twice x."""
    expect.equal(submission.double(21), 42)
'''
RECORDS_ITS_EXAMPLES = '''
from pathlib import Path
from hypothesis import given, strategies as st
from grader.suite import expect
from grader.suite.checks import check

examples = Path(__file__).with_name("examples")
examples.write_text("")

@check("double")
@given(number=st.integers(0, 10**12))
def test_double(submission, number):
    """double(x) is twice x."""
    with examples.open("a") as file:
        print(number, file=file)
    expect.equal(submission.double(number), 2 * number)
'''


def run_pytest(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=short", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=200)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """An assignment with one check, which its reference passes."""
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "assignment.toml").write_text(TOY_TABLE)
    (folder / "test_double.py").write_text(CHECK.format(name="test_double"))
    (folder / "reference.py").write_text("def double(x):\n    return 2 * x\n")
    return folder


def test_reference_is_what_is_graded_by_default(assignment: Assignment, tmp_path: Path) -> None:
    done = run_pytest(assignment.folder / "test_linear.py", "-q", "--effort", "quick", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_wrong_submission_fails_the_chosen_checks_with_their_messages(
    assignment: Assignment, reference_source: str, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(reference_source.replace("return X @ self.weight.T", "return 2 * X @ self.weight.T"))
    chosen = "test_forward or test_weight"
    done = run_pytest(
        assignment.folder, "--submission", "wrong.py", "-k", chosen, "--effort", "quick", "-v", cwd=tmp_path
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_linear.py::test_forward FAILED" in done.stdout
    assert "test_linear.py::test_weight PASSED" in done.stdout
    assert "failed: Linear(" in done.stdout
    assert ", expected " in done.stdout
    assert "test_sgd" not in done.stdout
    assert "1 failed, 1 passed" in done.stdout
    assert "INTERNALERROR" not in done.stdout + done.stderr


def test_examples_do_not_depend_on_what_else_is_imported(
    toy: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    (toy / "test_double.py").write_text(RECORDS_ITS_EXAMPLES)
    assignment, submission = load_assignment(toy), read_submission(toy / "reference.py")

    def examples() -> str:
        grade(submission, assignment, Settings(), workers=workers)
        return (toy / "examples").read_text()

    before = examples()
    constants = [10**11 + 7 * number for number in range(1000)]
    (toy / "helpers_of_another_course.py").write_text(f"CONSTANTS = {constants}")
    monkeypatch.syspath_prepend(toy)
    importlib.import_module("helpers_of_another_course")
    assert examples() == before
    monkeypatch.setattr("grader.judge.pytest_run.same_examples_anywhere", contextlib.nullcontext)
    assert examples() != before  # should this fail, Hypothesis does not need it any more


def test_submission_that_cannot_be_read_is_said_without_a_traceback(toy: Path) -> None:
    done = run_pytest(toy, "--submission", "missing.py", cwd=toy.parent)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "no file at missing.py" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_submission_that_is_needed_is_asked_for(toy: Path) -> None:
    (toy / "reference.py").unlink()
    done = run_pytest(toy, cwd=toy.parent)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the reference is not installed; pass --submission PATH" in done.stderr


def test_plugin_leaves_other_tests_alone(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own():\n    assert 1 + 1 == 2\n")
    done = run_pytest("test_own.py", "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_test_that_is_no_check_is_not_run_in_a_suite(toy: Path) -> None:
    (toy / "test_plain.py").write_text("def test_plain():\n    raise ValueError\n")
    done = run_pytest(toy, "-q", cwd=toy.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 deselected" in done.stdout
