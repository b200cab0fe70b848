"""Values of assignment.toml, and the lines at which they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import AssignmentInvalid
from grader.toml_values import line_of_key, listed, number, read_toml, typed

TABLE = """title = "x"
points = 3
banned = [
    "torch.nn.*",
]
[[question]]
name = "a"
needs = []
[question.checks]
test_a = 1
[[question]]
name = "b"
needs = ["a"]
[question.checks.test_b]
points = 2
"""


@pytest.mark.parametrize(
    ("key", "question", "line"),
    [("points", "", 2), ("needs", "a", 8), ("needs", "b", 13), ("test_a", "", 10), ("test_b", "", 14), ("none", "", 0),
     ("torch.nn.*", "", 4), ("test_b", "a", 0), ("needs", "c", 0)],
)  # fmt: skip
def test_line_of_a_key_or_an_entry_of_a_list(tmp_path: Path, key: str, question: str, line: int) -> None:
    (tmp_path / "assignment.toml").write_text(TABLE)
    assert line_of_key(tmp_path / "assignment.toml", key, question) == line


def test_value_of_another_kind_is_refused() -> None:
    for read in (lambda: number({"a": True}, "a"), lambda: typed({"a": 1}, "a", str), lambda: listed({"a": [1]}, "a")):
        with pytest.raises(TypeError, match="a "):
            read()
    assert listed({}, "a") == ()


def test_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text("a = 1\nb +=[2]\n")
    with pytest.raises(AssignmentInvalid, match=r"assignment\.toml can't be read: .*line 2"):
        read_toml(tmp_path / "assignment.toml")
