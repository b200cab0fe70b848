"""What a submission may use, by its source. What stands there in disguise is seen at run time: grader.worker.guard.

A use is a place where something banned could do work: it is called, inherited from, handed on, kept in an attribute.
No use is an import, another name for it (`relu = F.relu`: where `relu` then stands, it is used), a type hint, or a look
at it (isinstance, `type(x) is nn.Linear`, print): none of these computes anything.
Where a name may stand for several things (a `try` with a fallback, an import with a class of that name below it), it is
no use either: a false alarm costs a right answer its points, and the run-time guard sees what really happens.
"""

from __future__ import annotations

import ast
import builtins
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.boundary.rules import Rules
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
    finder = _Finder(rules)
    finder.run(tree)
    return tuple(sorted(dict.fromkeys(finder.found), key=lambda use: (use.line, use.name)))


_DICT: Final = ".__dict__"


_GLOBALS: Final = "<globals>"  # the dictionary of the file's own names


_LOOKING: Final = frozenset(
    f"builtins.{name}"
    for name in ("callable", "dir", "hasattr", "help", "id", "isinstance", "issubclass", "print", "repr", "str", "type")
)


_TYPING: Final = ("typing.", "typing_extensions.", "collections.abc.")


_LOOKUPS: Final = ("get", "pop", "__getitem__", "setdefault")


@dataclass(slots=True)
class _Scope:
    """The names of the file, a function, a class body or a comprehension, and what they stand for, as dotted names."""

    parent: _Scope | None = None
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
        scope: _Scope | None = self
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
    def top(self) -> _Scope:
        """The file's own scope."""
        return self if self.parent is None else self.parent.top


@dataclass(slots=True)
class _Later:
    """A function's body, to be looked at when everything around it is known."""

    scope: _Scope
    body: Sequence[ast.AST]
    index: int
    line: int | None
    binds: frozenset[str] | None


