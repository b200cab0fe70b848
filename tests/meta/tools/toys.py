"""The toy homework with a second question, in a folder."""

from __future__ import annotations

from pathlib import Path

from tests.meta.tools.toy import TOY_SUITE, TOY_TABLE

SUITE = f'''{TOY_SUITE}
@check("triple", hint="3 * x")
def test_triple(submission):
    """triple(x) is three times x."""
    expect.equal(submission.triple(2), 6)
'''
TABLE = f"""{TOY_TABLE}
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
