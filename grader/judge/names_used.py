"""What a suite's source says, as its author wrote it: where functions stand, and which names they ask for."""

from __future__ import annotations

import ast
import difflib
import functools
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedName:
    """`submission.a.b` in a function of the suite: names are a and b."""

    function: str
    place: str  # file and line
    names: Sequence[str]


def functions_in(path: Path) -> Iterator[tuple[str, int]]:
    """Name and line of each function of the file and of its classes. Both branches of an `if` are no second one."""
    tree = _parsed(path)
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    for body in bodies:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, node.lineno


def uses_in(path: Path) -> Iterator[AskedName]:
    """What the functions with a parameter `submission` ask of it."""
    for function, line, names in _uses(_parsed(path, having=b"submission")):
        yield AskedName(function=function, place=f"{path}:{line}", names=names)


@functools.lru_cache(maxsize=256)
def _uses(tree: ast.Module) -> Sequence[tuple[str, int, Sequence[str]]]:
    found = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and any(a.arg == "submission" for a in _parameters(function)):
            attributes = [node for node in ast.walk(function) if isinstance(node, ast.Attribute)]
            inner = {id(node.value) for node in attributes}
            for node in attributes:
                if id(node) not in inner and (names := _chain(node)):
                    found.append((function.name, node.lineno, names))
    return found


def bound_at_top(path: Path) -> frozenset[str] | None:
    """The names that a Python file binds at its top level, in whatever way; None where that can't be told."""
    found = set[str]()
    for node in ast.walk(_parsed(path)):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(name=name, asname=other):
                if name == "*":
                    return None
                found.add(other or name.split(".")[0])
    return frozenset(found) or None


def missing_in_torch(names: Sequence[str]) -> tuple[str, str] | None:
    """The first of these names that torch does not have, with all before it, and what may be meant; or None."""
    here: Any = torch
    for count, name in enumerate(names, start=1):
        if not isinstance(here, ModuleType) and not inspect.isclass(here):
            return None
        try:
            here = getattr(here, name)
        except AttributeError:
            near = _near(name, dir(here))
            return ".".join(names[:count]), f"did you mean {near}?" if near else ""
    return None


@functools.lru_cache(maxsize=1024)
def misspelled_in_torch(dotted: str) -> str:
    """The name that is meant by one that torch does not have and that is one slip from it; nothing where none is.

    Another version of torch may have what this one has not: only what looks like a slip is taken for one.
    """
    first, *names = dotted.split(".")
    here: Any = torch
    for count, name in enumerate(names if first == "torch" else []):
        known = vars(here) if isinstance(here, ModuleType) or inspect.isclass(here) else {name: None}
        if name not in known:  # some of torch's modules are imported when they are asked for, which takes seconds
            near = [other for other in known if not other.startswith("_") and _is_one_slip(other, name)]
            nearest = max(near, key=lambda other: difflib.SequenceMatcher(None, other, name).ratio(), default="")
            return ".".join(["torch", *names[:count], nearest]) if nearest and not name.startswith("_") else ""
        here = known[name]
    return ""


def _is_one_slip(a: str, b: str) -> bool:
    """Whether one letter is missing, too many or another, or two stand in each other's place."""
    if len(a) == len(b):
        differ = [index for index, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
        is_swap = len(differ) == 2 and sorted(a[i] for i in differ) == sorted(b[i] for i in differ)
        return len(differ) == 1 or is_swap or a.casefold() == b.casefold()
    short, long = sorted((a, b), key=len)
    return len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _near(name: str, known: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(name, known, n=1)), "")


def _parameters(function: ast.FunctionDef) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _chain(node: ast.Attribute) -> list[str]:
    """a and b of submission.a.b; nothing for an attribute of something else, or one that is set."""
    names, at = list[str](), node
    while True:
        names.insert(0, at.attr)
        if not isinstance(at.value, ast.Attribute):
            is_asked = isinstance(at.value, ast.Name) and at.value.id == "submission"
            return names if is_asked and isinstance(node.ctx, ast.Load) else []
        at = at.value


def _parsed(path: Path, having: bytes = b"") -> ast.Module:
    """The file as a tree, an empty one where it is no Python file; parsed once, however often it is graded with.

    having: what stands in each file that is worth it.
    """
    try:
        source = path.read_bytes()
        return _tree(source) if having in source else ast.Module([], [])
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


@functools.lru_cache(maxsize=256)
def _tree(source: bytes) -> ast.Module:
    return ast.parse(source)
