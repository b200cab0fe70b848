"""How much of a question is written so far. Runs inside a worker, before the student's code."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.worker.reading.names import base_names
from grader.worker.reading.statements import DEFINITIONS, FUNCTIONS, Statement

_PLAIN: Final = {"object", "Module", "nn.Module", "torch.nn.Module"}  # bases that have none of what is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the source says about one question, before anything runs."""

    present: bool
    line: int | None
    empty: tuple[str, ...] = field(default=())  # names of its functions with no code in them
    written: bool = False  # at least one function has code in it
    unwritten: tuple[str, ...] = field(default=())  # methods that are asked for and have no code


def definition_of(question: str, program: Sequence[Statement], asked: Sequence[str] = ()) -> Definition:
    """Whether the question is defined, and which of its functions still have an empty body.

    asked: the methods that the homework asks for.
    """
    found = [s for s in program if question in s.binds]
    if not found:
        return Definition(present=False, line=None)
    node = found[-1].node
    if any(question in s.changes.direct for s in program[found[-1].index + 1 :]):
        return Definition(present=True, line=node.lineno, written=True)  # Linear.forward = forward
    functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    if not isinstance(node, DEFINITIONS) or not functions or _gets_code_elsewhere(node, program):
        return Definition(present=True, line=node.lineno, written=True)
    empty = tuple(f.name for f in functions if _is_empty(f))
    written = len(empty) < len(functions)
    unwritten = _unwritten(node, asked) if isinstance(node, ast.ClassDef) else ()
    return Definition(present=True, line=node.lineno, empty=empty, written=written, unwritten=unwritten)


def _unwritten(node: ast.ClassDef, asked: Sequence[str]) -> tuple[str, ...]:
    """The methods that are asked for and have no code. One that is not there may have its code under another name."""
    own = {part.name: part for part in node.body if isinstance(part, FUNCTIONS)}
    given = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    given |= {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    has_others = any(name not in asked and not _is_empty(function) for name, function in own.items())
    is_plain = not node.keywords and not node.decorator_list and {ast.unparse(b) for b in node.bases} <= _PLAIN
    may_be_elsewhere = has_others or not is_plain
    missing = [name for name in asked if (_is_empty(own[name]) if name in own else not may_be_elsewhere)]
    return tuple(name for name in missing if name not in given)  # self.forward = ..., setattr(self, "forward", ...)


def _gets_code_elsewhere(node: ast.stmt, program: Sequence[Statement]) -> bool:
    """Whether a class has code that is not in its functions: from a base class in this file, or `forward = other`."""
    if not isinstance(node, ast.ClassDef):
        return False
    own = {s.node.name for s in program if isinstance(s.node, ast.ClassDef)}
    named = {name for part in (*node.bases, *node.decorator_list) for name in base_names(part)}
    return bool(named & own) or any(not isinstance(part, FUNCTIONS) and not _is_filler(part) for part in node.body)


def _is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Nothing but what the template contains: docstring, pass, `...`, super().__init__(), raise NotImplementedError."""
    return all(_is_filler(statement) for statement in function.body)


def _is_filler(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"))):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
        case _:
            return False
