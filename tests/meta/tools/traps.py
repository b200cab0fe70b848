"""A homework of two questions, one of which needs the other, to be spoilt in all the ways that an author may."""

from __future__ import annotations

from pathlib import Path

TABLE = """
title = "Toy homework"
reference = "reference.py"
stand_ins = "stand_ins.py"
limit_s = 2
points = 7
[rules]
advice = "write it"
banned = ["torch.nn.*"]
allowed = ["torch.nn.Module"]
[[question]]
name = "double"
[question.checks]
test_double = 4
[[question]]
name = "Add"
needs = ["double"]
[question.checks]
test_add = 3
[question.settings]
most = 0.1
"""
SUITE = '''
import pytest, torch
from grader.suite import check, expect, given, strategies

@check("double")
@given(n=strategies.integers(1, 5))
def test_double(submission, n):
    """double(x) is twice x."""
    expect.equal(submission.double(n), 2 * n)

@check("Add")
def test_add(submission):
    """Add(a, b) is a + b."""
    x = torch.ones(2, 3)
    expect.equal(submission.Add(1, 2), 3)
'''
RIGHT = "def double(x):\n    return 2 * x\ndef Add(a, b):\n    return a + b\n"
STAND_INS = "def double(x):\n    return 2 * x\n"


def two_questions(folder: Path, *, suite: str = SUITE, table: str = TABLE) -> Path:
    """Makes the homework's folder in that one, with a right solution beside it."""
    made = folder / "toy"
    made.mkdir()
    files = {"assignment.toml": table, "test_toy.py": suite, "reference.py": RIGHT, "stand_ins.py": STAND_INS}
    for name, text in files.items():
        (made / name).write_text(text)
    (folder / "hw.py").write_text(RIGHT)
    return made


def line_of(text: str, part: str) -> int:
    """The number of the first line with that in it."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)
