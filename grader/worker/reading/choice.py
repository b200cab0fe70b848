"""Which file of a folder or an archive is the homework: the one with most of the questions written.

A student fills in one form of the hand-out and leaves the others as they were; a file beside it may test it, or hold
parts of it. So a question that is imported counts where the file that it comes from has it written, and where two files
have as many, the one that defines more of them itself is the homework.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from grader.worker.reading.definitions import definition_of
from grader.worker.reading.imports import STAR, Taken, modules, taken
from grader.worker.reading.parsing import deep, parse
from grader.worker.reading.statements import IMPORTS, statements
from grader.worker.reading.text import Text, Unreadable, names_in

MAX_NAMED: Final = 8  # files that are told of


@dataclass(frozen=True, slots=True)
class MainFile:
    """The file to grade. reason: in one line; nothing where there was no choice."""

    file: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What one file says of the questions."""

    bound: frozenset[str] = frozenset()  # those that it binds, by an import too
    own: frozenset[str] = frozenset()  # those that it defines
    written: frozenset[str] = frozenset()  # those of them that have code
    taken: tuple[Taken, ...] = ()  # from files beside it
    is_broken: bool = False  # Python can't read it, or a cell of it
    code: Callable[[], object] = lambda: None  # the same for two files that say the same; takes long, for a tie alone


def choose(
    files: Mapping[str, bytes], entry: str, questions: Sequence[str], look: Callable[[str], Candidate]
) -> MainFile:
    """The file to grade: `entry`, or the one with most written questions. Raises Unreadable, with the candidates.

    look: says what a file says of the questions; it may raise Unreadable.
    """
    if entry:
        return MainFile(_named(files, entry))
    if not files:
        raise Unreadable("holds no .py or .ipynb file; pass the folder that your homework is in")
    if len(files) == 1:
        return MainFile(next(iter(files)))
    found: dict[str, Candidate] = {}
    for name in files:
        try:
            found[name] = look(name)
        except Unreadable:
            continue
    written = _written(found, frozenset(questions))
    if not any(found[name].bound or written[name] for name in found):
        raise Unreadable(f"holds no file that defines {questions[0]} or another question; pass --entry FILE")
    ranks = {name: _rank(found[name], len(written[name])) for name in found}
    best = [name for name, rank in ranks.items() if rank == max(ranks.values())]
    most = f"{len(written[best[0]])} of {len(questions)} questions"
    if len({files[name] for name in best}) > 1 and len({found[name].code() for name in best}) > 1:
        raise Unreadable(
            f"holds several files with as many written questions ({most} each): {_listed(best)}; "
            "hand in the one that counts without the others, or choose it with --entry FILE"
        )
    chosen = min(best, key=lambda name: (len(name), name))
    others = {name for name in found if found[name].bound or written[name]} - _reached(chosen, found) - {chosen}
    told = [_told(name, found[name], len(written[name]), name in best) for name in sorted(others)[:MAX_NAMED]]
    more = [f"{len(others) - MAX_NAMED} more"] if len(others) > MAX_NAMED else []
    if not told:
        return MainFile(chosen)
    return MainFile(chosen, f"{_short(chosen)} is graded: {most} are written in it; {', '.join([*told, *more])}")


def candidate(text: Text, file: str, files: Mapping[str, bytes], questions: Sequence[str]) -> Candidate:
    """What the text of that file says of the questions; of one that can't be parsed, what it would define."""
    try:
        tree, gone = parse(text.source)
        with deep():
            return _candidate(tree, file, files, frozenset(questions), is_broken=bool(gone or text.lost))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        names = names_in(text.source) & frozenset(questions)
        return Candidate(bound=names, own=names, is_broken=True, code=lambda: text.source)


def _candidate(
    tree: ast.Module, file: str, files: Mapping[str, bytes], questions: frozenset[str], *, is_broken: bool
) -> Candidate:
    beside = tuple(taken([tree], file, modules(file, [name for name in files if name.lower().endswith(".py")])))
    program = statements(tree)
    bound = questions & {name for s in program for name in s.binds}
    last = {name: s.node for s in program for name in s.binds & bound}
    own = frozenset(name for name in bound if not isinstance(last.get(name), IMPORTS))
    return Candidate(
        bound=bound,
        own=own,
        written=frozenset(name for name in own if definition_of(name, program).written),
        taken=beside,
        is_broken=is_broken,
        code=lambda: _code(tree),
    )


def _code(tree: ast.Module) -> object:
    """The statements; an exported notebook has other texts, and calls such as `get_ipython()`, in between."""
    try:
        with deep():
            return tuple(ast.dump(node) for node in tree.body if not isinstance(node, ast.Expr | ast.Pass))
    except (RecursionError, MemoryError):
        return tree  # the same as no other


def _written(found: Mapping[str, Candidate], questions: frozenset[str]) -> dict[str, frozenset[str]]:
    """The written questions of each file, with those that it imports from files beside it."""
    written = {name: candidate.written for name, candidate in found.items()}
    while True:
        grown = {
            name: written[name].union(
                *(
                    written[part.file] & (questions if STAR in part.names else part.names)
                    for part in candidate.taken
                    if part.names and part.file in written
                )
            )
            for name, candidate in found.items()
        }
        if grown == written:
            return written
        written = grown


def _rank(candidate: Candidate, written: int) -> tuple[int, ...]:
    """Among files with nothing written, the one that Python can't read was worked on; then what is there at all."""
    if written:
        return written, 0, len(candidate.written), 0
    return 0, candidate.is_broken, len(candidate.bound), len(candidate.own)


def _reached(chosen: str, found: Mapping[str, Candidate]) -> set[str]:
    """The files that a file imports, and those that they import: they are part of it, and no other choice."""
    reached, fresh = set[str](), {chosen}
    while fresh:
        reached |= fresh
        fresh = {part.file for name in fresh for part in found[name].taken if part.file in found} - reached
    return reached


def _told(name: str, candidate: Candidate, written: int, is_same: bool) -> str:
    has = "can't be read by Python as it is" if candidate.is_broken else f"has {written}"
    return f"{_short(name)} {'says the same' if is_same else has}"


def _named(files: Mapping[str, bytes], entry: str) -> str:
    wanted = PurePosixPath(entry.replace("\\", "/"))
    found = [name for name in files if PurePosixPath(name) == wanted]
    found = found or [name for name in files if PurePosixPath(name).parts[-len(wanted.parts) :] == wanted.parts]
    if len(found) != 1:
        raise Unreadable(f"holds {'several files' if found else 'no file'} {entry}; --entry can be {_listed(files)}")
    return found[0]


def _listed(names: Sequence[str] | Mapping[str, object]) -> str:
    shown = [_short(name) for name in sorted(names)[:MAX_NAMED]]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")


def _short(name: str) -> str:
    return name[:100]
