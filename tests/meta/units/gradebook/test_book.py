"""What the database of a class holds."""

from pathlib import Path

from grader.gradebook.context import Context
from grader.gradebook.supervisor import Graded
from grader.settings import Settings
from tests.meta.tools.books import graded_class, opened, toy_assignment


def test_rows_say_who_handed_in_what(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"ada_LATE_1_11_hw.py": "score 4", "ada_1_10_data.csv": "1"})
    with opened(out) as (book, _):
        (row,) = book.rows()
    assert (row.label, row.layout, row.is_late, row.student.canvas_id) == ("ada_1", "canvas", True, "1")
    assert row.files == {"data.csv": "ada_1_10_data.csv", "hw.py": "ada_LATE_1_11_hw.py"}


def test_run_counts_when_it_is_accepted(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"ada_1_11_hw.py": "score 4"})
    with opened(out) as (book, _):
        first = book.accepted()
        assert first is not None
        assert first.is_done
        second = book.begin(Context.of(toy_assignment(tmp_path), Settings(seed=9), ""), "regrade")
        book.put_result(second, Graded(key="k", outcome="crashed", reason="died"), ["ada_1"])
        assert book.accepted() == first
        assert book.results(first)["ada_1"].outcome == "graded"
        book.accept(second, "me")
        assert book.accepted() == second
        result = book.results(second)["ada_1"]
        assert (result.outcome, result.card, book.page(result)) == ("crashed", None, "")
        assert book.known("k") == result.id
        assert book.present(second) == {}  # of no work that is handed in
        assert book.present(first) == book.results(first)
