"""Functions that do something else in a worker: no program is started, nobody answers, nothing is compiled."""

from __future__ import annotations

import builtins
import copy
import getpass
import subprocess

import pytest
import torch

from grader.worker import stand_in_functions


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, getattr(subprocess, name))  # restored afterwards
    monkeypatch.setattr(builtins, "input", input)
    monkeypatch.setattr(getpass, "getpass", getpass.getpass)
    monkeypatch.setattr(torch, "compile", torch.compile)
    stand_in_functions.install()


def test_program_is_not_started_and_has_gone_well() -> None:
    done = subprocess.run(["no such program"], capture_output=True, check=True)
    assert (done.args, done.returncode, done.stdout) == (["no such program"], 0, b"")
    assert subprocess.run("no", text=True).stdout == subprocess.check_output("no", encoding="utf-8") == ""
    assert subprocess.call("no") == subprocess.check_call("no") == 0


def test_question_is_answered_with_an_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert input("Show an image? ") == input() == getpass.getpass("Key: ") == getpass.getpass(prompt="Key: ") == ""
    assert capsys.readouterr().out.startswith("Show an image? \n")


def test_compiling_gives_what_was_there() -> None:
    def double(x: torch.Tensor) -> torch.Tensor:
        return 2 * x

    assert torch.compile(double) is double
    assert torch.compile(mode="max-autotune", fullgraph=True)(double) is double
    assert torch.compile(torch.nn.Linear) is torch.nn.Linear


def test_compiled_module_is_itself_and_what_was_compiled() -> None:
    model = torch.nn.Linear(2, 3)
    compiled = torch.compile(model, dynamic=True)
    assert compiled is model
    assert compiled._orig_mod is model
    assert [name for name, _ in compiled.named_modules()] == [""]
    assert compiled.state_dict().keys() == {"weight", "bias"}
    assert copy.deepcopy(compiled)(torch.ones(1, 2)).shape == (1, 3)
