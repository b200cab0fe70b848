"""Functions that do something else in a worker: programs are not started, nobody answers, nothing is compiled.

Nor is anything recorded for a profiler that does not run: each step of an optimizer is, and takes as long again for it.
"""

from __future__ import annotations

import builtins
import getpass
import subprocess
from collections.abc import Callable
from typing import Any

import torch
from torch.autograd.profiler import record_function


def install() -> None:
    """From now on, in this process and those that are forked from it."""
    for name, stand_in in _programs().items():
        setattr(subprocess, name, stand_in)
    setattr(builtins, "input", _answer)  # noqa: B010 - it is no program that asks here
    setattr(getpass, "getpass", _answer)  # noqa: B010
    setattr(torch, "compile", _compiled)  # noqa: B010
    setattr(record_function, "__enter__", _recording(record_function.__enter__))  # noqa: B010


def _programs() -> dict[str, Callable[..., Any]]:
    """`subprocess.call(["wget", ...])` gives what a program would give that went well. None is started."""

    def run(args: Any = (), *_: Any, text: bool = False, **kwargs: Any) -> subprocess.CompletedProcess[Any]:
        is_text = text or any(kwargs.get(key) for key in ("universal_newlines", "encoding", "errors"))
        nothing = "" if is_text else b""
        return subprocess.CompletedProcess(args, 0, nothing, nothing)

    return {
        "run": run,
        "call": lambda *args, **kwargs: 0,
        "check_call": lambda *args, **kwargs: 0,
        "check_output": lambda *args, **kwargs: run(*args, **kwargs).stdout,
    }


def _answer(prompt: object = "", *_: Any, **__: Any) -> str:
    """An empty line, as if Enter was pressed."""
    print(prompt)
    return ""


def _compiled(model: Any = None, **_: Any) -> Any:
    """torch.compile: what it is given, or a decorator. Compiling takes minutes, and a compiler that a jail forbids."""
    if model is None:
        return _compiled
    if isinstance(model, torch.nn.Module):
        vars(model)["_orig_mod"] = model  # where programs look for the module that was compiled
    return model


def _recording(enter: Callable[[record_function], record_function]) -> Callable[[record_function], record_function]:
    """What begins a part of a profile: without a profiler there is nothing to begin, nor to end."""
    is_profiled: Callable[[], bool] = getattr(torch.autograd, "_profiler_enabled")  # noqa: B009

    def begin(part: record_function) -> record_function:
        part.run_callbacks_on_exit = is_profiled()
        return enter(part) if part.run_callbacks_on_exit else part

    return begin
