"""Modules that are there for a submission though they are not: what shows, asks or sends does nothing.

A training loop that draws a curve goes on where matplotlib is not installed. `mugrade`, `marimo` and the modules that
an assignment names are always stand-ins: nothing is sent, no server is started.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Iterable, Sequence
from typing import Any, Final

from grader.worker.harmless import Harmless

ALWAYS: Final = frozenset({"marimo", "mugrade"})
# Where they are not installed. None of them computes what a homework asks for.
IF_MISSING: Final = frozenset(
    {
        *("IPython", "google", "ipywidgets"),
        *("livelossplot", "matplotlib", "plotly", "seaborn", "tensorboardX", "torchviz", "wandb"),
        *("torchinfo", "torchsummary"),
        *("alive_progress", "fastprogress", "progressbar", "tqdm"),
        *("beartype", "jaxtyping", "torchtyping", "typeguard"),
    }
)
# A part of torch that does nothing without a library which is not torch's.
WITHOUT: Final = {"torch.utils.tensorboard": "tensorboard"}


class _HarmlessModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            return "0"
        return getattr(Harmless(self.__name__.rpartition(".")[2]), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Some of them are called, too: `import made_up; made_up(...)`."""
        return Harmless(self.__name__)(*args, **kwargs)


class _HarmlessFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        parts = fullname.split(".")
        if not any(".".join(parts[:i]) in self._names for i in range(1, len(parts) + 1)):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _HarmlessModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def install(names: Iterable[str]) -> None:
    """From now on, these modules and the known ones do nothing."""
    parts = {part for part, needed in WITHOUT.items() if importlib.util.find_spec(needed) is None}
    sys.meta_path.insert(0, _HarmlessFinder(ALWAYS | parts | set(names)))
    # A cell that asks for a grade is not one to grade.
    vars(sys.modules["grader"])["check_here"] = Harmless("check_here")
    sys.modules["grader.mugrade_suite"] = _HarmlessModule("grader.mugrade_suite")
    sys.meta_path.append(_HarmlessFinder(IF_MISSING))
