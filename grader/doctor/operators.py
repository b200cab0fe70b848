"""Operators on a syntax tree: each names the small mistakes that can be made at one node.

An operator takes a place and gives, for each mistake, the pieces of text to replace. Mistakes that come twice, change
nothing or do not compile are left out by made.py, so that an operator may offer too much.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Span = tuple[int, int]  # of bytes of the source in UTF-8: start, and the end that is not in it any more
Changes = Sequence[tuple[Span, str]]  # what stands there after the change; no two overlap

ARITHMETIC: Final[Mapping[type[ast.operator], tuple[str, Sequence[str]]]] = {
    ast.Add: ("+", ("-",)),
    ast.Sub: ("-", ("+",)),
    ast.Mult: ("*", ("/",)),
    ast.Div: ("/", ("*", "//")),
    ast.FloorDiv: ("//", ("/",)),
    ast.Mod: ("%", ("//",)),
    ast.Pow: ("**", ("*",)),
    ast.MatMult: ("@", ("*",)),
}
COMPARISONS: Final[Mapping[type[ast.cmpop], tuple[str, Sequence[str]]]] = {
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}
OTHER_NAMES: Final[Mapping[str, str]] = {
    "mean": "sum",
    "sum": "mean",
    "max": "min",
    "min": "max",
    "argmax": "argmin",
    "argmin": "argmax",
    "amax": "amin",
    "amin": "amax",
    "zeros": "ones",
    "ones": "zeros",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "randn": "rand",
    "rand": "randn",
    "ModuleList": "list",
    "ParameterList": "list",
    "ModuleDict": "dict",
}
SIMPLE: Final = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Raise, ast.Delete, ast.Assert)
ATOMS: Final = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Dict, ast.Constant)
# Of these a tensor never comes, and nothing is learned from an AttributeError.
NO_TENSORS: Final = frozenset({"dict", "enumerate", "int", "len", "list", "print", "range", "slice", "super", "zip"})


class SourceText:
    """A source, and where its nodes stand in it."""

    def __init__(self, source: str) -> None:
        self._bytes = source.encode()
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):  # of bytes: by the line ends that Python counts
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: Any) -> Span:
        """Where the node stands, without parentheses around it."""
        start, stop = self._starts[node.lineno - 1], self._starts[node.end_lineno - 1]
        return start + node.col_offset, stop + node.end_col_offset

    def between(self, first: ast.AST, second: ast.AST) -> Span:
        """What stands after the one and before the other."""
        return self.span(first)[1], self.span(second)[0]

    def at(self, span: Span) -> str:
        """The text there."""
        return self._bytes[slice(*span)].decode()

    def of(self, node: ast.AST) -> str:
        """The node's own text."""
        return self.at(self.span(node))

    def operand(self, node: ast.AST) -> str:
        """The node's text so that it can stand beside any operator."""
        return self.of(node) if isinstance(node, ATOMS) else f"({self.of(node)})"

    def whole(self, top: ast.stmt) -> Span:
        """Where the top-level statement stands, with its decorators."""
        lines = [decorator.lineno for decorator in getattr(top, "decorator_list", ())]
        start, stop = self.span(top)
        return (self._starts[min(lines) - 1] if lines else start), stop

    def spliced(self, changes: Changes, within: Span | None = None) -> str:
        """The source, or what is within, with these pieces replaced and every other byte as it was."""
        end, last = within or (0, len(self._bytes))
        pieces = []
        for (start, stop), new in sorted(changes):
            pieces += [self._bytes[end:start], new.encode()]
            end = stop
        return b"".join([*pieces, self._bytes[end:last]]).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlace:
    """One node of a source."""

    ancestors: Sequence[ast.AST]  # the module first, the node last
    text: SourceText
    imported: frozenset[str]  # names that imports bind

    @property
    def node(self) -> ast.AST:
        """The node itself."""
        return self.ancestors[-1]

    @property
    def parent(self) -> ast.AST:
        """The node that it is in."""
        return self.ancestors[-2]

    def replaced(self, node: ast.AST, new: str) -> Changes:
        """That node becomes this text."""
        return [(self.text.span(node), new)]

    def swapped(self, first: ast.AST, second: ast.AST) -> Changes:
        """Each of the two stands where the other stood."""
        return [(self.text.span(first), self.text.of(second)), (self.text.span(second), self.text.of(first))]

    def exchanged(self, first: ast.AST, second: ast.AST, old: str, others: Iterable[str]) -> Iterator[Changes]:
        """For each of the others: it stands between the two nodes in place of the old sign."""
        span = self.text.between(first, second)
        if old in self.text.at(span):
            yield from ([(span, self.text.at(span).replace(old, new, 1))] for new in others)


