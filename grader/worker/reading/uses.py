"""What a submission may use, by its source. What stands there in disguise is seen at run time: grader.worker.guard.

A use is a place where something banned could do work: it is called, inherited from, handed on, kept in an attribute.
No use is an import, another name for it (`relu = F.relu`: where `relu` then stands, it is used), a type hint, or a look
at it (isinstance, `type(x) is nn.Linear`, print): none of these computes anything.
Where a name may stand for several things (a `try` with a fallback, an import with a class of that name below it), it is
no use either: a false alarm costs a right answer its points, and the run-time guard sees what really happens.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from grader.boundary.rules import Rules
from grader.worker.reading.meanings import Scope, exported, literal_text, meaning, parsed
from grader.worker.reading.names import own_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One place where the source uses what is banned."""

    line: int
    name: str  # dotted, from the top package on
    index: int  # of the top-level statement
    # Set for code in a string that a top-level statement executes: what it binds. Such a statement is in every slice.
    binds: frozenset[str] | None = None


def uses_in(tree: ast.Module, rules: Rules) -> tuple[Use, ...]:
    """Every banned use in a parsed file, in the order of lines."""
    visitor = _Visitor(rules)
    visitor.run(tree)
    return tuple(sorted(dict.fromkeys(visitor.found), key=lambda use: (use.line, use.name)))


