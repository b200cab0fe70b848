"""`gradebook regrade`, `accept`, `set` and `comment`."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook import class_run
from grader.gradebook.book import Book
from grader.gradebook.standing import standings
from tests.meta.tools.books import FAKE, gradebook, graded_class, opened

FILES = {"ada.py": "seed", "bob.py": "seed 2", "cy.py": "score 4", "di.py": "die once"}


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class of seed 7: whose score is that of the seed has 2 points."""
    out, _ = graded_class(tmp_path, FILES)
    monkeypatch.setattr(class_run.Power.__init__, "__kwdefaults__", {"scheduler": "", "limit_s": 20.0, "command": FAKE})
    return out


def scores(book: Path) -> Mapping[str, float]:
    with opened(book) as (db, _):
        return {each.student: each.score for each in standings(db)}


def counts(book: Path) -> dict[str, int]:
    return {p.with_name("toy.py").read_text(): p.stat().st_size for p in book.glob("works/*/count")}


def test_nothing_counts_until_it_is_accepted(book: Path) -> None:
    status, output = gradebook("regrade", book, "--seed", 9)
    assert status == 0
    for line in ("seed 7, now 9", "ada: 2 -> 4", "  test_double passed 2 -> passed 4", "2 up, 0 down"):
        assert line in output
    before = {"ada": 2.0, "bob": 2.0, "cy": 4.0, "di": 4.0}
    assert scores(book) == before
    assert gradebook("accept", book)[0] == 0
    assert scores(book) == {**before, "ada": 4.0, "bob": 4.0}
    with opened(book) as (db, _):
        assert [run.why for run in db.runs()] == ["run", "regrade"]
    with pytest.raises(SettingsInvalid, match="no finished regrade"):
        gradebook("accept", book)


def test_what_is_as_it_was_is_not_graded_again(book: Path) -> None:
    before = counts(book)
    assert "0 up, 0 down, 0 with" in gradebook("regrade", book)[1]
    assert counts(book) == before


def test_one_student_is_graded_again_and_the_others_stay(book: Path) -> None:
    before = counts(book)
    gradebook("regrade", book, "--student", "ada", "--seed", 9)
    assert counts(book) == {**before, "seed": 2}
    gradebook("accept", book)
    assert scores(book) == {"ada": 4.0, "bob": 2.0, "cy": 4.0, "di": 4.0}
    gradebook("regrade", book, "--student", "cy")
    assert counts(book) == {**before, "seed": 2, "score 4": 2}


def test_those_who_lost_a_check_are_graded_again(book: Path, tmp_path: Path) -> None:
    gradebook("regrade", book, "--seed", 10)
    gradebook("accept", book)  # seed 10 gives no points
    before = counts(book)
    gradebook("regrade", book, "--check", "test_double")
    assert {name: n - before[name] for name, n in counts(book).items()} == {
        "seed": 1, "seed 2": 1, "score 4": 0, "die once": 0
    }  # fmt: skip
    with pytest.raises(SettingsInvalid, match=r"no check 'test_x'.* test_double"):
        gradebook("regrade", book, "--check", "test_x")


def test_points_and_comments_survive_a_regrade_and_stand_in_every_output(book: Path, tmp_path: Path) -> None:
    assert "ada: 3.5 of 4" in gradebook("set", "ada", "-q", "DOUBLE", "--points", 3.5, "--why", "typo", "-b", book)[1]
    gradebook("comment", "ada", "well done", "-b", book)
    gradebook("regrade", book, "--seed", 9)
    gradebook("accept", book)
    assert scores(book)["ada"] == 3.5
    gradebook("report", book)
    gradebook("feedback", book, "-o", tmp_path / "back")
    outputs = [
        gradebook("show", "ada", "-b", book)[1],
        gradebook("export", "csv", "-b", book)[1],
        gradebook("export", "json", "-b", book)[1],
        (book / "report/index.html").read_text(),
        next((book / "report/students").glob("ada-*")).read_text(),
        (tmp_path / "back/ada/feedback.html").read_text(),
    ]
    for output in outputs:
        assert "typo" in output
        assert "well done" in output
        assert "4" in output  # what is computed
    gradebook("set", "ada", "-q", "double", "--clear", "--why", "no typo", "-b", book)
    assert scores(book)["ada"] == 4.0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-q", "double", "--why", "x"], "--points N, or --clear"),
        (["-q", "double", "--points", "1", "--clear", "--why", "x"], "--points N, or --clear"),
        (["-q", "double", "--points", "nan", "--why", "x"], "no number of points"),
        (["-q", "double", "--points", "-1", "--why", "x"], "no number of points"),
        (["-q", "double", "--points", "1", "--why", " "], "--why is empty"),
        (["-q", "triple", "--points", "1", "--why", "x"], "no question 'triple' in this class; it has double"),
    ],
)
def test_what_cannot_be_set_is_told(options: list[str], told: str, book: Path) -> None:
    with pytest.raises(SettingsInvalid, match=told):
        gradebook("set", "ada", *options, "-b", book)
    assert scores(book)["ada"] == 2.0


