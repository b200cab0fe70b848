"""The list of mutants that are right code: read from a file, and each of it is still made."""

import ast
from pathlib import Path

import pytest

from grader.assignment import find_assignment, load_assignment
from grader.doctor.equivalents import Equivalent, read_equivalents, stale
from grader.errors import AssignmentInvalid
from tests.meta.measures.homework import EQUIVALENTS, smaller
from tests.meta.mutants.test_corpus import QUESTIONS, REFERENCE
from tests.meta.tools.owning import made_of

EQUIVALENT = read_equivalents(EQUIVALENTS)
SOURCE = "def Linear(x):\n    return x + 1  # why\n"
ENTRY = """
[[equivalent]]
questions = ["f"]
inside = "f"
before = "return x"
after = ["pass"]
reason = "r"
"""
MADE = made_of(SOURCE, ["Linear"])


def equivalent(*after: str) -> Equivalent:
    """A list of one entry: these changes of the first statement do no harm."""
    questions = frozenset({"Linear"})
    return Equivalent(questions=questions, inside="Linear", before="return x + 1", after=after, reason="a test")


def test_list_of_equivalents_has_only_what_is_made_and_a_reason_for_each() -> None:
    hw3 = load_assignment(find_assignment("hw3"))
    references = (REFERENCE, smaller(REFERENCE, train=True))  # trainings are tried with numbers that take less time
    assert stale(EQUIVALENT, [one for each in references for one in made_of(each, QUESTIONS, hw3)]) == []
    assert all(equivalent.reason.strip() and equivalent.after for equivalent in EQUIVALENT)
    keys = [key for equivalent in EQUIVALENT for key in equivalent.keys]
    assert len(keys) == len(set(keys))


def test_equivalents_are_read_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "list.toml"
    path.write_text(
        """[[equivalent]]
questions = ["f"]
inside = "f"
before = "return x"
after = ["pass", "return y"]
reason = "nobody looks"
""",
        encoding="utf-8",
    )
    (equivalent,) = read_equivalents(path)
    assert equivalent.reason == "nobody looks"
    assert equivalent.keys == {(frozenset({"f"}), "f", "return x", after) for after in ("pass", "return y")}


def test_statements_of_the_list_are_read_as_python_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "list.toml"
    path.write_text(
        """[[equivalent]]
questions = ["f"]
inside = "f"
before = "x, y = 1,2"
after = ["if (x==1):", "@g()\\ndef f( x ):"]
reason = "a test"
""",
        encoding="utf-8",
    )
    (equivalent,) = read_equivalents(path)
    assert equivalent.before == ast.unparse(ast.parse("x, y = 1, 2"))
    assert equivalent.after == ("if x == 1:", "@g()\ndef f(x):")


def test_entry_of_the_list_that_nothing_makes_is_stale() -> None:
    assert stale([equivalent("return x - 1", "return x")], MADE) == []
    (entry,) = stale([equivalent("return x - 1", "return x ** 1")], MADE)
    assert "return x ** 1" in entry
    assert len(stale([equivalent("return x")], MADE[:1])) == 1


def test_no_file_is_an_empty_list(tmp_path: Path) -> None:
    assert read_equivalents(tmp_path / "list.toml") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.replace('reason = "r"', ""), "lacks 'reason'"),
        (ENTRY.replace('"r"', '" "'), "no reason"),
        (ENTRY.replace('["pass"]', "[]"), "no reason"),
        (ENTRY.replace('"return x"', '"return x("'), "can't be read"),
        ("equivalent = [1]", "can't be read"),
        ("[[", "can't be read"),
    ],
)
def test_list_that_is_not_as_it_should_be_is_refused(text: str, message: str, tmp_path: Path) -> None:
    assert text != ENTRY
    (tmp_path / "list.toml").write_text(text, encoding="utf-8")
    with pytest.raises(AssignmentInvalid, match=message):
        read_equivalents(tmp_path / "list.toml")