_LOOKING: Final = frozenset(
    f"builtins.{name}"
    for name in ("callable", "dir", "hasattr", "help", "id", "isinstance", "issubclass", "print", "repr", "str", "type")
)
_TYPING: Final = ("typing.", "typing_extensions.", "collections.abc.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where code stands that is looked at."""

    index: int = 0  # of the top-level statement
    line: int | None = None  # of the call that executes the string that the code is in
    binds: frozenset[str] | None = None  # what that code binds, where a top-level statement executes it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Later:
    """A function's body, to be looked at when everything around it is known."""

    body: Sequence[ast.AST]
    scope: Scope
    place: _Place


class _ExpressionVisitor(ast.NodeVisitor):
    """Notes what expressions use, and what they bind on the way."""

    def __init__(self, rules: Rules) -> None:
        self.found: list[Use] = []
        self._rules = rules
        self._scope = Scope()
        self._place = _Place()
        self._later: list[_Later] = []

    def visit_Name(self, node: ast.Name | ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            if isinstance(node, ast.Name):
                self._scope.bind(node.id, None)
            else:
                self.generic_visit(node)
        elif not self._is_use(node) and self._meaning(node) is None:
            self.generic_visit(node)

    visit_Attribute = visit_Name

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not (self._meaning(node.value) or "").startswith(_TYPING):  # Iterable[torch.optim.Optimizer]
            self.visit_Name(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = self._meaning(node.func) or ""
        if self._is_use(node):
            return
        if function in ("builtins.exec", "builtins.eval", "builtins.compile") and node.args:
            self._visit_text(node)
        if function.startswith(_TYPING):  # TypeVar("M", bound=torch.nn.Module), cast(torch.nn.Linear, layer)
            self._visit_all(node.args[1:])
            return
        self.visit(node.func)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            if function not in _LOOKING:
                self.visit(argument)
            else:
                self._visit_looked_at(argument)

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for part in (node.left, *node.comparators):  # type(layer) is nn.Linear
            self._visit_looked_at(part)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.BitOr):  # SGD | torch.optim.Optimizer
            self._visit_looked_at(node)
        else:
            self.generic_visit(node)

    def _visit_looked_at(self, node: ast.expr) -> None:
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                for part in parts:
                    self._visit_looked_at(part)
            case ast.BinOp(op=ast.BitOr()):
                self._visit_looked_at(node.left)
                self._visit_looked_at(node.right)
            case _ if self._rules.bans(self._meaning(node) or ""):
                self._visit_named(node)
            case _:
                self.visit(node)

    def _is_use(self, node: ast.expr) -> bool:
        """Whether the expression gives something banned; then it is noted."""
        name = self._meaning(node)
        if name is None:
            return False
        name = name.split(".__")[0]  # torch.nn.Linear.__init__
        if not self._rules.bans(name):
            return False
        place = self._place
        line = node.lineno if place.line is None else place.line
        self.found.append(Use(line=line, name=name, index=place.index, binds=place.binds))
        self._visit_named(node)
        return True

    def _visit_named(self, node: ast.expr) -> None:
        for part in ast.walk(node):  # (F := torch.nn.functional).relu
            if isinstance(part, ast.NamedExpr):
                self._scope.bind(part.target.id, self._meaning(part.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._scope.bind(node.target.id, self._meaning(node.value))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node.args, [node.body])

    def _visit_function(self, arguments: ast.arguments, body: Sequence[ast.AST]) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        own, declared = own_names(body)
        own |= {argument.arg for argument in ast.walk(arguments) if isinstance(argument, ast.arg)}
        scope = Scope(self._scope, own=frozenset(own), elsewhere=frozenset(declared))
        self._later.append(_Later(body=body, scope=scope, place=self._place))

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        outer = self._scope
        self._scope = Scope(outer)
        self._visit_all(node.generators)
        self._visit_all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))
        self._scope.live = False  # what is deferred in it finds its names there
        self._scope = outer

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        self._visit_all(node.ifs)

    def _visit_text(self, node: ast.Call) -> None:
        """The code in a literal that is executed, as if it stood there."""
        body = parsed(literal_text(node.args[0]))
        before = self._place
        self._place = replace(before, line=node.lineno if before.line is None else before.line)
        if self._scope.parent is None:
            self._place = replace(self._place, binds=frozenset(own_names(body)[0]))
        self._visit_all(body)
        self._place = before

    def _meaning(self, node: ast.expr) -> str | None:
        return meaning(node, self._scope)


class _Visitor(_ExpressionVisitor):
    """Goes through a file in the order of execution, function bodies last."""

    def run(self, tree: ast.Module) -> None:
        """Find all uses."""
        for index, node in enumerate(tree.body):
            self._place = _Place(index=index)
            self.visit(node)
        self._scope.live = False
        while self._later:
            later = self._later.pop(0)
            self._scope, self._place = later.scope, later.place
            self._visit_all(later.body)
            later.scope.live = False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.split(".")[0]
            self._scope.bind(alias.asname or top, alias.name if alias.asname else top)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module if node.module and not node.level else None
        for alias in node.names:
            if alias.name != "*":
                self._scope.bind(alias.asname or alias.name, f"{module}.{alias.name}" if module else None)
            else:
                for name in exported(module or ""):
                    self._scope.bind(name, f"{module}.{name}")

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is None:
            return
        if (self._meaning(node.annotation) or "").endswith(".TypeAlias"):
            self.visit(node.target)
        else:
            self._assign(node.target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ((ast.Tuple(elts=names) | ast.List(elts=names)), (ast.Tuple(elts=values) | ast.List(elts=values))) if (
                len(names) == len(values)
            ):
                for one, other in zip(names, values, strict=True):
                    self._assign(one, other)
            case ast.Name(id=name), _ if found := self._meaning(value):
                self._visit_named(value)
                self._scope.bind(name, found)
            case _:
                self.visit(value)
                self.visit(target)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(node.decorator_list)
        self._visit_function(node.args, node.body)
        self._scope.bind(node.name, None)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all((*node.decorator_list, *node.bases, *node.keywords))
        outer = self._scope
        self._scope = Scope(outer, is_class=True)
        self._visit_all(node.body)
        self._scope.live = False
        self._scope = outer
        outer.bind(node.name, None)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """`type Optimizers = list[torch.optim.Optimizer]` is a hint (Python 3.12)."""

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._scope.bind(node.name, None)
        self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        self._visit_all((*node.patterns, *node.kwd_patterns))  # `case nn.Linear():` only looks

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._scope.bind(node.name, None)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs
