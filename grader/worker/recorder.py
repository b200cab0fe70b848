"""Inside the worker: keeps what the submission's own functions of some names returned, for reports that draw.

Where such a function says `return x`, the code that is executed says `return recorded(x)`: one call more in each pass
over the data, and no wrapper. The function, its arguments, source, lines and result are what they were. What is kept
is a claim of the submission's, as all that comes from a worker: it is shown, and earns nothing.
"""

from __future__ import annotations

import ast
import builtins
import sys
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

import numpy as np
import torch

from grader.boundary.plain import plain
from grader.boundary.requests import MAX_ARGUMENTS, MAX_CALLS, MAX_NUMBERS

MAX_KEPT: Final = 10 * MAX_CALLS
_HOOK: Final = "__recorded__"  # among the builtins: the code of every file finds it there
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class _Kept:
    arguments: tuple[weakref.ref[Any] | None, ...]  # None: the argument is None, or can't be referred to
    given: tuple[bool, ...]  # which arguments were not None
    numbers: tuple[float, ...]  # that were returned


class Recorder:
    """Of functions of these names, the calls that returned one number or a few."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._calls: list[_Kept] = []
        if self._names:
            setattr(builtins, _HOOK, self._recorded)

    def instrument(self, statement: ast.stmt) -> None:
        """Have the functions of these names tell what they return, if the top-level statement defines any."""
        for node in _within(statement) if self._names else ():
            if isinstance(node, ast.FunctionDef) and node.name in self._names:
                for inner in (found for part in node.body for found in _within(part)):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        hook = ast.copy_location(ast.Name(_HOOK, ast.Load()), inner.value)
                        inner.value = ast.copy_location(ast.Call(hook, [inner.value], []), inner.value)

    def calls_with(self, subject: Any) -> list[tuple[tuple[bool, ...], tuple[float, ...]]]:
        """The first calls that had this object among their arguments: which arguments were given, what came back."""
        found = [c for c in self._calls if any(ref is not None and ref() is subject for ref in c.arguments)]
        return [(call.given, call.numbers) for call in found[:MAX_CALLS]]

    def _recorded(self, value: Any) -> Any:
        try:
            if len(self._calls) < MAX_KEPT and (numbers := _numbers(value)):
                self._calls.append(_kept(sys._getframe(1), numbers))
        except Exception:  # whatever is odd about it is not kept
            pass
        return value


def _within(node: ast.stmt) -> Iterator[ast.AST]:
    """The statement and those in it, but for what stands in a scope of its own."""
    waiting: list[ast.AST] = [node]
    while waiting:
        yield (present := waiting.pop())
        if not isinstance(present, _SCOPES):
            parts = ast.iter_child_nodes(present)
            waiting.extend(part for part in parts if isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case))


def _kept(frame: FrameType, numbers: tuple[float, ...]) -> _Kept:
    code, values = frame.f_code, frame.f_locals
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount][:MAX_ARGUMENTS]
    arguments = [values.get(name) for name in names]
    return _Kept(tuple(map(_reference, arguments)), tuple(value is not None for value in arguments), numbers)


def _reference(value: Any) -> weakref.ref[Any] | None:
    """Not the object itself: a model that nobody needs any more must not stay in memory."""
    try:
        return weakref.ref(value)
    except TypeError:
        return None


def _numbers(value: Any) -> tuple[float, ...]:
    """The numbers that are returned, alone or as a tuple or list; nothing where there is anything else."""
    value = plain(value)
    parts = value if type(value) in (tuple, list) else (value,)
    return tuple(map(_number, parts)) if len(parts) <= MAX_NUMBERS else ()


def _number(value: Any) -> float:
    """By exact type: what is the submission's own must not run here. Raises TypeError or ValueError."""
    value = plain(value)
    if type(value) in (int, float):
        return float(value)
    if type(value) in (torch.Tensor, np.ndarray, np.float32, np.int64):
        return float(value.item())
    raise TypeError("not a number")
