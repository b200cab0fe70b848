"""Before anything of the student's runs: what the source says. Nothing here executes the submission."""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Sequence
from typing import Any, Final

from grader.boundary import rules
from grader.boundary.forms import Form
from grader.worker.reading import charges, uses
from grader.worker.reading.parsing import compiled, deep, parse, plain
from grader.worker.reading.program import Program, first_lines, read
from grader.worker.reading.slices import Slice, definition_of, slice_for
from grader.worker.reading.statements import Statement, statements
from grader.worker.reading.text import Unreadable

MAX_LOST: Final = 50


MAX_NAME: Final = 200


def inspect(
    header: dict[str, Any], names: Sequence[str], contents: Sequence[bytes]
) -> tuple[dict[str, Any], list[str]]:
    """Syntax, definitions, and the statements that each question needs; with it the text, its places, its siblings."""
    try:
        files = dict(zip(names, contents, strict=True))
        program = read(Form(header["form"]), files, header["entry"], header["questions"])
    except Unreadable as error:
        return {"unreadable": str(error)[:1000]}, []
    except MemoryError:
        return {"unreadable": "takes more memory to be read than a submission gets; pass the file you wrote"}, []
    try:
        tree, gone = parse(program.text.source)
        if not program.text.spans:  # the cells of a notebook have been compiled one by one
            compiled(plain(program.text.source).body, "submission")
    except SyntaxError as error:
        code = (error.text or "")[:200]
        told = {"file": program.file, "line": error.lineno or 0, "text": str(error.msg)[:200], "code": code}
        return {"syntax_error": told}, []
    except (RecursionError, MemoryError, ValueError) as error:
        told = {"file": program.file, "line": 0, "text": f"{type(error).__name__}: {str(error)[:200]}", "code": ""}
        return {"syntax_error": told}, []
    with deep():
        found = _found(tree, header)
        _look_at_siblings(program, tree, header, found["questions"])
    told_of = [
        [cell.line, cell.text, cell.code, sorted(cell.names & set(header["questions"]))]
        for cell in (*program.text.lost, *gone)[:MAX_LOST]
    ]
    return {**found, "lost": told_of}, [program.text.source, program.places.as_json(), json.dumps(program.siblings)]


def _look_at_siblings(program: Program, tree: ast.Module, header: dict[str, Any], found: dict[str, Any]) -> None:
    """What the main file takes from the files beside it: it may be changed there, and the rules hold there, too."""
    tops = {name.split("/")[-1].removesuffix(".py") for name in program.siblings}
    tops |= {part for name in program.siblings for part in name.split("/")[:-1]}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    used = {alias.name.split(".")[0] for node in imports if isinstance(node, ast.Import) for alias in node.names}
    used |= {(n.module or "").split(".")[0] for n in imports if isinstance(n, ast.ImportFrom)}
    if not (tops & used or any(isinstance(n, ast.ImportFrom) and n.level for n in imports)):
        return
    for entry in found.values():
        entry["certain"] = False
    first = first_lines(program.text.source, program.siblings)
    for name, source in program.siblings.items():
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            part, _ = parse(source)
            beside = _found(part, header)["questions"]
            for question, entry in found.items():
                shift = first[name] - 1
                if beside[question]["present"]:
                    entry["banned"] += [[line + shift, banned] for line, banned in beside[question]["banned"]]


def _found(tree: ast.Module, header: dict[str, Any]) -> dict[str, Any]:
    questions, program = header["questions"], statements(tree)
    banned_uses = uses.uses_in(tree, rules.Rules.from_dict(header["rules"]))
    slices = {question: slice_for(question, program, header["needs"][question]) for question in questions}
    found = {}
    for question in questions:
        definition, part = definition_of(question, program), slices[question]
        needed = [slices[name].indices for name in header["needs"][question]]
        own = charges.own_statements(part.indices, needed)
        banned = charges.charged(banned_uses, question, own, program)
        found[question] = {
            "present": definition.present,
            "line": definition.line or 0,
            "empty": [name[:MAX_NAME] for name in definition.empty],
            "written": definition.written,
            "indices": list(part.indices),
            "certain": part.certain,
            "uses": sorted(_used(program, part) & set(questions)),
            "banned": [[use.line, use.name[:MAX_NAME]] for use in banned[: rules.MAX_USES]],
            "own": charges.own_lines(question, charges.concerned(question, own, program, banned_uses), program),
        }
    dynamic = charges.lines_of(s for s in program if s.dynamic)
    return {"questions": found, "dynamic": dynamic, "count": len(program)}


def _used(program: Sequence[Statement], part: Slice) -> set[str]:
    """The names that the statements of a slice use, when they run or later."""
    return {name for i in part.indices for name in program[i].uses | program[i].uses_later}
