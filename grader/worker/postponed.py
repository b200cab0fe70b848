"""Parts of torch and torchvision that a worker imports when it uses them: with the rest, they take a second and 80 MiB.

`torchvision.datasets` brings all of torchvision, whose ops and models bring torch's compiler. So does an optimizer of
torch.optim, which only has to tell the compiler what to leave alone: without one, that is nothing.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Sequence
from importlib.machinery import PathFinder
from typing import Any, Final

COMPILER: Final = "torch._dynamo"
NAMES: Final = frozenset({COMPILER, "torchvision.models", "torchvision.ops"})


class _Postponed(types.ModuleType):
    """A module without its contents: the first look at them imports it, into this same object."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":  # what is asked of any module
            raise AttributeError(name)
        _import(self)
        return getattr(self, name)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, then: Callable[[], object]) -> None:
        self._then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if isinstance(package := sys.modules.get(fullname.rpartition(".")[0]), _Postponed):
            _import(package)  # before what is in it, which comes with it, mostly
            if present := sys.modules.get(fullname):
                there = importlib.machinery.ModuleSpec(fullname, _Present(present.__spec__, present))
                vars(present)["__spec__"] = there  # which the import system asks the module for
                return there
        spec = PathFinder.find_spec(fullname, path) if fullname in NAMES else None
        if spec and spec.loader:
            spec.loader = _Loader(spec.loader, self._then)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, real: importlib.abc.Loader, then: Callable[[], object]) -> None:
        self.real = real
        self.then = then

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Postponed(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        if module.__name__ == COMPILER:
            vars(module).update(disable=lambda function, *_, **__: function, graph_break=lambda *_, **__: None)


class _Present(importlib.abc.Loader):
    """For a module that is there by now, and must not be executed again."""

    def __init__(self, spec: importlib.machinery.ModuleSpec | None, module: types.ModuleType) -> None:
        self._spec, self._module = spec, module

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return self._module

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module)["__spec__"] = self._spec


def _import(module: types.ModuleType) -> None:
    spec = module.__spec__
    if spec is None or not isinstance(loader := spec.loader, _Loader):
        raise ImportError(f"{module.__name__} was changed before it was imported")
    module.__class__ = types.ModuleType
    module.__loader__ = spec.loader = loader.real
    loader.real.exec_module(module)
    loader.then()


def install(then: Callable[[], object]) -> None:
    """From now on, those of NAMES that were not imported yet are postponed; `then` hears of each import."""
    sys.meta_path.insert(0, _Finder(then))
    importlib.import_module(COMPILER)
