"""A class in parts."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.changes import InstructorChange
from grader.gradebook.shards import Shard, merge
from grader.gradebook.standing import standings
from tests.meta.tools.books import graded_class, opened

FILES = {f"s{i}_{i}_{i}_hw.py": f"score {i % 4}.{i % 7}" for i in range(12)} | {
    "t_99_99_hw.py": "die",
    "u_98_98_x.txt": "",
}


def merged(out: Path, *parts: Path) -> list[str]:
    with contextlib.ExitStack() as stack:
        sources = [(part, stack.enter_context(opened(part))[0]) for part in parts]
        book, _ = stack.enter_context(opened(out))
        return merge(sources, out, book)


def comparable(out: Path) -> list[object]:
    with opened(out) as (book, _):
        return [
            (e.student, e.outcome, e.reason, e.card, e.row.label, e.row.files, e.comments, e.score)
            for e in standings(book)
        ]


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Three folders, with a third of the class each."""
    found = []
    for number in (1, 2, 3):
        (tmp_path / str(number)).mkdir()
        out, _ = graded_class(tmp_path / str(number), FILES, shard=Shard(number, 3))
        found.append(out)
    return found


def test_parts_together_are_the_class(parts: list[Path], tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole, _ = graded_class(tmp_path / "whole", FILES)
    with opened(parts[0]) as (book, _):
        book.changes.put(InstructorChange(student="s1_1", question="", points=None, text="hi", who="me", at="now"))
    with opened(whole) as (book, _):
        book.changes.put(InstructorChange(student="s1_1", question="", points=None, text="hi", who="me", at="now"))
    out = tmp_path / "merged"
    assert merged(out, *parts) == []
    assert comparable(out) == comparable(whole)
    assert merged(out, *reversed(parts)) == []
    assert comparable(out) == comparable(whole)
    counts = [path.stat().st_size for part in parts for path in part.glob("works/*/count")]
    assert sum(counts) == len(counts) + 1  # each work in one part; the one that dies is tried twice


def test_part_that_is_missing_is_told(parts: list[Path], tmp_path: Path) -> None:
    told = merged(tmp_path / "merged", *parts[:2])
    assert told
    assert all("is not graded in any of them" in line for line in told)
    assert merged(tmp_path / "merged", parts[2]) == []


def test_parts_of_different_exams_are_refused(parts: list[Path], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other, _ = graded_class(tmp_path / "other", FILES, seed=8)
    with pytest.raises(SettingsInvalid, match="seed 7, now 8"):
        merged(tmp_path / "merged", parts[0], other)


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "a/b", "1/0", "-1/3"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(SettingsInvalid, match="third of ten"):
        Shard.parse(text)


def test_each_work_is_in_one_part(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"ada.py": "score 1", "bob.py": "score 1", "cy.txt": ""})
    with opened(out) as (book, _):
        ada, bob, cy = book.rows() if len(book.rows()) == 3 else (*book.rows(), replace(book.rows()[0], sha=""))
    parts = [Shard.parse(f"{i}/5") for i in range(1, 6)]
    assert [part.has(ada) for part in parts] == [part.has(bob) for part in parts]
    assert sum(part.has(ada) for part in parts) == 1
    assert all(part.has(cy) for part in parts)
