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
from grader.boundary.rules import MAX_USES
from grader.boundary.source import Found, LostCell, SyntaxProblem
from grader.worker.reading import charges, uses
from grader.worker.reading.definitions import definition_of
from grader.worker.reading.parsing import compiled, deep, parse, plain
from grader.worker.reading.program import Program, first_lines, read
from grader.worker.reading.slices import Slice, slice_for
from grader.worker.reading.statements import DEFINITIONS, Statement, statements
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
    try:
        tree, gone = parse(program.text.source)
        if not program.text.spans:  # the cells of a notebook have been compiled one by one
            compiled(plain(program.text.source).body, "submission")
    except SyntaxError as error:
        return _syntax_problem(program.file, error.lineno or 0, str(error.msg), error.text or "")
    except (RecursionError, MemoryError, ValueError) as error:
        return _syntax_problem(program.file, 0, f"{type(error).__name__}: {error}", "")
    with deep():
        alone, dynamic = _found(tree, message)
        questions = _with_siblings(alone, program, tree, message)
    return Inspected(
        questions=questions,
        lost=tuple(_lost_cells((*program.text.lost, *gone), message.questions)),
        dynamic=dynamic,
        source=program.text.source,
        places=program.places,
        siblings=program.siblings,
        beside=program.beside,
    )


def _syntax_problem(file: str, line: int, text: str, code: str) -> Inspected:
    return Inspected(syntax_problem=SyntaxProblem(file=file, line=line, text=text[:200], code=code[:200]))


def _lost_cells(lost: Sequence[Lost], questions: Iterable[str]) -> Iterable[LostCell]:
    for cell in lost[:MAX_LOST]:
        would_define = tuple(sorted(cell.names & set(questions)))
        yield LostCell(line=cell.line, text=cell.text, code=cell.code, questions=would_define)


def _with_siblings(
    found: Mapping[str, Found], program: Program, tree: ast.Module, message: Inspect
) -> Mapping[str, Found]:
    """What the main file takes from the files beside it: it may be changed there, and the rules hold there, too."""
    tops = {name.split("/")[-1].removesuffix(".py") for name in program.siblings}
    tops |= {part for name in program.siblings for part in name.split("/")[:-1]}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    used = {alias.name.split(".")[0] for node in imports if isinstance(node, ast.Import) for alias in node.names}
    used |= {(n.module or "").split(".")[0] for n in imports if isinstance(n, ast.ImportFrom)}
    if not (tops & used or any(isinstance(n, ast.ImportFrom) and n.level for n in imports)):
        return found
    banned = {question: [*entry.banned] for question, entry in found.items()}
    unwritten = {question: [*entry.unwritten] for question, entry in found.items()}
    defined = {node.name for node in tree.body if isinstance(node, DEFINITIONS)}
    first = first_lines(program.text.source, program.siblings)
    code = hashlib.sha256()
    for name, source in program.siblings.items():
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            part, _ = parse(source)
            beside, _ = _found(part, message)
            code.update(_normalised(part).encode("utf-8", "surrogatepass"))
            for question, entry in beside.items():
                if entry.present:
                    banned[question] += [(line + first[name] - 1, what) for line, what in entry.banned]
                    unwritten[question] += entry.unwritten if question not in defined else ()
    return {
        q: replace(
            entry,
            certain=False,
            banned=tuple(banned[q]),
            unwritten=tuple(dict.fromkeys(unwritten[q])),
            code=_joined(entry.code, code.hexdigest()),
        )
        for q, entry in found.items()
    }


def _found(tree: ast.Module, message: Inspect) -> tuple[dict[str, Found], tuple[tuple[int, int], ...]]:
    """What the source says of each question, and the lines of statements that execute strings."""
    questions, program = message.questions, statements(tree)
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
            code = _normalised(self._program[index].node)
            self._known[index] = hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
        return self._known[index]


def _joined(*hashes: str) -> str:
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def _normalised(node: ast.AST) -> str:
    """The code without comments and layout; nothing where it is too deep, or has a number too long, to be written."""
    with contextlib.suppress(RecursionError, ValueError, MemoryError):
        return ast.unparse(node)
    return ""


def _used(program: Sequence[Statement], part: Slice) -> set[str]:
    """The names that the statements of a slice use, when they run or later."""
    return {name for i in part.indices for name in program[i].uses | program[i].uses_later}
