"""The other Python files of a folder or archive, importable from memory as they would be beside the main file."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import linecache
import types
from collections.abc import Mapping, Sequence
from typing import Any

from grader.worker.reading import imports, parsing
from grader.worker.reading.names import Names
from grader.worker.recorder import Recorder


class Siblings(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and executes them. `replaced` are known-good parts that take the place of what a file has defined."""

    def __init__(self, main: str, modules: Mapping[str, str], replaced: Mapping[str, Any], recorder: Recorder) -> None:
        self._sources = modules
        self._replaced = replaced
        self._recorder = recorder
        self._files = imports.modules(main, modules)
        for file, source in modules.items():
            linecache.cache[file] = (len(source), None, [f"{line}\n" for line in source.split("\n")], file)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The file of that name, if there is one."""
        file = self._files.get(fullname)
        if file is None:
            return None
        is_package = not file or file.endswith("__init__.py")
        return importlib.machinery.ModuleSpec(fullname, self, origin=file or None, is_package=is_package)

    def exec_module(self, module: types.ModuleType) -> None:
        """Execute its statements."""
        spec = module.__spec__
        file = spec.origin if spec else None
        if not file:
            return
        module.__file__ = file
        execute(self._sources[file], file, vars(module), self._replaced, self._recorder)


def execute(source: str, file: str, namespace: dict[str, Any], replaced: Mapping[str, Any], recorder: Recorder) -> None:
    """A whole file, as an import does it; but each known-good part stays what it is."""
    tree, _ = parsing.parse(source, file)
    flags = parsing.future_flags(tree)
    for node in tree.body:
        recorder.instrument(node)
        exec(parsing.compiled([node], file, flags), namespace)
        if replaced:
            bound = Names.of(node).now.binds
            namespace.update({name: part for name, part in replaced.items() if name in bound})
