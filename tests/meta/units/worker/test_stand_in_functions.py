"""Functions that do something else in a worker: no program is started, nobody answers, nothing is compiled."""

from __future__ import annotations

import builtins
import copy
import getpass
import subprocess

import pytest
import torch
from torch.autograd.profiler import profile, record_function

from grader.worker import stand_in_functions


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, getattr(subprocess, name))  # restored afterwards
    monkeypatch.setattr(builtins, "input", input)
    monkeypatch.setattr(getpass, "getpass", getpass.getpass)
    monkeypatch.setattr(torch, "compile", torch.compile)
    monkeypatch.setattr(record_function, "__enter__", record_function.__enter__)
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


def steps() -> None:
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([weight], lr=0.5)
    weight.sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    assert weight.tolist() == [0.5] * 3
    optimizer.zero_grad()
    assert weight.grad is None


def test_step_is_recorded_for_a_profiler_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    entered = list[str]()
    enter = torch.ops.profiler._record_function_enter_new

    def noting(name: str, args: str | None) -> object:
        entered.append(name)
        return enter(name, args)

    monkeypatch.setattr(torch.ops.profiler, "_record_function_enter_new", noting)
    part = record_function("mine")
    with part:
        steps()
    assert entered == []
    with profile(acc_events=True) as seen, part:
        steps()
    with part:
        steps()
    told = ["mine", "Optimizer.step#SGD.step", "Optimizer.zero_grad#SGD.zero_grad"]
    assert entered == told
    assert {event.key for event in seen.key_averages()} >= {*told}
