"""What is compared."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from grader.errors import SubmissionNotFound
from grader.gradebook.pieces import for_dolos, of_class, of_path
from tests.meta.tools.books import graded_class, opened


def test_class_gives_a_piece_for_each_student(tmp_path: Path) -> None:
    files = {"ada/hw.py": "score 1", "ada/m.py": "x = 2", "bob.py": "score 2", "cy.txt": "no", "di.zip": "broken"}
    out, _ = graded_class(tmp_path, files)
    with opened(out) as (book, _):
        pieces, problems = of_class(book, out)
        earlier, _ = of_class(book, out, "earlier")
    assert [(piece.name, piece.text, piece.people) for piece in pieces] == [
        ("ada", "score 1\nx = 2", ("ada",)),
        ("bob", "score 2", ("bob",)),
    ]
    assert problems[0].startswith("di: ")
    assert [piece.name for piece in earlier] == ["grades/ada", "grades/bob"]


def test_folder_gives_a_piece_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.py").write_text("x")
    assert [(p.name, p.label) for p in of_path(tmp_path, "staff")] == [("a/x.py", "staff")]
    assert [p.name for p in of_path(tmp_path / "a/x.py", "staff")] == ["x.py"]
    with pytest.raises(SubmissionNotFound):
        of_path(tmp_path / "nothing", "staff")


def test_dolos_gets_files_and_a_table(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x = 1")
    raw = for_dolos(of_path(tmp_path, "staff"))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        (row,) = csv.DictReader(io.StringIO(archive.read("info.csv").decode()))
        assert (row["label"], row["full_name"], archive.read(row["filename"])) == ("staff", "x.py", b"x = 1")