def test_result_that_is_not_accepted_counts_for_nobody(book: Path, tmp_path: Path) -> None:
    graded_class(tmp_path, {"eve.py": "count"})
    gradebook("regrade", book, "--student", "eve")
    assert scores(book)["eve"] == 1.0
    graded_class(tmp_path, {})
    assert scores(book)["eve"] == 1.0
    graded_class(tmp_path, {"fay.py": "count"})  # whoever hands in the same has the same
    assert scores(book)["fay"] == scores(book)["eve"] == 1.0


def test_another_folder_of_the_suite_may_be_tried(book: Path, tmp_path: Path) -> None:
    other = tmp_path / "edited"
    shutil.copytree(tmp_path / "toy", other)
    (other / "test_toy.py").write_text((other / "test_toy.py").read_text() + "\n# edited\n")
    assert "suite " in gradebook("regrade", book, "--assignment", other)[1]
    gradebook("accept", book)
    with opened(book) as (db, _):
        run = db.accepted()
    assert run is not None
    assert run.context.folder == str(other)


def test_regrade_does_not_count_where_it_lacks_what_was_handed_in_later(book: Path, tmp_path: Path) -> None:
    gradebook("regrade", book, "--seed", 9)
    graded_class(tmp_path, {"ada.py": "score 3", "fay.py": "score 1"})
    with pytest.raises(SettingsInvalid, match=r"ada, fay handed in after run 2.*same options: gradebook regrade"):
        gradebook("accept", book)
    assert scores(book) == {"ada": 3.0, "bob": 2.0, "cy": 4.0, "di": 4.0, "fay": 1.0}
    gradebook("regrade", book, "--seed", 9)
    gradebook("accept", book)
    assert scores(book) == {"ada": 3.0, "bob": 4.0, "cy": 4.0, "di": 4.0, "fay": 1.0}


def test_run_after_a_regrade_of_one_leaves_the_others_as_they_were(book: Path, tmp_path: Path) -> None:
    gradebook("regrade", book, "--student", "ada", "--seed", 9)
    gradebook("accept", book)
    before = scores(book)
    assert before["bob"] == 2.0
    _, heard = graded_class(tmp_path, {"fay.py": "seed 3"}, seed=9)
    assert heard.graded == [("graded", ("fay",))]
    assert scores(book) == {**before, "fay": 4.0}


def test_regrade_that_was_ended_goes_on(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Book.put_result
    with monkeypatch.context() as patch:
        patch.setattr(Book, "put_result", _full_after_the_first(put))
        with pytest.raises(OSError, match=r"disk is full. What is graded is kept"):
            gradebook("regrade", book, "--seed", 9)
    with pytest.raises(SettingsInvalid, match="no finished regrade"):
        gradebook("accept", book)
    before = counts(book)
    gradebook("regrade", book, "--seed", 9)
    assert sum(counts(book).values()) - sum(before.values()) <= 3  # one of four was in the book
    with opened(book) as (db, _):
        assert len(db.runs()) == 2
    gradebook("accept", book)
    assert scores(book)["ada"] == 4.0


def _full_after_the_first(put: Callable[..., None]) -> Callable[..., None]:
    done: list[object] = []

    def refuse(*arguments: object) -> None:
        if done:
            raise sqlite3.OperationalError("database or disk is full")
        done.append(arguments)
        put(*arguments)

    return refuse
