"""What a process that only parses says: read strictly."""

from __future__ import annotations

import json

import pytest

from grader.boundary.syntax import MAX_TOLD, FirstLook, SyntaxProblem

PROBLEM = SyntaxProblem(file="hw.py", line=2, text="invalid syntax", code="x =\n   ^")


@pytest.mark.parametrize("problem", [None, PROBLEM])
def test_what_is_said_arrives(problem: SyntaxProblem | None) -> None:
    look = FirstLook(tier="jail", detail="Landlock", problem=problem, choice="hw.py is graded")
    assert FirstLook.from_json(look.as_json()) == look


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"\xff",
        "[" * 5000,
        "null",
        "[]",
        json.dumps(["jail", "", "", ["hw.py", "2", "t", "c"]]),
        json.dumps(["jail", "", "", ["hw.py", -1, "t", "c"]]),
        json.dumps(["jail", "", "", ["hw.py", True, "t", "c"]]),
        json.dumps(["jail", "", "", ["hw.py", 1, "t", "\ud800"]]),
        json.dumps(["jail", "", "", ["hw.py", 1, "t"]]),
        json.dumps(["jail", 1, "", None]),
        json.dumps(["jail", "", "", ["hw.py", 1, "t", "c" * MAX_TOLD]]),
    ],
)
def test_what_is_of_another_form_is_refused(told: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        FirstLook.from_json(told)