Operator = Callable[[NodePlace], Iterator[Changes]]


def arithmetic(place: NodePlace) -> Iterator[Changes]:
    """+ becomes -, @ becomes *; the operands change places, or one is alone; += sets or takes away."""
    match place.node:
        case ast.BinOp(left=left, op=op, right=right):
            old, others = ARITHMETIC.get(type(op), ("", ()))
            if old:
                yield from place.exchanged(left, right, old, others)
            if not isinstance(op, ast.Add | ast.Mult):
                swapped = f"{place.text.operand(right)} {old} {place.text.operand(left)}"
                yield place.replaced(place.node, swapped)
            for alone in (left, right):
                yield place.replaced(place.node, place.text.operand(alone))
        case ast.AugAssign(target=target, op=op, value=value):
            old, others = ARITHMETIC.get(type(op), ("", ()))
            if old:
                yield from place.exchanged(target, value, f"{old}=", [*(f"{other}=" for other in others), "="])
        case ast.UnaryOp(op=ast.USub() | ast.Invert(), operand=operand):
            yield place.replaced(place.node, place.text.operand(operand))


def comparison(place: NodePlace) -> Iterator[Changes]:
    """A comparison is another one: < becomes <= and >, == becomes !=."""
    match place.node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for first, op, second in zip([left, *comparators[:-1]], ops, comparators, strict=True):
                yield from place.exchanged(first, second, *COMPARISONS[type(op)])


def condition(place: NodePlace) -> Iterator[Changes]:
    """A condition always or never holds, or holds where it did not; `and` becomes `or`."""
    match place.node:
        case ast.If(test=test) | ast.IfExp(test=test):
            yield from _conditions(place, test, ("True", "False"))
        case ast.While(test=test):  # for ever is seen by the limit alone, and takes as long
            yield from _conditions(place, test, ("False",))
        case ast.comprehension(ifs=tests):
            for test in tests:
                yield from _conditions(place, test, ("True", "False"))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield place.replaced(place.node, place.text.operand(operand))
        case ast.BoolOp(op=op, values=values):
            old, new = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
            for first, second in zip(values, values[1:], strict=False):
                yield from place.exchanged(first, second, old, [new])


def _conditions(place: NodePlace, test: ast.expr, forced: Iterable[str]) -> Iterator[Changes]:
    yield from (place.replaced(test, value) for value in forced)
    if not isinstance(test, ast.Compare):  # of which the opposite is a comparison
        yield place.replaced(test, f"not {place.text.operand(test)}")


def constant(place: NodePlace) -> Iterator[Changes]:
    """A number is 0, 1, one more, twice, half or minus itself; a dimension is another one; True becomes False."""
    match place.node, place.parent:
        case ast.Constant(value=bool(value)), _:
            yield place.replaced(place.node, str(not value))
        case ast.Constant(value=int(value)), ast.keyword(arg="dim" | "axis"):
            yield from (place.replaced(place.node, str(other)) for other in (0, 1, -1) if other != value)
        case ast.Constant(value=(int() | float()) as value), parent:
            kind = type(value)
            others = [kind(1 - value)] if value in (0, 1) else []
            others += [value + 1, value * 2, -value]
            if value % 2 == 0 or kind is float:
                others.append(kind(value / 2))
            negated = isinstance(parent, ast.UnaryOp)  # `--1` is what the sign alone, dropped, gives too
            yield from (place.replaced(place.node, repr(other)) for other in others if not (negated and other < 0))


