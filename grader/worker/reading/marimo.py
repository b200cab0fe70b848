"""A marimo notebook: what stands in its cells, as top-level statements in the order in which marimo runs them.

marimo itself is not needed. A cell is a function of the file; its body runs among the names of the whole notebook, when
the cells that define what it uses have run. Names that begin with an underscore are the cell's own.
"""

from __future__ import annotations

import ast
import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.worker.reading.names import Names
from grader.worker.reading.text import Lost, lost


@dataclass(frozen=True, slots=True)
class _Cell:
    body: list[ast.stmt]
    defines: frozenset[str]
    private: frozenset[str]
    uses: frozenset[str]  # from other cells, now or when a function is called

    @classmethod
    def of(cls, body: list[ast.stmt]) -> _Cell:
        names = Names.of(*body)
        bound = names.now.binds | names.later.binds
        private = frozenset(name for name in names.now.binds if name.startswith("_") and not name.startswith("__"))
        uses = (names.now.uses | names.later.uses) - bound
        return cls(body, frozenset(bound) - private, private, frozenset(uses))


def unfolded(tree: ast.Module) -> tuple[ast.Module, list[Lost]]:
    """The notebook's statements and the cells that marimo could not parse; any other file as it is."""
    app = _app_of(tree)
    if app is None:
        return tree, []
    setup, cells, before, after, gone = (
        list[ast.stmt](),
        list[_Cell](),
        list[ast.stmt](),
        list[ast.stmt](),
        list[Lost](),
    )
    for node in tree.body:
        kind = _kind_of(node, app)
        if kind == "_unparsable_cell":
            gone += _unparsable(node)
        elif isinstance(node, ast.With) and kind == "setup":
            setup += node.body
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and kind == "cell":
            cells.append(_Cell.of(_without_returns(node.body)))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and kind:
            node.decorator_list = [d for d in node.decorator_list if _attribute_of(d, app) is None]
            cells.append(_Cell.of([node]))
        else:
            (after if cells else before).append(node)
    shared = {name for name, n in Counter(name for cell in cells for name in cell.private).items() if n > 1}
    body = [node for i in _order(cells) for node in _with_own_names(cells[i], i, shared)]
    return ast.Module([*before, *setup, *body, *after], tree.type_ignores), gone


def _app_of(tree: ast.Module) -> str | None:
    """The name that a marimo notebook gives its app."""
    imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    modules = {alias.name for n in imports for alias in n.names if isinstance(n, ast.Import)}
    if "marimo" not in modules | {n.module for n in imports if isinstance(n, ast.ImportFrom)}:
        return None
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr="App"))):
                return name
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="App"))):
                return name
    return None


def _kind_of(node: ast.stmt, app: str) -> str:
    """The attribute of the app by which a statement is a part of the notebook: cell, function, setup, ..."""
    parts: list[ast.expr] = []
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            parts = node.decorator_list
        case ast.With():
            parts = [item.context_expr for item in node.items]
        case ast.Expr():
            parts = [node.value]
    return next(filter(None, (_attribute_of(part, app) for part in parts)), "")


def _attribute_of(node: ast.expr, app: str) -> str | None:
    match node.func if isinstance(node, ast.Call) else node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == app:
            return attribute
        case _:
            return None


def _unparsable(node: ast.stmt) -> Iterator[Lost]:
    match node:
        case ast.Expr(value=ast.Call(args=[ast.Constant(value=str(source)), *_])):
            try:
                ast.parse(source)
                error: Exception = SyntaxError("marimo could not parse this cell")
            except (SyntaxError, ValueError, RecursionError, MemoryError) as found:
                error = found
            yield lost(source, error, node.lineno)


class _Returns(ast.NodeTransformer):
    """Takes out what gives the cell's names to marimo; a function inside keeps its own."""

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node)

    def visit_FunctionDef(self, node: ast.AST) -> ast.AST:
        return node

    visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = visit_FunctionDef


def _without_returns(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    return [_Returns().visit(node) for node in body if not isinstance(node, ast.Return)]


def _order(cells: Sequence[_Cell]) -> Iterator[int]:
    """Each cell after those that define what it uses; by their place in the file where that leaves a choice."""
    definers: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        for name in cell.defines:
            definers.setdefault(name, []).append(i)
    waits_for: list[set[int]] = []
    for i, cell in enumerate(cells):
        # marimo wants one definition of each name. Where there are several, the last one above is meant.
        found = (definers.get(name, []) for name in cell.uses)
        waits_for.append({([d for d in by if d < i] or by)[-1 if by[0] < i else 0] for by in found if by} - {i})
    followers: dict[int, list[int]] = {}
    for i, needed in enumerate(waits_for):
        for d in needed:
            followers.setdefault(d, []).append(i)
    ready = [i for i, needed in enumerate(waits_for) if not needed]
    left = set(range(len(cells)))
    while left:
        i = heapq.heappop(ready) if ready else min(left)  # a circle: marimo would not run it
        if i not in left:
            continue
        left.discard(i)
        yield i
        for follower in followers.get(i, ()):
            waits_for[follower].discard(i)
            if not waits_for[follower] and follower in left:
                heapq.heappush(ready, follower)


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_alias(self, node: ast.alias) -> ast.AST:
        bound = node.asname or node.name
        if bound in self._names:
            node.asname = self._names[bound]
        return node


def _with_own_names(cell: _Cell, index: int, shared: set[str]) -> list[ast.stmt]:
    """The cell's statements; a private name that another cell has, too, is made its own."""
    names = {name: f"_cell_{index}{name}" for name in cell.private & shared}
    return [_Renamed(names).visit(node) for node in cell.body] if names else cell.body
