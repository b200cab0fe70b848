"""A file that Python can't read, told once: the line, a caret below it, and all questions. It needs no torch."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.assignment import Assignment
from grader.boundary.places import Places
from grader.boundary.syntax import SyntaxProblem
from grader.scorecard import CheckResult, Verdict


def told(problem: SyntaxProblem) -> str:
    """What is said of it."""
    return with_code(f"{Places(file=problem.file).at(problem.line)}: {problem.text}", problem.code, "file")


def with_code(text: str, code: str, what: str) -> str:
    """A message with the line that can't be read, as Python shows it. what: a file or a cell."""
    shown = [f"    {line}" for line in code.split("\n") if line.strip()]
    end = f"Python can't read the {what} until this is mended"
    return "\n".join([text, *shown, end]) if shown else f"{text}; {end}"


def results(problem: SyntaxProblem, assignment: Assignment, questions: Iterable[str]) -> dict[str, CheckResult]:
    """The result of each check of these questions, by its name."""
    titles = _titles(assignment.folders)
    return {
        check: CheckResult(
            name=check,
            title=question.titled(titles.get(check, check)),
            verdict=Verdict.BLOCKED,
            max_score=most,
            message=told(problem),
            line=problem.line,
            visibility=question.visibility.get(check, "visible"),
        )
        for question in map(assignment.question, questions)
        for check, most in question.points.items()
    }


def _titles(folders: Iterable[Path]) -> Mapping[str, str]:
    """The first docstring line of each check of a suite, which is read and not imported: checks need torch."""
    found: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("test_*.py"))):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
                found.setdefault(node.name, text.split("\n")[0])
    return found
