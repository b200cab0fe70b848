"""The files of a folder as modules: under which names they are imported, and which of them an import reaches."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

# The folder itself may be meant as a package: `from .layers import Linear` in a file at its top.
AS_PACKAGE: Final = "submission"
_CALLS: Final = frozenset({"__import__", "import_module", "run_module", "run_path"})
STAR: Final = "*"


def package_of(file: str) -> str:
    """What that file takes for its package, for relative imports."""
    return ".".join((AS_PACKAGE, *PurePosixPath(file).parent.parts))


def modules(main: str, files: Iterable[str]) -> dict[str, str]:
    """The file of each dotted name that can be imported beside the main file; "" for a folder without __init__.py."""
    found: dict[str, str] = {}

    def add(path: PurePosixPath, file: str) -> None:
        dotted = path.parent if path.name == "__init__.py" else path.with_suffix("")
        found[".".join(dotted.parts)] = file
        for folder in dotted.parents:
            if folder.parts:
                found.setdefault(".".join(folder.parts), "")

    beside = PurePosixPath(main).parent
    for file in files:
        path = PurePosixPath(file)
        add(path, file)
        add(AS_PACKAGE / path, file)
        if beside.parts and path.is_relative_to(beside):
            add(path.relative_to(beside), file)
    for folder in PurePosixPath(AS_PACKAGE, main).parents:
        if folder.parts:
            found.setdefault(".".join(folder.parts), "")
    return found


@dataclass(frozen=True, slots=True)
class Taken:
    """What code takes from a file by one import. names: of that file; None for all of them."""

    file: str
    names: frozenset[str] | None


def taken(nodes: Iterable[ast.AST], file: str, known: Mapping[str, str]) -> Iterator[Taken]:
    """What these statements of that file import from files beside it, wherever in them an import stands.

    known: the files by dotted name, see `modules`. All files on the way to a module are taken from, too.
    """
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield from _on_the_way(alias.name, known, None)
            case ast.ImportFrom(names=names):
                module = _absolute(node, file)
                asked = frozenset(alias.name for alias in names)
                yield from _on_the_way(module, known, asked)
                for name in asked:
                    if inner_file := known.get(f"{module}.{name}"):
                        yield Taken(inner_file, None)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in _CALLS:
                for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        dotted = argument.value.removesuffix(".py").replace("/", ".").strip(".")
                        yield from _on_the_way(dotted, known, None)


def _absolute(node: ast.ImportFrom, file: str) -> str:
    """The dotted name of the module that is imported from."""
    if not node.level:
        return node.module or ""
    parts = package_of(file).split(".")
    parts = parts[: max(len(parts) - node.level + 1, 0)]
    return ".".join([*parts, *([node.module] if node.module else [])]) if parts else ""  # beyond the top: it raises


def _on_the_way(dotted: str, known: Mapping[str, str], names: frozenset[str] | None) -> Iterator[Taken]:
    parts = dotted.split(".")
    for i in range(1, len(parts) + 1):
        if file := known.get(".".join(parts[:i])):
            yield Taken(file, names if i == len(parts) else frozenset())
