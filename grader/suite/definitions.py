"""What some names mean in a file of the assignment's own: no more of it than they need."""

from __future__ import annotations

import ast
import functools
from collections.abc import Collection


def definitions(source: str, names: Collection[str]) -> str:
    """The definitions of these names, with those that they use, as Python; empty where there are none.

    Classes and functions of the file, names that are assigned at its top level, and all its imports.
    """
    if not names:
        return ""
    tree = ast.parse(source)
    own = {name: node for node in tree.body for name in _bound_by(node)}
    wanted, fresh = set[str](), set(names) & own.keys()
    while fresh:
        wanted |= fresh
        used = {n.id for name in fresh for n in ast.walk(own[name]) if isinstance(n, ast.Name)}
        fresh = (used & own.keys()) - wanted
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    kept = [node for node in tree.body if wanted & {*_bound_by(node)}]
    return ast.unparse(ast.Module([*imports, *kept], [])) if kept else ""


@functools.cache
def defined_in(source: str) -> tuple[str, ...]:
    """The names that the file defines at its top level. Raises SyntaxError."""
    return tuple(name for node in ast.parse(source).body for name in _bound_by(node))


def _bound_by(node: ast.stmt) -> list[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Assign(targets=targets):
            return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    return []
