"""What a question reaches of the files beside the main one: what nobody imports costs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from grader.worker.reading.imports import STAR, Taken, modules, taken
from grader.worker.reading.parsing import parse
from grader.worker.reading.statements import DEFINITIONS, Statement, statements


class SiblingFiles:
    """The Python files beside a main file, parsed when something is taken from them."""

    def __init__(self, main: str, files: Mapping[str, str]) -> None:
        self._main = main
        self._files = files
        self._known = modules(main, files)
        self._parts: dict[str, tuple[ast.Module, tuple[Statement, ...]]] = {}
        self._taken: dict[ast.AST, list[Taken]] = {}  # by statement: a table of a million numbers is looked at once

    def taken_by(self, nodes: Iterable[ast.AST], file: str = "") -> list[Taken]:
        """What statements of that file, or of the main one, import from them."""
        found = list[Taken]()
        for node in nodes:
            if node not in self._taken:
                self._taken[node] = list(taken([node], file or self._main, self._known))
            found += self._taken[node]
        return found

    def part(self, file: str) -> tuple[ast.Module, tuple[Statement, ...]]:
        """A file's tree and its statements; none where Python can't read it."""
        if file not in self._parts:
            try:
                tree, _ = parse(self._files[file])
                self._parts[file] = tree, statements(tree)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self._parts[file] = ast.Module([], []), ()
        return self._parts[file]

    def reached(self, question: str, chosen: Sequence[Statement]) -> dict[str, set[str]]:
        """By file: the names in it that the question comes to, from these statements of the main file.

        An import executes the whole file, but only what it hands on, and what that uses, is part of the question.
        """
        defined = {name for s in chosen if isinstance(s.node, DEFINITIONS) for name in s.binds}
        used = {name for s in chosen for name in s.uses}
        used |= {name for s in chosen for name in s.uses_later} - defined
        found: dict[str, set[str]] = {}
        queue = [(part, used | ({question} - defined)) for part in self.taken_by(s.node for s in chosen)]
        while queue:
            part, asked = queue.pop()
            _, program = self.part(part.file)
            names = _names(part, asked, program)
            if part.file in found and names <= found[part.file]:
                continue
            names, kept = _closure(names | found.get(part.file, set()), program)
            found[part.file] = names
            queue += [(further, names) for further in self.taken_by((s.node for s in kept), part.file)]
        return found


def _names(part: Taken, asked: set[str], program: Sequence[Statement]) -> set[str]:
    """The names that an import takes: those that are asked for, where it takes whatever there is."""
    if part.names is None:
        return {name for s in program for name in s.binds}
    return asked if STAR in part.names else set(part.names)


def _closure(names: set[str], program: Sequence[Statement]) -> tuple[set[str], list[Statement]]:
    """These names and all that the statements use which bind or change them; and those statements."""
    names = set(names)
    while True:
        kept = [s for s in program if s.dynamic or (s.binds | s.changes.direct) & names]
        grown = names.union(*(s.uses | s.uses_later for s in kept))
        if grown == names:
            return names, kept
        names = grown
