"""Made mutants: wrong submissions that nobody thought of, made of any right one by operators on its syntax tree.

An operator (operators.py) looks at one node and says which pieces of its text become which. They are spliced into the
source, so that a mutant is a diff of one statement and all else stays byte for byte as it is. Nothing here knows a
homework: it takes a source, and which of its statements are there for which question.
"""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.doctor.operators import NodePlace, SourceText, offered

DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS: Final = (ast.Import, ast.ImportFrom)
Key = tuple[frozenset[str], str, str, str]  # questions, inside, before, after: what a mutant is known by


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeMutant:
    """One statement of a source changed in one place."""

    questions: frozenset[str]  # that the changed statement is there for: one must lose points, and no other may
    operator: str
    inside: str  # the class and function that the statement is in, "SGD.step"; empty at top level
    before: str  # the statement as ast.unparse writes it, of a compound one the line that opens it
    after: str
    source: str  # with the change

    @property
    def key(self) -> Key:
        """What the mutant is known by, whatever line it stands on."""
        return self.questions, self.inside, self.before, self.after

    @property
    def name(self) -> str:
        """In one line: the questions, where, and what became of the statement."""
        return f"{', '.join(sorted(self.questions))} | {self.inside} | {self.before} -> {self.after}"

    def diff(self, original: str) -> str:
        """The lines that differ, without those around them."""
        lines = difflib.unified_diff(original.splitlines(), self.source.splitlines(), n=0, lineterm="")
        return "\n".join(line for line in lines if not line.startswith(("---", "+++")))


def made_mutants(source: str, owners: Sequence[frozenset[str]]) -> tuple[MadeMutant, ...]:
    """All that the operators make of the statements that belong to a question, in file order, none twice.

    owners: of each top-level statement. What Python refuses to compile is no mutant: a hand-in would not get that far.
    """
    tree, text = ast.parse(source), SourceText(source)
    imports = (node for node in ast.walk(tree) if isinstance(node, IMPORTS))
    imported = frozenset(alias.asname or alias.name.split(".")[0] for node in imports for alias in node.names)
    found = []
    for top, questions in zip(tree.body, owners, strict=True):
        seen = {ast.dump(top)}
        span = text.whole(top)
        for path in _paths(top, ()) if questions else ():
            nodes = _nodes(top, path)
            place = NodePlace(ancestors=(tree, *nodes), text=text, imported=imported)
            for operator, changes in offered(place):
                changed = text.spliced(changes, span)
                mutated = _compiled(changed)
                if mutated is None or (shape := ast.dump(mutated)) in seen:
                    continue
                seen.add(shape)
                depth = max(index for index, node in enumerate(nodes) if isinstance(node, ast.stmt))
                mutant = MadeMutant(
                    questions=questions,
                    operator=operator,
                    inside=".".join(node.name for node in nodes[:depth] if isinstance(node, DEFINITIONS)),
                    before=_normal(nodes[depth]),
                    # A change stays within one statement, so the path to that leads to the changed one, too.
                    after=_normal(_nodes(mutated, path[:depth])[-1]),
                    source=text.spliced([(span, changed)]),
                )
                found.append(mutant)
    return tuple(found)


def owners_of(tree: ast.Module, needed: Mapping[str, Sequence[int]]) -> list[frozenset[str]]:
    """For each top-level statement the questions that it is there for; none for an import.

    needed: the statements that each question needs, by their indices. A question owns its definition, and what else it
    needs and no other question that it is made of: the training of a model, helpers.
    """
    defined = {name: {i for i in indices if name in _bound(tree.body[i])} for name, indices in needed.items()}
    owners: list[set[str]] = [set() for _ in tree.body]
    for question, indices in needed.items():
        # Not those that are made of it: where two call each other, both own what they are made of.
        parts = [name for name in needed if defined[name] & {*indices} and not defined[question] & {*needed[name]}]
        for index in {*indices}.difference(*(needed[name] for name in parts)):
            if not isinstance(tree.body[index], IMPORTS):
                owners[index].add(question)
    return [frozenset(found) for found in owners]


def _bound(node: ast.stmt) -> set[str]:
    """The names that a definition or an assignment binds."""
    if isinstance(node, DEFINITIONS):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {n.id for target in targets if target for n in ast.walk(target) if isinstance(n, ast.Name)}


# --- places in a tree -------------------------------------------------------------------------------------------------

Steps = tuple[tuple[str, int | None], ...]  # down from a top-level statement: the field, and the index in it


def _paths(node: ast.AST, path: Steps) -> Iterator[Steps]:
    """To the node and to all that is in it, but docstrings, annotations, formatted strings and imports.

    Before Python 3.12 what is inside a formatted string has no place of its own.
    """
    if isinstance(node, (ast.JoinedStr, *IMPORTS)):
        return
    yield path
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST) and not (isinstance(node, DEFINITIONS) and _is_docstring(child)):
                yield from _paths(child, (*path, (name, index)))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _nodes(top: ast.AST, path: Steps) -> tuple[ast.AST, ...]:
    """The nodes on the way, the top-level statement first."""
    nodes = [top]
    for name, index in path:
        value = getattr(nodes[-1], name)
        nodes.append(value if index is None else value[index])
    return tuple(nodes)


def _compiled(source: str) -> ast.stmt | None:
    """The only statement of this source, or nothing where Python would not compile it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "is" with a literal, a number that is called
        try:
            compile(source, "made", "exec", dont_inherit=True)
            (found,) = ast.parse(source).body
        except (SyntaxError, ValueError):  # more than one statement, too
            return None
    return found


def _normal(node: ast.AST) -> str:
    """The statement as ast.unparse writes it; of a compound one only what opens it."""
    return ast.unparse(node) if not hasattr(node, "body") else "\n".join(_opening(node))


def normalised(text: str) -> str:
    """A written statement as this version of Python unparses it, since they differ in parentheses."""
    return _normal(ast.parse(f"{text} ..." if text.endswith(":") else text).body[0])


def _opening(node: ast.AST) -> Iterator[str]:
    """The lines above the body: decorators and the line with the colon."""
    for line in ast.unparse(node).splitlines():
        yield line
        if not line.startswith("@"):
            return
