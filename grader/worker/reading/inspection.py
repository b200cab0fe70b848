"""Before anything of the student's runs: what the source says. Nothing here executes the submission."""

from __future__ import annotations

import ast
import contextlib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from grader.boundary.forms import Form
from grader.boundary.messages import MAX_LOST, Inspect, Inspected
from grader.boundary.places import MAX_SPANS
from grader.boundary.rules import MAX_USES
from grader.boundary.source import Found, LostCell
from grader.worker.reading import charges, uses
from grader.worker.reading.definitions import definition_of
from grader.worker.reading.parsing import deep, parse
from grader.worker.reading.program import Program, first_lines, read
from grader.worker.reading.reached import SiblingFiles
from grader.worker.reading.slices import Slice, slice_for
from grader.worker.reading.statements import DEFINITIONS, Statement, statements
from grader.worker.reading.syntax import problem_of
from grader.worker.reading.text import Lost, Unreadable

MAX_NAME: Final = 200


def inspect(message: Inspect) -> Inspected:
    """Syntax, definitions, and the statements that each question needs; with it the text, its places, its siblings."""
    try:
        program = read(Form(message.form), dict(message.files), message.entry, message.questions, message.files_beside)
    except Unreadable as error:
        return Inspected(unreadable=str(error)[:1000])
    except MemoryError:
        return Inspected(unreadable="takes more memory to be read than a submission gets; pass the file you wrote")
    if len(program.text.spans) + len(program.siblings) >= MAX_SPANS:
        return Inspected(unreadable="has more cells than a submission gets; pass the file you wrote")
    if problem := problem_of(program):
        return Inspected(syntax_problem=problem, choice=program.choice)
    tree, gone = parse(program.text.source)
    with deep():
        own = statements(tree)
        alone, dynamic = _found(tree, own, message)
        questions = _with_siblings(alone, program, tree, own, message)
    return Inspected(
        questions=questions,
        lost=tuple(_lost_cells((*program.text.lost, *gone), message.questions)),
        dynamic=dynamic,
        source=program.text.source,
        places=program.places,
        siblings=program.siblings,
        beside=program.beside,
        choice=program.choice,
    )


def _lost_cells(lost: Sequence[Lost], questions: Iterable[str]) -> Iterable[LostCell]:
    for cell in lost[:MAX_LOST]:
        would_define = tuple(sorted(cell.names & set(questions)))
        yield LostCell(line=cell.line, text=cell.text, code=cell.code, questions=would_define)


def _with_siblings(
    found: Mapping[str, Found], program: Program, tree: ast.Module, own: Sequence[Statement], message: Inspect
) -> Mapping[str, Found]:
    """What the main file takes from the files beside it: it may be changed there, and the rules hold there, too."""
    files = SiblingFiles(program.file, program.siblings)
    if not files.taken_by(tree.body):
        return found
    first = first_lines(program.text.source, program.siblings)
    told: dict[str, Mapping[str, Found]] = {}
    codes: dict[str, str] = {}
    defined = {node.name for node in tree.body if isinstance(node, DEFINITIONS)}
    changed = {}
    for question, entry in found.items():
        charged, unwritten = [*entry.banned], [*entry.unwritten]
        reached = files.reached(question, [own[i] for i in entry.indices])
        for name in reached.keys() - codes.keys():
            codes[name] = _hash(_normalised(files.part(name)[0]))
        for name in sorted(name for name, names in reached.items() if question in names):
            if name not in told:
                told[name], _ = _found(*files.part(name), message)
            there = told[name][question]
            charged += [(line + first[name] - 1, what) for line, what in there.banned if there.present]
            unwritten += there.unwritten if question not in defined else ()
        code = _joined(entry.code, *sorted(codes[name] for name in reached)) if reached else entry.code
        changed[question] = replace(
            entry,
            certain=False,
            banned=tuple(charged),
            unwritten=tuple(dict.fromkeys(unwritten)),
            code=code,
        )
    return changed


def _found(
    tree: ast.Module, program: Sequence[Statement], message: Inspect
) -> tuple[dict[str, Found], tuple[tuple[int, int], ...]]:
    """What the source says of each question, and the lines of statements that execute strings."""
    questions = message.questions
    banned_uses = uses.uses_in(tree, message.rules)
    code = CodeHashes(program)
    slices = {question: slice_for(question, program, message.needs[question]) for question in questions}
    found = {}
    for question in questions:
        definition, part = definition_of(question, program, message.asked.get(question, ())), slices[question]
        needed = [slices[name].indices for name in message.needs[question]]
        own = charges.own_statements(part.indices, needed)
        banned = charges.charged(banned_uses, question, own, program)
        concerned = charges.concerned(question, own, program, banned_uses)
        found[question] = Found(
            present=definition.present,
            line=definition.line or 0,
            empty=tuple(name[:MAX_NAME] for name in definition.empty),
            written=definition.written,
            unwritten=definition.unwritten,
            indices=part.indices,
            certain=part.certain,
            uses=tuple(sorted(_used(program, part) & set(questions))),
            banned=tuple((use.line, use.name[:MAX_NAME]) for use in banned[:MAX_USES]),
            own=tuple(charges.own_lines(question, concerned, program)),
            code=code.of(part.indices),
        )
    return found, tuple(charges.lines_of(s for s in program if s.dynamic))


class CodeHashes:
    """Hashes of statements as Python reads them: comments, layout, other statements and names of files don't matter."""

    def __init__(self, program: Sequence[Statement]) -> None:
        self._program = program
        self._known: dict[int, str] = {}

    def of(self, indices: Iterable[int]) -> str:
        """The hash of these statements together."""
        return _joined(*map(self._of_one, indices))

    def _of_one(self, index: int) -> str:
        if index not in self._known:
            self._known[index] = _hash(_normalised(self._program[index].node))
        return self._known[index]


def _joined(*hashes: str) -> str:
    return _hash(" ".join(hashes))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _normalised(node: ast.AST) -> str:
    """The code without comments and layout; nothing where it is too deep, or has a number too long, to be written."""
    with contextlib.suppress(RecursionError, ValueError, MemoryError):
        return ast.unparse(node)
    return ""


def _used(program: Sequence[Statement], part: Slice) -> set[str]:
    """The names that the statements of a slice use, when they run or later."""
    return {name for i in part.indices for name in program[i].uses | program[i].uses_later}
