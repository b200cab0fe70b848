"""Stand-in modules: what shows, asks or sends does nothing, and the program goes on."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from grader.worker import stand_in_modules
from grader.worker.stand_in_modules import Harmless, install


def test_whatever_is_asked_of_it_is_as_harmless() -> None:
    plt = Harmless("pyplot")
    figure, axes = plt.subplots(1, 2)
    axes[0].plot([1, 2])[0].set_label("x")
    axes[1] = 3
    with plt.style.context("dark") as style:
        assert style
    assert repr(figure) == "<figure, which does nothing here>"


def test_loop_over_a_progress_bar_runs_over_what_it_was_given() -> None:
    tqdm = Harmless("tqdm")
    assert list(tqdm([1, 2], desc="epochs")) == [1, 2]
    assert len(tqdm([1, 2])) == 2
    assert list(Harmless("trange")(2, 4)) == [2, 3]
    assert (list(tqdm(3)), len(tqdm(3))) == ([], 0)


def test_decorator_gives_the_function_back() -> None:
    assert Harmless("interact")(len_of) is len_of
    assert Harmless("interact")(int) is int
    assert Harmless("interact")(len_of, 1) is not len_of


def len_of(x: list[int]) -> int:
    return len(x)


def test_widget_has_the_value_that_it_begins_with() -> None:
    ui = Harmless("ui")
    assert (ui.slider(3, 9).value, ui.text(value="a").value, ui.button("go").value) == (3, "a", True)
    get, _ = Harmless("state")(5)
    assert get() == 5


def test_special_methods_are_not_made_up() -> None:
    with pytest.raises(AttributeError, match="__array__"):
        getattr(Harmless("x"), "__array__")  # noqa: B009 - it is asked for


def test_named_modules_do_nothing_and_others_are_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr("grader.check_here", None)
    for name in ("grader.mugrade_suite", "mugrade", "made_up", "made_up.inner", "colorsys"):
        monkeypatch.setitem(sys.modules, name, None)  # gone again afterwards, whatever stands there then
        del sys.modules[name]
    install(["made_up"])
    for name in ("mugrade", "made_up", "made_up.inner"):
        assert isinstance(importlib.import_module(name).anything, Harmless)
    assert list(importlib.import_module("made_up")([1])) == [1]  # type: ignore[operator]
    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert isinstance(importlib.import_module("grader.mugrade_suite").check, Harmless)
    assert isinstance(sys.modules["grader"].check_here, Harmless)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("made_up_too")


def test_program_is_not_started_and_has_gone_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, getattr(subprocess, name))  # restored afterwards
    stand_in_modules.forbid_programs()
    done = subprocess.run(["no such program"], capture_output=True, check=True)
    assert (done.args, done.returncode, done.stdout) == (["no such program"], 0, b"")
    assert subprocess.run("no", text=True).stdout == subprocess.check_output("no", encoding="utf-8") == ""
    assert subprocess.call("no") == subprocess.check_call("no") == 0