def arguments(place: NodePlace) -> Iterator[Changes]:
    """Two neighbours among the arguments of a call, or the elements of a list, change places, or one is dropped."""
    match place.node:
        case ast.Call(func=func, args=args, keywords=keywords):
            for first, second in zip(args, args[1:], strict=False):
                yield place.swapped(first, second)
            given: list[ast.AST] = [*args, *keywords]
            for dropped in given if len(given) > 1 else ():  # with none at all the call alone raises
                rest = ", ".join(place.text.of(argument) for argument in given if argument is not dropped)
                yield place.replaced(place.node, f"{place.text.operand(func)}({rest})")
        case ast.List(elts=elements):
            yield from _neighbours(place, elements)
            for dropped in elements:
                rest = ", ".join(place.text.of(element) for element in elements if element is not dropped)
                yield place.replaced(place.node, f"[{rest}]")
        case ast.Tuple(elts=elements):
            # The names on the left of a tuple are swapped already where what is on its right is.
            if not (isinstance(place.parent, ast.Assign) and place.node in place.parent.targets):
                yield from _neighbours(place, elements)
            if isinstance(place.parent, ast.Return):
                yield from (place.replaced(place.node, place.text.of(element)) for element in elements)


def _neighbours(place: NodePlace, elements: Sequence[ast.expr]) -> Iterator[Changes]:
    yield from (place.swapped(first, second) for first, second in zip(elements, elements[1:], strict=False))


def parameters(place: NodePlace) -> Iterator[Changes]:
    """Two parameters of a function change their places, or one has no default any more."""
    match place.node:
        case ast.FunctionDef(args=ast.arguments(posonlyargs=first, args=args, defaults=defaults)):
            named = [*first, *args]
            own = named[1:] if isinstance(place.parent, ast.ClassDef) else named
            yield from (place.swapped(a, b) for a, b in zip(own, own[1:], strict=False))
            for parameter, default in zip(named[len(named) - len(defaults) :], defaults, strict=True):
                yield [((place.text.span(parameter)[1], place.text.span(default)[1]), "")]


def statement(place: NodePlace) -> Iterator[Changes]:
    """A simple statement or a loop is not there."""
    if isinstance(place.node, (*SIMPLE, ast.For, ast.While)):
        yield place.replaced(place.node, "pass")


def context(place: NodePlace) -> Iterator[Changes]:
    """The body of a `with` runs without it; a decorator, as no_grad may be, is not there."""
    match place.node:
        case ast.With(items=items):
            last = items[-1].optional_vars or items[-1].context_expr
            yield [((place.text.span(place.node)[0], place.text.span(last)[1]), "if True")]
        case ast.FunctionDef(decorator_list=[_, *_] as decorators):
            for decorator in decorators:
                start, stop = place.text.span(decorator)
                yield [((start - 1, stop), "")]


def call(place: NodePlace) -> Iterator[Changes]:
    """A call is left out: `x.item()` is x, `relu(x)` is x. What stands as a statement is dropped as one."""
    match place.node:
        case ast.Call(func=func, args=args) if not isinstance(place.parent, ast.Expr | ast.withitem):
            if isinstance(func, ast.Attribute) and not _is_namespace(place, func.value):
                yield place.replaced(place.node, place.text.operand(func.value))
            elif len(args) == 1 and not isinstance(args[0], ast.Starred):
                yield place.replaced(place.node, place.text.operand(args[0]))


