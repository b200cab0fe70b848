"""Mutants and variants of an author, read from their folders; what does not fit the reference is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.doctor.corpus import EditError, edited, right_ones, wrong_ones
from grader.errors import AssignmentInvalid
from tests.meta.tools.toys import DOUBLE, TRIPLE, two_toys

REFERENCE = DOUBLE + TRIPLE
MUTANT = """
[same]
mistake = "x is returned as it is"
loses = ["double"]
old = "return 2 * x"
new = "return x"
"""


@pytest.fixture
def toys(tmp_path: Path) -> Assignment:
    folder = two_toys(tmp_path)
    (folder / "mutants").mkdir()
    (folder / "variants").mkdir()
    return load_assignment(folder)


def test_table_is_a_mutant_and_names_what_it_loses(toys: Assignment) -> None:
    (toys.folder / "mutants/double.toml").write_text(
        MUTANT
        + '''
[both-banned]
mistake = "both call what is banned"
loses = ["test_double", "triple"]
verdict = "forbidden"
edits = [["2 * x", "twice(x)"], ["3 * x", """
thrice(x)"""]]
'''
    )
    same, both = wrong_ones(toys.folder, toys, REFERENCE)
    assert (same.name, same.loses, same.forbidden) == ("same", ("double",), False)
    assert same.source == REFERENCE.replace("2 * x", "x")
    assert (both.loses, both.forbidden) == (("test_double", "triple"), True)
    assert both.source == REFERENCE.replace("2 * x", "twice(x)").replace("3 * x", "thrice(x)")


def test_whole_files_are_mutants_and_variants(toys: Assignment) -> None:
    (toys.folder / "mutants/by-hand.py").write_text(f"# mistake: it is wrong\n# loses: double, test_triple\n{TRIPLE}")
    (toys.folder / "variants/notebook.ipynb").write_text("{}")
    (toys.folder / "variants/as-sum.py").write_text(REFERENCE)
    (toys.folder / "variants/double.toml").write_text('[sum]\nwhat = "a sum"\nold = "2 * x"\nnew = "x + x"\n')
    (wrong,) = wrong_ones(toys.folder, toys, REFERENCE)
    assert (wrong.name, wrong.mistake, wrong.loses) == ("by-hand", "it is wrong", ("double", "test_triple"))
    found = {right.name: right for right in right_ones(toys.folder, REFERENCE)}
    assert found["sum"].source == REFERENCE.replace("2 * x", "x + x")
    assert (found["notebook"].suffix, found["as-sum"].suffix) == (".ipynb", ".py")


def test_without_folders_there_are_none(tmp_path: Path) -> None:
    toys = load_assignment(two_toys(tmp_path))
    assert wrong_ones(toys.folder, toys, REFERENCE) == ()
    assert right_ones(toys.folder, REFERENCE) == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('loses = ["double"]', "", "lacks `loses`"),
        ('loses = ["double"]', "loses = []", "lacks `loses`"),
        ('"double"', '"dubble"', "loses 'dubble', which is neither a question nor a check"),
        ('mistake = "x is returned as it is"', "", "lacks `mistake`"),
        ('new = "return x"', "", "lacks `old` and `new`"),
        ('new = "return x"', 'new = "return x"\nedits = [["a", "b"]]', "has both"),
        ('new = "return x"', 'new = "return x"\nverdict = "lost"', "neither failed nor forbidden"),
        ('new = "return x"', 'new = "return x"\nlooses = 1', "unknown key 'looses'"),
        ("return 2 * x", "return 5 * x", "0 times"),
        ("return 2 * x", "def", "2 times"),
        ("[same]", "[Same_One]", "is no name"),
        ("[same]", "a = 1\n[same]", "is no table"),
        ("[same]", "[same", "can't be read"),
        ("[same]", MUTANT.replace("same", "again") + MUTANT.replace("same", "other") + "[same]", ""),
    ],
)
def test_mistake_in_a_table_is_told_with_its_file(old: str, new: str, message: str, toys: Assignment) -> None:
    text = MUTANT.replace(old, new, 1)
    assert text != MUTANT
    (toys.folder / "mutants/double.toml").write_text(text)
    if not message:
        assert len(wrong_ones(toys.folder, toys, REFERENCE)) == 3
        return
    with pytest.raises(AssignmentInvalid, match=message) as raised:
        wrong_ones(toys.folder, toys, REFERENCE)
    assert "double.toml" in str(raised.value)


def test_name_is_used_once_in_all_files(toys: Assignment) -> None:
    for name in ("a", "b"):
        (toys.folder / f"mutants/{name}.toml").write_text(MUTANT)
    with pytest.raises(AssignmentInvalid, match="has same twice"):
        wrong_ones(toys.folder, toys, REFERENCE)


def test_file_that_does_not_say_what_it_loses_is_refused(toys: Assignment) -> None:
    (toys.folder / "mutants/by-hand.py").write_text(f"# mistake: it is wrong\n{TRIPLE}")
    with pytest.raises(AssignmentInvalid, match=r"by-hand\.py lacks a line"):
        wrong_ones(toys.folder, toys, REFERENCE)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([("c", "x")], "0 times"),
        ([("a", "x")], "2 times"),
        ([("", "x")], "0 times"),
        ([("ab", "x"), ("ba", "y")], "overlap"),
        ([("b", "b")], "nothing"),
        ([], "nothing"),
    ],
)
def test_edit_that_does_not_fit_is_refused(edits: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(EditError, match=message):
        edited("aba", edits, name="case")


def test_edits_are_made_in_the_source_as_it_was() -> None:
    assert edited("a b c", [("c", "a"), ("a", "c")], name="case") == "c b a"
