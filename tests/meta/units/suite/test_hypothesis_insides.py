"""What the grader needs of Hypothesis' insides: each test says what a new version broke, and where to mend it."""

import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from grader.suite.hypothesis_insides import (
    example_of,
    has_examples,
    other_settings,
    set_settings,
    without_local_constants,
    wrap_example,
)

SEE = f"hypothesis {hypothesis.__version__} has changed: see grader/suite/hypothesis_insides.py, "


def few(count: int) -> settings:
    return settings(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def counted() -> tuple[Callable[..., None], list[int]]:
    found: list[int] = []

    @given(number=st.integers())
    def check(number: int) -> None:
        found.append(number)

    return check, found


def test_functions_with_examples_are_known() -> None:
    assert has_examples(counted()[0]), SEE + "has_examples: a function with @given has no `hypothesis`"
    assert not has_examples(counted)


def test_settings_of_a_function_can_be_set() -> None:
    check, found = counted()
    set_settings(check, few(7))
    check()
    assert len(found) == 7, SEE + "set_settings: _hypothesis_internal_use_settings is not looked at any more"


def test_settings_of_a_function_can_be_others_for_a_while() -> None:
    check, found = counted()
    set_settings(check, few(7))
    with other_settings(check, few(3)):
        check()
    assert len(found) == 3, SEE + "other_settings"
    check()
    assert len(found) == 3 + 7, SEE + "other_settings: the settings before are not back"


def test_example_can_be_run_alone_and_wrapped() -> None:
    check, found = counted()
    wrapped: list[int] = []

    def wrap(example: Callable[..., object]) -> Callable[..., object]:
        def run(number: int) -> None:
            wrapped.append(number)
            example(number=number)

        return run

    example_of(check)(number=42)
    assert found == [42], SEE + "example_of: hypothesis.inner_test is not the test itself"
    wrap_example(check, wrap)
    set_settings(check, few(7))
    check()
    assert len(wrapped) == 7, SEE + "wrap_example: hypothesis.inner_test is not what is called"
    assert found[1:] == wrapped


def test_constants_of_modules_are_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    constants = [10**11 + 7 * number + 1234567 for number in range(1000)]
    path = tmp_path / "module_with_constants.py"
    path.write_text(f"CONSTANTS = {constants}\n")
    module = types.ModuleType("module_with_constants")
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, "module_with_constants", module)
    check, found = counted()
    set_settings(check, few(300))
    with without_local_constants():
        check()
    assert not set(found) & set(constants), SEE + "without_local_constants: they are drawn from somewhere else"
    found.clear()
    check()
    assert set(found) & set(constants), SEE + "without_local_constants may not be needed any more"


FAILS = """
import contextlib, os
from hypothesis import given, strategies as st
from grader.suite.hypothesis_insides import without_storage

@given(st.integers())
def fails(number):
    assert number < 10

with {within}, contextlib.suppress(AssertionError):
    fails()
print(*os.listdir())
"""


@pytest.mark.parametrize(
    ("within", "left", "problem"),
    [
        ("without_storage()", "\n", "without_storage: set_hypothesis_home_dir does not decide where it keeps examples"),
        ("contextlib.nullcontext()", ".hypothesis\n", "without_storage may not be needed any more"),
    ],
)
def test_nothing_is_kept_in_the_working_directory(within: str, left: str, problem: str, tmp_path: Path) -> None:
    code = FAILS.format(within=within)
    environment = {
        name: value for name, value in os.environ.items() if name not in ("CI", "HYPOTHESIS_STORAGE_DIRECTORY")
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == left, SEE + problem
