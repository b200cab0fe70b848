"""`gradebook suite DIR`: the suite as students get it, without what is hidden from them.

Left out are hidden checks, with the files that only they use, and all that quotes a solution: reference, mutants,
variants, equivalents. What is left in assignment.toml stays as its author wrote it, with its comments. A hidden check
of the suite that this one is built on stays: its text is where that is installed.
"""

from __future__ import annotations

import ast
import re
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from grader.assignment import Assignment, load_assignment
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.installed import FILE_NAME
from grader.provenance import suite_files

_OF_EACH: Final = ("conftest.py", "parts.py", "stand_ins.py")  # used without an import
_KEY: Final = re.compile(r"""\s*(["']?)(\w+)\1\s*=""")
_TOTAL: Final = re.compile(r"=\s*[\d._]+")
_CHECK: Final = re.compile(r"\bcheck\(")


def write(assignment: Assignment, folder: Path) -> list[Path]:
    """Write the suite into that folder. Returns the files.

    Raises SettingsInvalid where something is in it already, and AssignmentInvalid, with file and line, where a hidden
    check shares its file with others, or its points their line.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsInvalid(f"{folder} is there already and not empty; name another folder")
    files = dict(suite_files(assignment, assignment.folder))
    trees = {name: ast.parse(path.read_bytes(), str(path)) for name, path in files.items() if name.endswith(".py")}
    own = {node.name for tree in trees.values() for node in tree.body if isinstance(node, ast.FunctionDef)}
    hidden = {check for question in assignment.questions for check in question.hidden} & own
    left_out = _only_hidden(files, trees, hidden)
    table = _without(assignment, hidden)
    contents = {name: path.read_bytes() for name, path in files.items() if name not in left_out}
    contents[FILE_NAME] = table.encode()
    with tempfile.TemporaryDirectory() as tried:
        _write(contents, Path(tried, assignment.name))
        load_assignment(Path(tried, assignment.name))  # raises AssignmentInvalid
    return _write(contents, folder)


def _write(contents: Mapping[str, bytes], folder: Path) -> list[Path]:
    written = []
    for name, content in sorted(contents.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return written


def _only_hidden(files: Mapping[str, Path], trees: Mapping[str, ast.Module], hidden: set[str]) -> set[str]:
    """The files that have hidden checks alone, and the modules that nothing else imports. Raises AssignmentInvalid."""
    closed, open_ = set[str](), set[str]()
    for name, tree in trees.items():
        checks = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_check(node)]
        if secret := [node for node in checks if node.name in hidden]:
            if shared := [node for node in checks if node.name not in hidden]:
                raise AssignmentInvalid(
                    f"{files[name]}:{secret[0].lineno}: {secret[0].name} is hidden, and {shared[0].name} in the same "
                    "file is not: move hidden checks to a file of their own"
                )
            closed.add(name)
        elif checks or name in _OF_EACH:
            open_.add(name)
    return closed | (_imported(closed, trees) - _imported(open_, trees) - open_)


def _imported(names: Iterable[str], trees: Mapping[str, ast.Module]) -> set[str]:
    """The files of the suite that these import, and what those import."""
    found: set[str] = set()
    fresh = {*names}
    while fresh:
        asked = {f"{module.replace('.', '/')}.py" for name in fresh for module in _modules(trees[name])}
        fresh = (asked & trees.keys()) - found
        found |= fresh
    return found


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _is_check(node: ast.FunctionDef) -> bool:
    return any(_CHECK.search(ast.unparse(decorator)) for decorator in node.decorator_list)


def _without(assignment: Assignment, hidden: set[str]) -> str:
    """The text of assignment.toml without these checks. Raises AssignmentInvalid."""
    path = assignment.folder / FILE_NAME
    text = path.read_text(encoding="utf-8")
    total = assignment.points
    if total is not None:
        counted = ((check, q) for q in assignment.questions for check in q.points if check not in q.bonus)
        total -= sum(question.points[check] for check, question in counted if check in hidden)
    lines = [line for line in text.splitlines(keepends=True) if _key(line) not in hidden]
    if total is not None:
        lines = [_TOTAL.sub(f"= {total:g}", line, count=1) if _key(line) == "points" else line for line in lines]
    kept = "".join(lines)
    if tomllib.loads(kept) != _expected(tomllib.loads(text), hidden, total):
        raise AssignmentInvalid(f"{path}: the hidden checks can't be left out: give each of them a line of its own")
    return kept


def _key(line: str) -> str:
    """The key that a line of TOML begins with, or nothing."""
    found = _KEY.match(line)
    return found[2] if found else ""


def _expected(table: Any, hidden: set[str], total: float | None = None) -> Any:
    """The table without these checks, and with that many points."""
    if isinstance(table, list):
        return [_expected(entry, hidden) for entry in table]
    if not isinstance(table, dict):
        return table
    kept = {key: _expected(value, hidden) for key, value in table.items() if key not in hidden}
    return {**kept, "points": total} if total is not None and "points" in kept else kept
