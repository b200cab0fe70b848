"""A homework of two questions that are quick to answer, in a folder."""

from __future__ import annotations

from pathlib import Path

SUITE = '''
"""Two checks."""
from grader.suite import expect
from grader.suite.checks import check

@check("double", hint="2 * x")
def test_double(submission):
    """double(x) is twice x."""
    expect.equal(submission.double(21), 42)

@check("triple", hint="3 * x")
def test_triple(submission):
    """triple(x) is three times x."""
    expect.equal(submission.triple(2), 6)
'''
TABLE = """
title = "Two toys"
reference = "reference.py"
limit_s = 20
[[question]]
name = "double"
[question.checks]
test_double = 4
[[question]]
name = "triple"
[question.checks]
test_triple = 2
"""
DOUBLE, TRIPLE = "def double(x):\n    return 2 * x\n", "def triple(x):\n    return 3 * x\n"
WRONG_TRIPLE = "def triple(x):\n    return x\n"


def two_toys(folder: Path) -> Path:
    """Makes the homework's folder in that one."""
    toys = folder / "toys"
    toys.mkdir()
    (toys / "assignment.toml").write_text(TABLE)
    (toys / "test_toys.py").write_text(SUITE)
    return toys
