"""Top-level statements, with what each one binds, uses and changes. Runs inside a worker, before the student's code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.worker.reading.names import FILES, Effects, Names, base_names, certain_targets, exposed

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)
IMPORTS: Final = (ast.Import, ast.ImportFrom)
_SIMPLE: Final = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete)
_BRANCHING: Final = (ast.For, ast.While, ast.If)


# Any part of the library that a statement may change for all others: torch.nn.Module.forward = f
TORCH: Final = "<torch>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a statement may change, by name."""

    direct: frozenset[str]  # x.a = 1, x[0] = 1, x += 1, x.append(1), f(x)
    passed: frozenset[str]  # what it hands to calls inside it, which may change it
    definitions: frozenset[str]  # functions, classes and modules
    wild: bool  # maybe an object, too, that it gets at without a name: type(x).forward = f


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One top-level statement and the names it touches, itself or by the functions that it uses."""

    index: int
    node: ast.stmt
    binds: frozenset[str]  # may bind
    rebinds: frozenset[str]  # binds for certain: what stood before does not matter any more
    uses: frozenset[str]  # when the statement runs
    uses_later: frozenset[str]  # when a function defined in it is called
    changes: Changes
    aliases: frozenset[str]  # what it binds may share state with these
    state: frozenset[str]  # those of its names, used now or later, that may keep something from one use to the next
    dynamic: bool  # exec, globals(), `import *`: it may bind anything
    searches: bool  # now or later, for names that it does not say


def statements(tree: ast.Module) -> tuple[Statement, ...]:
    """The top-level statements of a parsed file."""
    found = [_names_of(node) for node in tree.body]
    kinds = _Kinds.of(found)
    return tuple(
        _statement(i, node, names, kinds) for i, (node, names) in enumerate(zip(tree.body, found, strict=True))
    )


def _names_of(node: ast.stmt) -> Names:
    try:
        return Names.of(node)
    except RecursionError:  # nested too deeply to be looked at: it may do anything
        names = Names()
        names.now.dynamic = True
        return names


def _statement(index: int, node: ast.stmt, names: Names, kinds: _Kinds) -> Statement:
    now, called = names.now, kinds.called_by(names.now.uses)
    reach = called.uses & kinds.objects
    passed = ((now.passes | now.calls) & kinds.objects) | reach
    if not isinstance(node, _SIMPLE):  # `for p in parameters: p.zero_()` changes what it runs over
        passed |= now.aliases & kinds.objects
    direct = now.stores | called.binds | (called.stores & (kinds.objects | {FILES}))
    if isinstance(node, ast.Expr):  # a call on a line of its own is there for its effect: torch.manual_seed(0)
        direct |= passed | called.stores
        if now.configures or not passed:
            direct |= now.calls & kinds.modules
    definitions = now.stores | called.stores | now.configures | called.configures
    # A class that goes by another name, too, may be changed by that name.
    definitions |= (now.passes | called.passes | now.aliases | called.aliases) & kinds.defined
    if definitions & kinds.library:
        definitions |= {TORCH}
    return Statement(
        index=index,
        node=node,
        binds=frozenset(now.binds | called.binds),
        rebinds=frozenset(certain_targets(node) - now.uses),
        uses=frozenset((exposed([node]) if isinstance(node, _BRANCHING) else now.uses) | called.uses),
        uses_later=frozenset(names.later.uses | names.later.binds),
        changes=Changes(
            direct=frozenset(direct),
            passed=frozenset(passed),
            definitions=frozenset(definitions),
            wild=now.wild or called.wild or called.dynamic,
        ),
        aliases=frozenset((now.aliases | called.returns) & kinds.objects),
        state=frozenset((now.uses | now.binds | called.uses | names.later.uses) & kinds.stateful),
        dynamic=now.dynamic or "*" in now.binds,
        searches=now.searches or names.later.searches,
    )


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What the names of a file stand for."""

    modules: set[str]  # or what was imported from them
    library: set[str]  # those of torch and of Python's own functions
    defined: set[str]  # functions and classes
    objects: set[str]  # anything else that can be changed; functions that keep state too
    stateful: set[str]  # objects, and classes that keep state
    bodies: Mapping[str, list[Names]]  # by name: the functions and classes it was bound to

    @classmethod
    def of(cls, found: Sequence[Names]) -> _Kinds:
        binders: dict[str, list[ast.AST]] = {}
        bodies: dict[str, list[Names]] = {}
        for names in found:
            for name, node in names.binders:
                binders.setdefault(name, []).append(node)
            for name in names.later.binds:
                binders.setdefault(name, []).append(ast.Global([name]))
            if names.later != Effects():
                for name in names.now.binds:
                    bodies.setdefault(name, []).append(names)
        modules = {name for name, by in binders.items() if all(isinstance(b, IMPORTS) for b in by)}
        defined = {name for name, by in binders.items() if all(isinstance(b, DEFINITIONS) for b in by)}
        constants: set[str] = set()
        for name, by in binders.items():  # in file order: a constant may be made of others above it
            if all(isinstance(b, ast.expr) and _is_constant(b, constants | modules) for b in by):
                constants.add(name)
        known = modules | defined | constants
        keeping = {name for name in defined if not all(_is_stateless(b, modules, known) for b in binders[name])}
        functions = {name for name in keeping if any(isinstance(b, FUNCTIONS) for b in binders[name])}
        objects = binders.keys() - known | functions
        library = {name for name in modules if any(_is_library(b) for b in binders[name])}
        return cls(modules, library, defined, objects, objects | keeping, bodies)

    def called_by(self, uses: Iterable[str]) -> Effects:
        """What running the functions and classes of these names may do, with those that they use in turn."""
        effects = Effects()
        seen, queue, done = set(uses), list(uses), set[int]()
        while queue:
            for names in self.bodies.get(queue.pop(), ()):
                if id(names) not in done:
                    done.add(id(names))
                    effects.absorb(names.later)
                    fresh = (names.later.uses | names.now.uses) - seen
                    seen |= fresh
                    queue += fresh
        return effects


