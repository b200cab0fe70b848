"""A homework of one question that is quick to answer, with a right and a wrong solution."""

from pathlib import Path

TOY_SUITE = '''
"""One check of a question that is quick to answer."""
from grader.suite import expect
from grader.suite.checks import check

@check("double", hint="2 * x")
def test_double(submission):
    """double(x) is twice x."""
    expect.equal(submission.double(21), 42)
'''
TOY_TABLE = """
title = "Toy homework"
reference = "reference.py"
limit_s = 20
[[question]]
name = "double"
[question.checks]
test_double = 4
"""
RIGHT, WRONG = "def double(x):\n    return 2 * x\n", "def double(x):\n    return x\n"


def suite_of(folder: Path) -> Path:
    """The one file of checks, under another name in each test (see the last test)."""
    return folder / f"{folder.parent.name}_suite.py"