class _Finder(ast.NodeVisitor):
    """Goes through a file in the order of execution, function bodies last."""

    def __init__(self, rules: Rules) -> None:
        self.found: list[Use] = []
        self._rules = rules
        self._scope = _Scope()
        self._later: list[_Later] = []
        self._index = 0
        self._line: int | None = None  # of the call that executes the string that the code is in
        self._binds: frozenset[str] | None = None

    def run(self, tree: ast.Module) -> None:
        """Find all uses."""
        for self._index, node in enumerate(tree.body):
            self.visit(node)
        self._scope.live = False
        while self._later:
            later = self._later.pop(0)
            self._scope, self._index, self._line, self._binds = later.scope, later.index, later.line, later.binds
            self._visit_all(later.body)
            later.scope.live = False

    # --- expressions -----------------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name | ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            if isinstance(node, ast.Name):
                self._scope.bind(node.id, None)
            else:
                self.generic_visit(node)
        elif not self._is_use(node) and self.resolve(node) is None:
            self.generic_visit(node)

    visit_Attribute = visit_Name

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not (self.resolve(node.value) or "").startswith(_TYPING):  # Iterable[torch.optim.Optimizer]
            self.visit_Name(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = self.resolve(node.func) or ""
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
            case _ if self._rules.bans(self.resolve(node) or ""):
                self._visit_named(node)
            case _:
                self.visit(node)

    def _is_use(self, node: ast.expr) -> bool:
        """Whether the expression gives something banned; then it is noted."""
        name = self.resolve(node)
        if name is None:
            return False
        name = name.split(".__")[0]  # torch.nn.Linear.__init__
        if not self._rules.bans(name):
            return False
        line = node.lineno if self._line is None else self._line
        self.found.append(Use(line=line, name=name, index=self._index, binds=self._binds))
        self._visit_named(node)
        return True

    def _visit_named(self, node: ast.expr) -> None:
        for part in ast.walk(node):  # (F := torch.nn.functional).relu
            if isinstance(part, ast.NamedExpr):
                self._scope.bind(part.target.id, self.resolve(part.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._scope.bind(node.target.id, self.resolve(node.value))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node.args, [node.body])

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self._scope = _Scope(self._scope)
        self._visit_all(node.generators)
        self._visit_all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))
        inner, outer = self._scope, self._scope.parent
        inner.live = False  # what is deferred in it finds its names there
        assert outer is not None
        self._scope = outer

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        self._visit_all(node.ifs)

    # --- statements ------------------------------------------------------------------------------------------------

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
                for name in _exported(module or ""):
                    self._scope.bind(name, f"{module}.{name}")

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is None:
            return
        if (self.resolve(node.annotation) or "").endswith(".TypeAlias"):
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
            case ast.Name(id=name), _ if meaning := self.resolve(value):
                self._visit_named(value)
                self._scope.bind(name, meaning)
            case _:
                self.visit(value)
                self.visit(target)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(node.decorator_list)
        self._visit_function(node.args, node.body)
        self._scope.bind(node.name, None)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _visit_function(self, arguments: ast.arguments, body: Sequence[ast.AST]) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        own, declared = own_names(body)
        own |= {argument.arg for argument in ast.walk(arguments) if isinstance(argument, ast.arg)}
        scope = _Scope(self._scope, own=frozenset(own), elsewhere=frozenset(declared))
        self._later.append(_Later(scope, body, self._index, self._line, self._binds))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all((*node.decorator_list, *node.bases, *node.keywords))
        outer = self._scope
        self._scope = _Scope(outer, is_class=True)
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

    # --- code in strings -------------------------------------------------------------------------------------------

    def _visit_text(self, node: ast.Call) -> None:
        """The code in a literal that is executed, as if it stood there."""
        body = _parsed(self._text(node.args[0]))
        before = self._line, self._binds
        self._line = node.lineno if self._line is None else self._line
        if self._scope.parent is None:
            self._binds = frozenset(own_names(body)[0])
        self._visit_all(body)
        self._line, self._binds = before

    def _text(self, node: ast.expr | None) -> str:
        """The text that an expression of literals gives, or nothing."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Constant(value=bytes(data)):
                return data.decode("utf-8", "replace")
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                first, second = self._text(left), self._text(right)
                return first + second if first and second else ""
            case ast.JoinedStr(values=values):
                parts = [self._text(v.value if isinstance(v, ast.FormattedValue) else v) for v in values]
                return "".join(parts) if all(parts) else ""
            case _:
                return ""

    # --- what an expression stands for -----------------------------------------------------------------------------

    def resolve(self, node: ast.expr) -> str | None:
        """The dotted name of what the expression gives, if the source tells."""
        match node:
            case ast.Name(id=name):
                return self._scope.look_up(name)
            case ast.Attribute(value=value, attr=attribute):
                base = self.resolve(value)
                return base and f"{base}.{attribute}"
            case ast.NamedExpr(value=value):
                return self.resolve(value)
            case ast.Subscript(value=value, slice=key):
                return self._item(self.resolve(value) or "", self._text(key))
            case ast.Call(args=[first, *_]) if getter := self._attribute_getter(node.func):
                base = self.resolve(first)
                return base and f"{base}.{getter}"
            case ast.Call(args=arguments):
                return self._result(self.resolve(node.func) or "", arguments, node.keywords)
            case _:
                return None

    def _attribute_getter(self, node: ast.expr) -> str:
        """Of operator.attrgetter("nn.functional"), the text."""
        if isinstance(node, ast.Call) and node.args and self.resolve(node.func) == "operator.attrgetter":
            return self._text(node.args[0])
        return ""

    def _item(self, base: str, key: str) -> str | None:
        if not key:
            return None
        if base == "sys.modules":
            return key
        if base == _GLOBALS:
            return self._scope.top.look_up(key)
        return f"{base.removesuffix(_DICT)}.{key}" if base.endswith(_DICT) else None

    def _result(self, function: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> str | None:
        """What a call of a function that leads on to other things gives."""
        first = arguments[0] if arguments else None
        text = self._text(first)
        match function:
            case "builtins.globals" | "builtins.locals":
                return _GLOBALS
            case "builtins.vars":
                return _GLOBALS if first is None else _joined(self.resolve(first), "__dict__")
            case "importlib.import_module" | "pkgutil.resolve_name":
                return text.replace(":", ".") or None
            case "builtins.__import__" | "importlib.__import__":
                has_list = len(arguments) > 3 or any(keyword.arg == "fromlist" for keyword in keywords)
                return (text if has_list else text.split(".")[0]) or None
            case "builtins.getattr" | "builtins.object.__getattribute__" if len(arguments) > 1 and first is not None:
                return _joined(self.resolve(first), self._text(arguments[1]))
            case "importlib.reload" if first is not None:
                return self.resolve(first)
            case "builtins.eval":
                body = _parsed(text)
                return self.resolve(body[0].value) if len(body) == 1 and isinstance(body[0], ast.Expr) else None
        base, _, method = function.rpartition(".")
        if method in _LOOKUPS:
            return self._item(base, text)
        return _joined(base, text) if method in ("__getattribute__", "__getattr__") else None


def _joined(base: str | None, attribute: str) -> str | None:
    return f"{base}.{attribute}" if base and attribute else None


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _exported(module: str) -> Iterator[str]:
    """What `from module import *` binds, if the module is loaded here, where nothing of the student's runs."""
    loaded = sys.modules.get(module)
    if isinstance(loaded, types.ModuleType):
        names = getattr(loaded, "__all__", None)
        yield from (name for name in vars(loaded) if not name.startswith("_")) if names is None else names
