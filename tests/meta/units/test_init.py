"""The program's door: `from grader import ...`."""

import subprocess
import sys

import pytest

import grader


def modules_after(code: str) -> set[str]:
    """What is imported in a fresh process once that has run."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_all_that_is_promised_is_there() -> None:
    for name in grader.__all__:
        assert getattr(grader, name) is not None
    assert {*grader.__all__} <= {*dir(grader)}


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(AttributeError, match="module 'grader' has no attribute 'garde'"):
        grader.garde  # noqa: B018


def test_door_is_light() -> None:
    assert not {"torch", "hypothesis", "pytest", "grader.judge.grade"} & modules_after("import grader")


def test_grade_is_light_until_there_is_something_to_grade() -> None:
    found = modules_after("from grader import grade, Settings, Scorecard, read_submission, load_assignment")
    assert not {"torch", "hypothesis", "pytest"} & found


def test_command_does_not_wait_for_torch() -> None:
    assert not {"torch", "hypothesis", "pytest", "numpy"} & modules_after("import grader.cli")


def test_plugin_that_every_pytest_loads_is_light() -> None:
    found = modules_after("import grader.plugin")
    assert not {"torch", "hypothesis", "numpy", "grader.judge.grade"} & found
