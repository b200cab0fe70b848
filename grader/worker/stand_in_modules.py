"""Modules that are there for a submission though they are not: what shows, asks or sends does nothing.

A training loop that draws a curve goes on where matplotlib is not installed. `mugrade`, `marimo` and the modules that
an assignment names are always stand-ins: nothing is sent, no server is started.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import subprocess
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

ALWAYS: Final = frozenset({"marimo", "mugrade"})
# Where they are not installed. None of them computes what a homework asks for.
IF_MISSING: Final = frozenset({"IPython", "google", "ipywidgets", "matplotlib", "tqdm"})


class Harmless:
    """Takes whatever it is given. Called with a function or class, it gives that back: it may be a decorator."""

    def __init__(self, name: str, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> None:
        self._name = name
        self._args = args
        self._kwargs = kwargs or {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Gives back a function or class, and else something as harmless."""
        if len(args) == 1 and not kwargs and isinstance(args[0], type | types.FunctionType):
            return args[0]
        match self._name:
            case "trange":
                return range(*args)
            case "subplots":
                return Harmless("figure"), Harmless("axes")
            case "state" if args:  # marimo: a getter and a setter
                return (lambda: args[0]), Harmless("set")
        return Harmless(self._name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "value":  # of a widget: a button counts as pressed, a slider stands where it begins
            first = self._args[0] if self._args else None
            return self._kwargs.get("value", first if type(first) in (int, float) else True)
        return Harmless(name)

    def __getitem__(self, key: Any) -> Any:
        return Harmless(self._name)

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        """What it was given to go through: tqdm(loader)."""
        return iter(self._args[0] if self._args and hasattr(self._args[0], "__iter__") else ())

    def __len__(self) -> int:
        return len(self._args[0]) if self._args and hasattr(self._args[0], "__len__") else 0

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Harmless:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def __repr__(self) -> str:
        return f"<{self._name}, which does nothing here>"


class _HarmlessModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Harmless(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`from tqdm import tqdm` gives a module where one of that name was imported before."""
        return Harmless(self.__name__)(*args, **kwargs)


class _HarmlessFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in self._names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _HarmlessModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def install(names: Iterable[str]) -> None:
    """From now on, these modules and the known ones do nothing."""
    sys.meta_path.insert(0, _HarmlessFinder(ALWAYS | set(names)))
    # A cell that asks for a grade is not one to grade.
    vars(sys.modules["grader"])["check_here"] = Harmless("check_here")
    sys.modules["grader.mugrade_suite"] = _HarmlessModule("grader.mugrade_suite")
    sys.meta_path.append(_HarmlessFinder(IF_MISSING))


def forbid_programs() -> None:
    """`subprocess.call(["wget", ...])` gives what a program would give that went well. None is started."""

    def run(args: Any = (), *_: Any, text: bool = False, **kwargs: Any) -> subprocess.CompletedProcess[Any]:
        is_text = text or any(kwargs.get(key) for key in ("universal_newlines", "encoding", "errors"))
        nothing = "" if is_text else b""
        return subprocess.CompletedProcess(args, 0, nothing, nothing)

    stand_ins: dict[str, Callable[..., Any]] = {
        "run": run,
        "call": lambda *args, **kwargs: 0,
        "check_call": lambda *args, **kwargs: 0,
        "check_output": lambda *args, **kwargs: run(*args, **kwargs).stdout,
    }
    for name, stand_in in stand_ins.items():
        setattr(subprocess, name, stand_in)
