"""The messages of the grader's errors that a caller can mend, as they stand in the code."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Final

from grader import errors
from grader.errors import AssignmentInvalid, GraderError
from tests.meta.tools.repository import ROOT

# AssignmentInvalid names file and key of an author's own table; there are as many as there are keys.
ERRORS: Final = {
    name
    for name, thing in vars(errors).items()
    if inspect.isclass(thing) and issubclass(thing, GraderError) and thing is not AssignmentInvalid
} | {"BadParameter"}


def messages() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each message with its place: the texts between what is filled in."""
    for path in sorted((ROOT / "grader").rglob("*.py")):
        if path.is_relative_to(ROOT / "grader" / "worker"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {c.name for c in ast.walk(tree) if isinstance(c, ast.ClassDef) and _is_error(c)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                called = node.exc.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if name in ERRORS | own and node.exc.args and (texts := tuple(_texts(node.exc.args[0]))):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", texts


def _is_error(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id in ERRORS for base in node.bases)


def _texts(message: ast.expr) -> Iterator[str]:
    parts = message.values if isinstance(message, ast.JoinedStr) else [message]
    yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
