"""Another package that brings homework: hw4, which has a question of hw3's name and one of its own."""

import sys
from collections.abc import Mapping
from pathlib import Path

TABLE = """
title = "Homework 4: doubling"
reference = "reference.py"
limit_s = 20
[[question]]
name = "double"
[question.checks]
test_double = 4
[[question]]
name = "Linear"
[question.checks]
test_called = 2
"""
SUITE = '''
from grader.suite import expect
from grader.suite.checks import check


@check("double", hint="2 * x")
def test_double(submission):
    """double(x) is twice x."""
    expect.equal(submission.double(21), 42)


@check("Linear", hint="as double")
def test_called(submission):
    """Linear(x) is twice x, too."""
    expect.equal(submission.Linear(4), 8)
'''
DOUBLE = "def double(x):\n    return 2 * x\n"
RIGHT = f"{DOUBLE}\n\ndef Linear(x):\n    return double(x)\n"
MODULE = """
from pathlib import Path


def hw5_folder():
    return Path(__file__).parent / "five"


def fail():
    raise ValueError("not today")
"""
GOOD: Mapping[str, str] = {"hw4": "our_course.hw4"}


def install(libraries: Path, entries: Mapping[str, str] = GOOD) -> Path:
    """Lay the package out in a folder as an installer does. entries: its entry points. The folder of hw4."""
    sys.modules.pop("our_course", None)  # of another folder
    package, facts = libraries / "our_course", libraries / "our_course-1.0.dist-info"
    for name in ("hw4", "five"):
        (package / name).mkdir(parents=True)
        (package / name / "assignment.toml").write_text(TABLE)
        (package / name / "test_doubling.py").write_text(SUITE)
    (package / "empty").mkdir()
    (package / "__init__.py").write_text(MODULE)
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: our-course\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in entries.items()]
    (facts / "entry_points.txt").write_text("\n".join(["[grader.assignments]", *lines]) + "\n")
    return package / "hw4"
