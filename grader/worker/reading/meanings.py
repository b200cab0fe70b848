"""What the names and expressions of a file stand for, as dotted names: `F.relu` is torch.nn.functional.relu.

It is read off the source, which is followed in the order of execution: see grader.worker.reading.uses.
"""

from __future__ import annotations

import ast
import builtins
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_DICT: Final = ".__dict__"
_GLOBALS: Final = "<globals>"  # the dictionary of the file's own names
_LOOKUPS: Final = ("get", "pop", "__getitem__", "setdefault")


@dataclass(slots=True)
class Scope:
    """The names of the file, a function, a class body or a comprehension, and what they stand for, as dotted names."""

    parent: Scope | None = None
    is_class: bool = False
    own: frozenset[str] = frozenset()  # names that are local from the start on
    elsewhere: frozenset[str] = frozenset()  # names that are declared global
    live: bool = True  # being executed: a name stands for what it was bound to last
    now: dict[str, str | None] = field(default_factory=dict)
    ever: dict[str, set[str | None]] = field(default_factory=dict)

    def bind(self, name: str, value: str | None) -> None:
        """The name stands for the dotted name, or for something that is none of our business."""
        scope = self.top if name in self.elsewhere else self
        scope.now[name] = value
        scope.ever.setdefault(name, set()).add(value)

    def look_up(self, name: str) -> str | None:
        """What it stands for, if that is certain."""
        scope: Scope | None = self
        while scope is not None:
            if name not in scope.elsewhere and (name in scope.ever or name in scope.own):
                if scope.live:
                    return scope.now.get(name)
                values = scope.ever.get(name, {None})
                return next(iter(values)) if len(values) == 1 else None
            scope = scope.parent
            while scope is not None and scope.is_class:  # seen from its own body only
                scope = scope.parent
        return f"builtins.{name}" if hasattr(builtins, name) else None

    @property
    def top(self) -> Scope:
        """The file's own scope."""
        return self if self.parent is None else self.parent.top


def meaning(node: ast.expr, scope: Scope) -> str | None:
    """The dotted name of what the expression gives where it stands, if the source tells."""
    match node:
        case ast.Name(id=name):
            return scope.look_up(name)
        case ast.Attribute(value=value, attr=attribute):
            base = meaning(value, scope)
            return base and f"{base}.{attribute}"
        case ast.NamedExpr(value=value):
            return meaning(value, scope)
        case ast.Subscript(value=value, slice=key):
            return _item(meaning(value, scope) or "", literal_text(key), scope)
        case ast.Call(args=[first, *_]) if getter := _attribute_getter(node.func, scope):
            base = meaning(first, scope)
            return base and f"{base}.{getter}"
        case ast.Call():
            return _result(meaning(node.func, scope) or "", node, scope)
        case _:
            return None


def _attribute_getter(node: ast.expr, scope: Scope) -> str:
    """Of operator.attrgetter("nn.functional"), the text."""
    if isinstance(node, ast.Call) and node.args and meaning(node.func, scope) == "operator.attrgetter":
        return literal_text(node.args[0])
    return ""


def _item(base: str, key: str, scope: Scope) -> str | None:
    if not key:
        return None
    if base == "sys.modules":
        return key
    if base == _GLOBALS:
        return scope.top.look_up(key)
    return f"{base.removesuffix(_DICT)}.{key}" if base.endswith(_DICT) else None


def _result(function: str, call: ast.Call, scope: Scope) -> str | None:
    """What a call of a function that leads on to other things gives."""
    arguments = call.args
    first = arguments[0] if arguments else None
    text = literal_text(first)
    match function:
        case "builtins.globals" | "builtins.locals":
            return _GLOBALS
        case "builtins.vars":
            return _GLOBALS if first is None else _joined(meaning(first, scope), "__dict__")
        case "importlib.import_module" | "pkgutil.resolve_name":
            return text.replace(":", ".") or None
        case "builtins.__import__" | "importlib.__import__":
            has_list = len(arguments) > 3 or any(keyword.arg == "fromlist" for keyword in call.keywords)
            return (text if has_list else text.split(".")[0]) or None
        case "builtins.getattr" | "builtins.object.__getattribute__" if len(arguments) > 1 and first is not None:
            return _joined(meaning(first, scope), literal_text(arguments[1]))
        case "importlib.reload" if first is not None:
            return meaning(first, scope)
        case "builtins.eval":
            body = parsed(text)
            return meaning(body[0].value, scope) if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    base, _, method = function.rpartition(".")
    if method in _LOOKUPS:
        return _item(base, text, scope)
    return _joined(base, text) if method in ("__getattribute__", "__getattr__") else None


def _joined(base: str | None, attribute: str) -> str | None:
    return f"{base}.{attribute}" if base and attribute else None


def literal_text(node: ast.expr | None) -> str:
    """The text that an expression of literals gives, or nothing."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(data)):
            return data.decode("utf-8", "replace")
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            first, second = literal_text(left), literal_text(right)
            return first + second if first and second else ""
        case ast.JoinedStr(values=values):
            parts = [literal_text(v.value if isinstance(v, ast.FormattedValue) else v) for v in values]
            return "".join(parts) if all(parts) else ""
        case _:
            return ""


def parsed(text: str) -> list[ast.stmt]:
    """The statements of code in a string; none where it is not Python."""
    try:
        return ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def exported(module: str) -> Iterator[str]:
    """What `from module import *` binds, if the module is loaded here, where nothing of the student's runs."""
    loaded = sys.modules.get(module)
    if isinstance(loaded, types.ModuleType):
        names = getattr(loaded, "__all__", None)
        yield from (name for name in vars(loaded) if not name.startswith("_")) if names is None else names
