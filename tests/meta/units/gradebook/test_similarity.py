"""Copies are found, independent work is not."""

from collections.abc import Callable

import pytest

from grader.gradebook.fingerprints import all_grams
from grader.gradebook.similarity import MOST_PAIRS, Piece, alike
from tests.meta.tools.copying import independent_files, reformatted, renamed, reordered


def piece(name: str, text: str, label: str = "", *people: str) -> Piece:
    return Piece(name=name, people=people or (name,), text=text, sha=str(hash(text)), label=label)


FILES = independent_files(40)
CLASS = [piece(name, text) for name, text in FILES.items()]
TAKEN = [*FILES][5::7]


def test_independent_work_is_not_alike() -> None:
    assert [(pair.left.name, pair.right.name) for pair in alike(CLASS)] == []


@pytest.mark.parametrize(
    "disguise",
    [renamed, reformatted, reordered, lambda text: renamed(reordered(text))],
    ids=["renamed", "reformatted", "reordered", "all"],
)
def test_copies_are_found(disguise: Callable[[str], str]) -> None:
    copies = [piece(f"copy of {name}", disguise(FILES[name])) for name in TAKEN]
    found = {(pair.left.name, pair.right.name) for pair in alike([*CLASS, *copies])}
    assert found == {(name, f"copy of {name}") for name in TAKEN}


def test_identical_files_come_first() -> None:
    copies = [piece("renamed", renamed(FILES[TAKEN[0]])), piece("same", FILES[TAKEN[1]])]
    first, second = alike([*CLASS, *copies])
    assert (first.right.name, first.is_identical) == ("same", True)
    assert (second.right.name, second.is_identical) == ("renamed", False)


def test_template_counts_on_neither_side() -> None:
    template = FILES[TAKEN[0]]
    students = [piece(f"s{i}", f"{template}\n{text}") for i, text in enumerate([*FILES.values()][-3:])]
    assert len(alike(students)) == 3
    assert alike(students, all_grams(template)) == ()
    copy = piece("copy", f"{template}\n{renamed([*FILES.values()][-1])}")
    (pair,) = alike([*students, copy], all_grams(template))
    assert (pair.left.name, pair.right.name) == ("s2", "copy")
    assert pair.shared > 0.9
    lines = template.count("\n")
    assert all(fragment.left[0] > lines for fragment in pair.fragments)


def test_what_many_have_is_how_one_writes_this_homework() -> None:
    common = FILES[TAKEN[0]]
    students = [piece(name, f"{text}\n{common}") for name, text in FILES.items() if name != TAKEN[0]]
    assert alike(students) == ()


def test_at_most_three_pairs_of_a_student_and_none_with_a_partner() -> None:
    text = FILES[TAKEN[0]]
    ring = [piece(f"r{i}", renamed(text) + f"\nx = {i}\n") for i in range(8)]
    pairs = alike([*CLASS, *ring])
    names = [p.name for pair in pairs for p in (pair.left, pair.right)]
    assert all(1 <= names.count(f"r{i}") <= MOST_PAIRS for i in range(8))
    partners = [piece("a", text, "", "a", "b"), piece("b", text, "", "a", "b")]
    assert alike(partners) == ()


def test_earlier_terms_are_labelled_and_not_compared_with_each_other() -> None:
    text = FILES[TAKEN[0]]
    earlier = [piece(f"e{i}", text, "earlier") for i in range(3)]
    pairs = alike([*CLASS, *earlier])
    assert {pair.left.name for pair in pairs} == {TAKEN[0]}
    assert {pair.right.label for pair in pairs} == {"earlier"}


def test_fragment_ends_where_what_many_have_begins() -> None:
    common, own = FILES[TAKEN[0]], FILES[TAKEN[1]]
    students = [piece(name, f"{text}\n{common}") for name, text in FILES.items() if name not in TAKEN[:2]]
    pairs = alike([*students, piece("a", f"{own}\n{common}"), piece("b", f"{renamed(own)}\n{common}")])
    (pair,) = pairs
    last = own.count("\n") + 2
    assert (pair.left.name, pair.right.name) == ("a", "b")
    assert max(fragment.left[1] for fragment in pair.fragments) <= last + 3  # a window may hide the first tokens
