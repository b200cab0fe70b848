"""What the grader needs of Hypothesis' insides: each test says what a new version broke, and where to mend it."""

import os
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
    without_storage,
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
    constants = [10**11 + 7 * number for number in range(1000)]
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


def test_nothing_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypothesis import configuration

    monkeypatch.chdir(tmp_path)
    check, _ = counted()
    with without_storage():
        check()
        folder = configuration.storage_directory()
    assert str(folder).startswith(os.devnull), SEE + "without_storage: set_hypothesis_home_dir decides nothing"
    assert not [*tmp_path.iterdir()]
