"""What Python has against a program: line and caret."""

from __future__ import annotations

import pytest

from grader.boundary.syntax import SyntaxProblem
from grader.worker.reading.program import Program
from grader.worker.reading.syntax import problem_of
from grader.worker.reading.text import Text


def problem(source: str) -> SyntaxProblem | None:
    return problem_of(Program(file="hw.py", text=Text(source=source), siblings={}))


@pytest.mark.parametrize(
    ("source", "line", "code"),
    [
        ("x = 1\ndef f():\n    return (x @ 2\n", 3, "return (x @ 2\n       ^"),
        ("x = 1\ndef one(:\n", 2, "def one(:\n        ^"),
        ("if x\n    y = 1\n", 1, "if x\n    ^"),
        ("print 'a'\n", 1, "print 'a'\n^^^^^^^^^"),
        ("\tx = 1\n", 1, "x = 1"),  # Python points before the line's first character
        ("def f(): pass\nreturn 1\n", 2, "return 1\n^^^^^^^^"),
    ],
)
def test_line_is_told_with_a_caret(source: str, line: int, code: str) -> None:
    found = problem(source)
    assert found is not None
    assert (found.file, found.line, found.code) == ("hw.py", line, code)


def test_right_program_has_none() -> None:
    assert problem("x = 1\n") is None


def test_what_is_too_deep_has_no_line() -> None:
    found = problem("x = " + "-" * 100_000 + "1\n")
    assert found is not None
    assert found.line in (0, 1)
    assert len(found.code) < 200


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    found = problem("x = [" + "1, " * 100 + "2 3]\n")
    assert found is not None
    code, caret = found.code.split("\n")
    assert len(code) <= 72
    assert code[caret.index("^") :].startswith("2 3")
