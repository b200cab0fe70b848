"""A homework whose suite is bad on purpose: each check of it is of a kind that the doctor must find."""

from __future__ import annotations

from pathlib import Path

TABLE = """
title = "A bad suite"
reference = "reference.py"
limit_s = 20
[[question]]
name = "double"
[question.checks]
test_double = 4
test_nothing = 1
test_again = 1
test_lucky = 1
test_slow = 1
[[question]]
name = "triple"
[question.checks]
test_triple = 2
"""
REFERENCE = '''"""A bad homework."""


def double(x):
    ### BEGIN YOUR CODE
    return 2 * x
    ### END YOUR CODE


def triple(x):
    ### BEGIN YOUR CODE
    if x > 10:
        return 3 * x
    return x + x + x
    ### END YOUR CODE
'''
CHECKS = '''
import time

from grader.suite import check, expect, given, strategies


@check("double")
def test_double(submission):
    """double(x) is twice x."""
    expect.equal(submission.double(21), 42)


@check("double")
def test_nothing(submission):
    """Nothing is expected of it."""
    if submission is None:
        expect.equal(submission.double(1), 2)


@check("double")
def test_again(submission):
    """What test_double asserts, once more."""
    expect.equal(submission.double(5), 10)


@check("double")
@given(x=strategies.integers(0, 60))
def test_lucky(submission, x):
    """Only some draws find what is wrong."""
    expect.equal(submission.double(x), 2 * x)


@check("double")
def test_slow(submission):
    """It takes long."""
    time.sleep(0.3)
    expect.equal(submission.double(0), 0)


@check("triple")
def test_triple(submission):
    """triple(x) is three times x, as far as is looked."""
    expect.equal(submission.triple(2), 6)
'''
MUTANTS = """
[wrong-at-one-number]
mistake = "one number of many is wrong"
loses = ["test_lucky"]
old = "return 2 * x"
new = "return 2 * x + (x == 37)"

[as-it-is]
mistake = "x is returned as it is"
loses = ["test_double"]
old = "return 2 * x"
new = "return x"
"""
VARIANTS = """
[sum]
what = "a sum"
old = "return 2 * x"
new = "return x + x"

[wrong-for-zero]
what = "is no variant"
old = "return 2 * x"
new = "return 2 * x or 1"
"""


def bad_suite(folder: Path) -> Path:
    """Makes the homework's folder in that one."""
    bad = folder / "bad"
    for name, text in {
        "assignment.toml": TABLE,
        "reference.py": REFERENCE,
        "test_bad.py": CHECKS,
        "mutants/double.toml": MUTANTS,
        "variants/double.toml": VARIANTS,
    }.items():
        (bad / name).parent.mkdir(parents=True, exist_ok=True)
        (bad / name).write_text(text, encoding="utf-8")
    return bad
