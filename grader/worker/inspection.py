"""Before anything of the student's runs: what the source says. Nothing here executes the submission."""

from __future__ import annotations
import __future__

import ast
import contextlib
import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

from grader import rules
from grader.forms import Lost, Text, Unreadable, folder, marimo, notebook
from grader.places import Places, Span
from grader.slices import Slice, definition_of, slice_for
from grader.statements import Statement, statements
from grader.submission import Form, decode

MAX_SIBLING_BYTES: Final = 8 * 1024 * 1024  # of Python beside the main file: every worker gets it
MAX_LOST: Final = 50
MAX_NAME: Final = 200
# Python's parser refuses what is nested deeper than some 3,000 levels; looking at one level takes a few calls.
_RECURSION_LIMIT: Final = 20_000


def parse(source: str, file: str = "submission") -> tuple[ast.Module, list[Lost]]:
    """The top-level statements, of a marimo notebook too, and what of them can't be read.

    Raises SyntaxError, or whatever else Python has against the source.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        tree = ast.parse(source, file)
    with deep():
        return marimo.unfolded(tree)


def compiled(nodes: list[ast.stmt], file: str, flags: int = 0) -> CodeType:
    """The code of some statements of a file with these __future__ imports; those of this file don't count."""
    with warnings.catch_warnings(), deep():
        warnings.simplefilter("ignore", SyntaxWarning)
        code: CodeType = compile(ast.Module(nodes, []), file, "exec", flags=flags, dont_inherit=True)
        return code


def future_flags(tree: ast.Module) -> int:
    """What the __future__ imports of a file ask of the compiler."""
    asked = [a.name for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__" for a in n.names]
    flags = 0
    for feature in (getattr(__future__, name, None) for name in asked):
        flags |= feature.compiler_flag if isinstance(feature, __future__._Feature) else 0
    return flags


@contextlib.contextmanager
def deep() -> Iterator[None]:
    """Room to look at an expression as deep as the parser takes: `1 + 1 + ...` is nested once for each term.

    Never around parsing, which would then take what overflows the stack, nor around code of the student's.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is executed: the text, and the Python files beside the main one."""

    file: str  # as tracebacks show it
    text: Text
    siblings: Mapping[str, str]

    @property
    def places(self) -> Places:
        """Where the lines stand: those of the text, and after them those of each sibling."""
        spans = list(self.text.spans)
        if self.siblings and not spans:
            spans.append(Span(first=1, file=self.file))
        spans += [Span(first=first, file=name) for name, first in first_lines(self.text.source, self.siblings).items()]
        return Places(file=self.file, spans=spans)


def first_lines(source: str, siblings: Mapping[str, str]) -> dict[str, int]:
    """The number that the first line of each sibling has, counted on from the main text."""
    first, found = source.count("\n") + 2, {}
    for name, text in siblings.items():
        found[name] = first
        first += text.count("\n") + 1
    return found


def read(form: Form, files: Mapping[str, bytes], entry: str, questions: Sequence[str]) -> Program:
    """The main file as statements in one text. Raises Unreadable, or what Python has against a .py file."""
    if form is Form.ARCHIVE:
        files = folder.unpack(next(iter(files.values())))
    if form is not Form.FILE:
        entry = folder.choose(files, entry, questions, lambda name: _names_in(files[name], name))
    else:
        entry = next(iter(files))
    siblings: dict[str, str] = {}
    for name in files.keys() - {entry}:
        with contextlib.suppress(ValueError):
            siblings |= {name: decode(files[name])} if name.lower().endswith(".py") else {}
    if sum(len(text) for text in siblings.values()) > MAX_SIBLING_BYTES:
        raise Unreadable(f"holds more than {MAX_SIBLING_BYTES >> 20} MiB of Python; pass the file that you wrote")
    ordered = {name: siblings[name] for name in sorted(siblings)}
    return Program(file=entry, text=_text_of(files[entry], entry), siblings=ordered)


def _text_of(data: bytes, file: str) -> Text:
    if file.lower().endswith(".ipynb"):
        return notebook.text_of(data, file, lambda text: compiled(_plain(text).body, file))
    try:
        return Text(source=decode(data))
    except ValueError as error:
        raise Unreadable(f"{file} {error}") from None


def _plain(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(text)


def _names_in(data: bytes, file: str) -> tuple[set[str], set[str]]:
    """What a file binds, and what it defines itself."""
    source = _text_of(data, file).source
    try:
        tree, _ = parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return folder.names_bound(source, None)
    return folder.names_bound(source, tree.body)


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
            compiled(_plain(program.text.source).body, "submission")
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
    banned_uses = rules.uses_in(tree, rules.Rules.from_dict(header["rules"]))
    slices = {question: slice_for(question, program, header["needs"][question]) for question in questions}
    found = {}
    for question in questions:
        definition, part = definition_of(question, program), slices[question]
        needed = [slices[name].indices for name in header["needs"][question]]
        own = rules.own_statements(part.indices, needed)
        banned = rules.charged(banned_uses, question, own, program)
        found[question] = {
            "present": definition.present,
            "line": definition.line or 0,
            "empty": [name[:MAX_NAME] for name in definition.empty],
            "written": definition.written,
            "indices": list(part.indices),
            "certain": part.certain,
            "uses": sorted(_used(program, part) & set(questions)),
            "banned": [[use.line, use.name[:MAX_NAME]] for use in banned[: rules.MAX_CLAIMS]],
            "own": rules.own_lines(question, rules.concerned(question, own, program, banned_uses), program),
        }
    dynamic = rules.lines_of(s for s in program if s.dynamic)
    return {"questions": found, "dynamic": dynamic, "count": len(program)}


def _used(program: Sequence[Statement], part: Slice) -> set[str]:
    """The names that the statements of a slice use, when they run or later."""
    return {name for i in part.indices for name in program[i].uses | program[i].uses_later}
