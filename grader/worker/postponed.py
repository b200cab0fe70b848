"""Parts of torch and torchvision that a worker imports when it uses them: with the rest, they take a second and 80 MiB.

`torchvision.datasets` brings all of torchvision, whose ops and models bring torch's compiler. So does an optimizer of
torch.optim, which only has to tell the compiler what to leave alone: without one, that is nothing. backward(gradient)
brings sympy, to compare two shapes that may be symbols: where nobody has imported symbols, they are numbers.

Whatever has banned things in it and is imported later than the guard was set up, these or others, is guarded then.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import operator
import sys
import types
from collections.abc import Callable, Sequence
from importlib.machinery import PathFinder
from typing import Any, Final

from grader.worker.guard import Guard

COMPILER: Final = "torch._dynamo"
SYMBOLS: Final = "torch.fx.experimental.symbolic_shapes"
NAMES: Final = frozenset({COMPILER, SYMBOLS, "torch._inductor", "torchvision.models", "torchvision.ops"})
# What torch itself asks of them where neither compiler nor symbols are in use.
MEANWHILE: Final[dict[str, dict[str, Any]]] = {
    COMPILER: {"disable": lambda function, *_, **__: function, "graph_break": lambda *_, **__: None},
    SYMBOLS: {"sym_eq": operator.eq, "expect_true": lambda condition, *_: condition},
}
# What torch.use_deterministic_algorithms sets, and what that imports: they do without the package that they are in.
LIGHT: Final = frozenset({"torch._inductor.config", "torch._inductor.custom_graph_pass"})


class _Postponed(types.ModuleType):
    """A module without its contents: the first look at them imports it, into this same object."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":  # what is asked of any module
            raise AttributeError(name)
        _import(self)
        return getattr(self, name)


class _PostponingFinder(importlib.abc.MetaPathFinder):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._running = [0]  # imports of guarded modules, one inside the other

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname in LIGHT:
            return None
        if isinstance(package := sys.modules.get(fullname.rpartition(".")[0]), _Postponed):
            _import(package)  # before what is in it, which comes with it, mostly
            if present := sys.modules.get(fullname):
                there = importlib.machinery.ModuleSpec(fullname, _Present(present.__spec__, present))
                vars(present)["__spec__"] = there  # which the import system asks the module for
                return there
        is_postponed = fullname in NAMES
        if not is_postponed and not self._guard.concerns(fullname):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec and spec.loader:
            guarded = _Guarded(spec.loader, self._running, self._guard.cover)
            spec.loader = _Loader(guarded) if is_postponed else guarded
        return spec


class _Guarded(importlib.abc.Loader):
    """The loader of a module that has banned things in it. They are guarded when the outermost such import ends."""

    def __init__(self, real: importlib.abc.Loader, running: list[int], cover: Callable[[], object]) -> None:
        self._real = real
        self._running = running
        self._cover = cover

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        if module.__spec__ is not None:
            module.__loader__ = module.__spec__.loader = self._real
        self._running[0] += 1
        try:
            self._real.exec_module(module)
        finally:  # a package that fails may leave modules behind
            self._running[0] -= 1
            if not self._running[0]:
                self._cover()


class _Loader(importlib.abc.Loader):
    def __init__(self, real: importlib.abc.Loader) -> None:
        self.real = real

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Postponed(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module).update(MEANWHILE.get(module.__name__, {}))


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
    loader.real.exec_module(module)


def install(guard: Guard) -> None:
    """From now on, those of NAMES that were not imported yet are postponed; the guard covers what comes later."""
    sys.meta_path.insert(0, _PostponingFinder(guard))
    importlib.import_module(COMPILER)
