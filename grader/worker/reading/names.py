"""The names that a piece of Python touches: what it binds, uses, changes and hands on. Runs inside a worker."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeGuard

_DYNAMIC: Final = frozenset({"exec", "eval", "globals", "locals", "vars", "__import__"})


# Functions of Python's own that change no argument, and the one that notebooks call below each part.
_HARMLESS: Final = frozenset(
    {
        "abs",
        "all",
        "any",
        "bool",
        "callable",
        "check_here",
        "float",
        "format",
        "getattr",
        "hasattr",
        "hash",
        "id",
        "int",
        "isinstance",
    }
    | {"issubclass", "len", "max", "min", "print", "range", "repr", "round", "sorted", "str", "sum", "super", "type"}
)


# What files hold, as if it were a variable: one statement saves a model, another loads it.
FILES: Final = "<files>"
_READS: Final = frozenset({"exists", "is_file", "load", "loadtxt", "open", "read", "read_bytes", "read_text"})
_WRITES: Final = frozenset({"dump", "open", "save", "savetxt", "savez", "write", "write_bytes", "write_text"})
_CONFIGURES: Final = ("set_", "use_", "enable", "disable", "register")


@dataclass(slots=True)
class Effects:
    """What a piece of code does to names that are not its own."""

    binds: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)  # x.a = 1, x[0] = 1, x += 1, del x, setattr(x, ...)
    passes: set[str] = field(default_factory=set)  # f(x), x.a.f()
    calls: set[str] = field(default_factory=set)  # x(), x.f()
    aliases: set[str] = field(default_factory=set)
    returns: set[str] = field(default_factory=set)
    configures: set[str] = field(default_factory=set)  # torch.set_default_dtype(...)
    dynamic: bool = False
    wild: bool = False
    searches: bool = False  # for names that it does not say: globals()["f"], eval("f"), sys.modules[__name__].f

    def absorb(self, other: Effects, own: Iterable[str] = ()) -> None:
        """Add what `other` does, but for its `own` names."""
        own = set(own)
        for mine, added in (
            (self.binds, other.binds),
            (self.uses, other.uses),
            (self.stores, other.stores),
            (self.passes, other.passes),
            (self.calls, other.calls),
            (self.aliases, other.aliases),
            (self.returns, other.returns),
            (self.configures, other.configures),
        ):
            mine |= added - own
        self.dynamic |= other.dynamic
        self.wild |= other.wild
        self.searches |= other.searches


class _NamesOfOneScope(ast.NodeVisitor):
    """Collects the names of code without the functions, classes and comprehensions in it."""

    def __init__(self) -> None:
        self.now = Effects()
        self.later = Effects()
        self.binders: list[tuple[str, ast.AST]] = []  # each name that is bound, with the definition, import or value

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.now.uses.add(node.id)
            self.now.dynamic |= node.id in _DYNAMIC
            self.now.searches |= node.id in _DYNAMIC
            self._note_files(node.id)
            return
        self._bind(node.id, node.ctx)
        if isinstance(node.ctx, ast.Del):
            self.now.stores.add(node.id)

    def visit_Constant(self, node: ast.Constant) -> None:
        pass  # the visitor's own way takes long, and a table may hold a million of them

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name in imported(node):
            self._bind(name, node)
        self.now.searches |= any(alias.name == "__main__" for alias in node.names)
        self.now.searches |= isinstance(node, ast.ImportFrom) and node.module == "__main__"

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name, node)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name, node)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest, node)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._store(node)
        if isinstance(node, ast.Attribute):
            self._note_files(node.attr)
            self.now.searches |= node.attr == "modules"  # of sys; to hold a model's for it costs time alone
        self.generic_visit(node)

    visit_Subscript = visit_Attribute

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.now.uses.add(node.target.id)
            self.now.stores.add(node.target.id)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if isinstance(node.func, ast.Attribute):
            is_deep = isinstance(node.func.value, ast.Attribute | ast.Subscript)  # Linear.made.append(self)
            (self.now.passes if is_deep else self.now.calls).update(base_names(node.func))
        elif name:
            self.now.calls.add(name)
        else:
            self.now.passes |= loaded_names(node.func)
        if name in ("setattr", "delattr") and node.args:
            self._store(node.args[0])
        elif name not in _HARMLESS:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                self.now.passes |= loaded_names(argument)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        match node.value:
            case ast.Call(func=ast.Attribute(attr=attribute) as function) if attribute.startswith(_CONFIGURES):
                self.now.configures |= base_names(function)
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return | ast.Yield | ast.YieldFrom) -> None:
        self.now.returns |= loaded_names(node.value) if node.value else set()
        self.generic_visit(node)

    visit_Yield = visit_YieldFrom = visit_Return

    def visit_Assign(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> None:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and node.value is not None:
                self.binders.append((target.id, node.value))
                self.now.binds.add(target.id)
            else:
                self.visit(target)
        if isinstance(node, ast.AnnAssign):
            self.visit(node.annotation)
        if node.value is not None:
            self.now.aliases |= loaded_names(node.value)
            self.visit(node.value)

    visit_AnnAssign = visit_NamedExpr = visit_Assign

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.now.aliases |= loaded_names(node.iter)
        self.generic_visit(node)

    visit_AsyncFor = visit_For

    def visit_withitem(self, node: ast.withitem) -> None:
        self.now.aliases |= loaded_names(node.context_expr) if node.optional_vars else set()
        self.generic_visit(node)

    def visit_Match(self, node: ast.Match) -> None:
        self.now.aliases |= loaded_names(node.subject)
        self.generic_visit(node)

    def _bind(self, name: str, by: ast.AST) -> None:
        self.now.binds.add(name)
        self.binders.append((name, by))

    def _store(self, target: ast.expr) -> None:
        self.now.stores |= base_names(target)
        root = target
        while isinstance(root, ast.Attribute | ast.Subscript):
            self.now.wild |= isinstance(root, ast.Attribute) and root.attr in ("__class__", "__dict__", "__globals__")
            root = root.value
        self.now.wild |= not isinstance(root, ast.Name) or root.id == "cls"

    def _note_files(self, name: str) -> None:
        if name in _READS | _WRITES:
            self.now.uses.add(FILES)
        if name in _WRITES:
            self.now.stores.add(FILES)


class Names(_NamesOfOneScope):
    """Collects the names of one statement. Function bodies run later; class bodies and everything else run now."""

    @classmethod
    def of(cls, *nodes: ast.AST) -> Names:
        """The names of one top-level statement, or of all statements of a body."""
        names = cls()
        for node in nodes:
            names.visit(node)
        return names

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name, node)
        for child in (*node.decorator_list, *([node.returns] if node.returns else [])):
            self.visit(child)
        self._visit_function(node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node.args, [ast.Return(node.body)])

    def _visit_function(self, arguments: ast.arguments, body: Sequence[ast.AST]) -> None:
        self.visit(arguments)  # defaults and annotations run now
        for default in (*arguments.defaults, *arguments.kw_defaults):
            self.now.aliases |= loaded_names(default) if default else set()
        inner = Names.of(*body)
        own, declared = own_names(body)
        own |= {argument.arg for argument in ast.walk(arguments) if isinstance(argument, ast.arg)}
        inner.now.binds &= declared
        self.later.absorb(inner.now, own)
        self.later.absorb(inner.later, own)
        self.later.returns |= inner.later.uses - own  # a function that is returned keeps what it uses

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, node)
        for child in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(child)
        inner = Names.of(*node.body)
        inner.now.binds &= own_names(node.body)[1]  # what a class body binds is its own
        self.now.absorb(inner.now)
        self.later.absorb(inner.later)
        self.later.returns |= inner.later.uses  # an object may keep what its methods use

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        own = {n.id for part in node.generators for n in ast.walk(part.target) if is_stored_name(n)}
        inner = Names()
        inner.generic_visit(node)
        self.now.absorb(inner.now, own)
        self.later.absorb(inner.later, own)
        self.binders += [(name, by) for name, by in inner.binders if name not in own]
        for part in node.generators:  # [p.zero_() for p in parameters] changes what it runs over
            self.now.passes |= loaded_names(part.iter)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension


def own_names(body: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that are local to a function with this body, and those that it declares global."""
    own, declared = set[str](), set[str]()
    queue = list(body)
    while queue:
        node = queue.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
                continue  # what is bound inside is not bound here
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                own |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
                continue
            case ast.Import() | ast.ImportFrom():
                own |= imported(node)
            case ast.Global(names=names):
                declared |= set(names)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                own.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                own.add(name)
            case ast.MatchMapping(rest=str(name)):
                own.add(name)
        queue += ast.iter_child_nodes(node)
    return own - declared, declared