def _is_library(node: ast.AST) -> bool:
    packages = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    packages += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return any(package.split(".")[0] in ("torch", "builtins") for package in packages)


def _is_constant(node: ast.expr, known: set[str]) -> bool:
    """Whether it gives what nobody can change: numbers, texts, tuples of them, torch.float32, math.sqrt(2)."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in known
        case ast.Attribute(value=value) | ast.FormattedValue(value=value):
            return _is_constant(value, known)
        case ast.Call(func=ast.Attribute(attr="device" | "sqrt" | "is_available"), args=arguments):
            return all(_is_constant(part, known) for part in arguments)
        case ast.UnaryOp() | ast.BinOp() | ast.BoolOp() | ast.Compare() | ast.IfExp() | ast.Tuple() | ast.JoinedStr():
            return all(_is_constant(n, known) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr))
        case _:
            return False


def _is_stateless(node: ast.AST, modules: set[str], known: set[str]) -> bool:
    """Whether a definition keeps nothing from one use to the next: no cache, no changeable default or class data."""
    match node:
        case ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments):
            defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default]
            return all(_is_constant(d, known) for d in defaults) and _is_plainly_decorated(node, modules)
        case ast.ClassDef(bases=bases, keywords=[], body=body):
            return (
                all(base_names(base) <= known | {"object"} for base in bases)
                and all(_is_stateless(part, modules, known) for part in body)
                and _is_plainly_decorated(node, modules)
            )
        case ast.Assign(value=ast.expr() as value) | ast.AnnAssign(value=ast.expr() as value):
            return _is_constant(value, known)
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
            return True
        case _:
            return False


def _is_plainly_decorated(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, modules: set[str]) -> bool:
    decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    plain = modules | {"staticmethod", "classmethod", "property"}
    return all(base_names(d) <= plain and "cache" not in ast.unparse(d) for d in decorators)