def _is_namespace(place: NodePlace, node: ast.expr) -> bool:
    """Whether it is a module or `self`: what is after the dot is a function, and the value in its argument."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return ast.unparse(node) in place.imported | {"self", "super()"}


def transposition(place: NodePlace) -> Iterator[Changes]:
    """.T is dropped, or is there where it should not be."""
    match place.node, place.parent:
        case ast.Attribute(value=value, attr="T" | "mT"), _:
            yield place.replaced(place.node, place.text.operand(value))
        case ast.expr(), ast.BinOp(op=ast.MatMult()):
            yield place.replaced(place.node, f"{place.text.operand(place.node)}.T")


def another_name(place: NodePlace) -> Iterator[Changes]:
    """mean becomes sum, argmax argmin, randn rand, ModuleList a plain list."""
    match place.node:
        case ast.Call(func=ast.Attribute(value=value, attr=name) as func) if name in OTHER_NAMES:
            span = place.text.span(value)[1], place.text.span(func)[1]
            yield [(span, place.text.at(span).replace(name, OTHER_NAMES[name]))]
        case ast.Call(func=ast.Name(id=name) as func) if name in OTHER_NAMES:
            yield place.replaced(func, OTHER_NAMES[name])


def detached(place: NodePlace) -> Iterator[Changes]:
    """.detach() or .item() is there where it should not be: on what is returned, assigned or passed on."""
    match place.node, place.parent:
        case (
            ast.Call() | ast.BinOp() | ast.Name() | ast.Attribute() | ast.Subscript(),
            ast.Return() | ast.Assign() | ast.AugAssign() | ast.Call() | ast.BinOp(),
        ) if _may_be_tensor(place):
            yield place.replaced(place.node, f"{place.text.operand(place.node)}.detach()")
            if isinstance(place.parent, ast.Return | ast.Assign):
                yield place.replaced(place.node, f"{place.text.operand(place.node)}.item()")


def _may_be_tensor(place: NodePlace) -> bool:
    """Whether it is a value, and neither a target nor the name of what is called nor what is known to be none."""
    name = ast.unparse(place.parent.func) if isinstance(place.parent, ast.Call) else ""
    match place.node:
        case ast.Call(func=ast.Name(id=made)):
            return made not in NO_TENSORS and not made[0].isupper()
        case ast.Call() | ast.BinOp():
            return name not in NO_TENSORS
        case ast.Name(ctx=ast.Load(), id=read) if read != "self":
            return name != read and name not in NO_TENSORS and not name[:1].isupper()
        case ast.Attribute(ctx=ast.Load()) | ast.Subscript(ctx=ast.Load()):
            return name != ast.unparse(place.node) and name not in NO_TENSORS
        case _:
            return False


def slices(place: NodePlace) -> Iterator[Changes]:
    """A bound of a slice is one more or less, is dropped, or is there where there was none."""
    match place.node:
        case ast.Slice(lower=lower, upper=upper, step=step):
            start, stop = place.text.span(place.node)
            yield from _bounds(place, [bound for bound in (lower, upper) if bound])
            if lower:
                yield place.replaced(lower, "")
            else:
                yield [((start, start), "1")]
            if upper:
                yield place.replaced(upper, "")
            elif not step:
                yield [((stop, stop), "-1")]
        case ast.Call(func=ast.Name(id="slice" | "range"), args=args):
            yield from _bounds(place, args)


def _bounds(place: NodePlace, bounds: Iterable[ast.expr]) -> Iterator[Changes]:
    """Numbers, with or without a sign, are constants already."""
    for bound in bounds:
        if not isinstance(bound, ast.Constant | ast.UnaryOp):
            yield from (place.replaced(bound, f"{place.text.of(bound)} {change}") for change in ("+ 1", "- 1"))


OPERATORS: Final[Mapping[str, Operator]] = {
    "arithmetic": arithmetic,
    "comparison": comparison,
    "condition": condition,
    "constant": constant,
    "arguments": arguments,
    "parameters": parameters,
    "statement": statement,
    "context": context,
    "call": call,
    "transposition": transposition,
    "another name": another_name,
    "detached": detached,
    "slices": slices,
}


def offered(place: NodePlace) -> Iterator[tuple[str, Changes]]:
    """All mistakes that can be made at this node, each with the name of its operator."""
    return ((name, changes) for name, operator in OPERATORS.items() for changes in operator(place))