def exposed(body: Iterable[ast.stmt], bound: Iterable[str] = ()) -> set[str]:
    """The names that must have a value before this code runs: not those of a loop that it has bound itself by then."""
    found, bound = set[str](), set(bound)
    for node in body:
        inner, parts = set(bound), list[ast.expr]()
        match node:
            case ast.For(target=target, iter=iterated):
                parts, inner = [iterated], bound | {n.id for n in ast.walk(target) if is_stored_name(n)}
            case ast.While(test=test) | ast.If(test=test):
                parts = [test]
            case _:
                found |= Names.of(node).now.uses - bound
                bound |= certain_targets(node)
                continue
        found |= Names.of(*parts).now.uses - bound
        found |= exposed(node.body, inner) | exposed(node.orelse, bound)
    return found


def imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The names that an import binds; "*" is one of them."""
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


def base_names(node: ast.expr) -> set[str]:
    """The name at the root of a.b[0].c, or all names of a computed root."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else loaded_names(node)


def loaded_names(node: ast.AST) -> set[str]:
    """The names that an expression reads, but not the plain callees in it: calling a function does not change it."""
    callees = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in callees}


def certain_targets(node: ast.stmt) -> set[str]:
    """The names that a statement binds whenever it runs to its end."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Assign():
            return {n.id for target in node.targets for n in ast.walk(target) if is_stored_name(n)}
        case ast.AnnAssign(value=ast.expr(), target=ast.Name() as target):
            return {target.id}
        case ast.Import() | ast.ImportFrom():
            return imported(node) - {"*"}
        case _:
            return set()


def is_stored_name(node: ast.AST) -> TypeGuard[ast.Name]:
    """Whether it is a name that is bound there."""
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
