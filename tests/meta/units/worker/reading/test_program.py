"""Programs: the main file's text, the Python files beside it, and where their lines stand."""

from __future__ import annotations

import pytest

from grader.boundary.forms import Form
from grader.worker.reading import program
from grader.worker.reading.program import first_lines, read
from grader.worker.reading.text import Unreadable
from tests.meta.units.worker.reading.test_folder import packed

QUESTIONS = ("Linear", "SGD", "epoch")


def test_file_that_does_not_parse_is_chosen_for_what_it_would_define() -> None:
    files = {"hw.py": b"def Linear(: pass\nclass SGD: pass", "notes.py": b"def Linear(): pass"}
    assert read(Form.FOLDER, files, "", QUESTIONS).file == "hw.py"


def test_undecodable_file_in_a_folder_is_refused_where_it_is_the_one_to_grade() -> None:
    files = {"hw.py": b"def Linear(): pass", "bad.py": b"x = '\xff'"}
    assert read(Form.FOLDER, files, "", QUESTIONS).siblings == {}
    with pytest.raises(Unreadable, match=r"bad.py is not text in UTF-8"):
        read(Form.FOLDER, files, "bad.py", QUESTIONS)


def test_python_files_beside_the_main_one_are_siblings_by_name() -> None:
    files = {"b.py": b"b = 1", "hw.py": b"def Linear(): pass", "A.PY": b"a = 1", "notes.ipynb": b"{}"}
    found = read(Form.FOLDER, files, "hw.py", QUESTIONS)
    assert found.text.source == "def Linear(): pass"
    assert list(found.siblings.items()) == [("A.PY", "a = 1"), ("b.py", "b = 1")]


def test_lines_of_siblings_are_counted_on_from_the_main_text() -> None:
    assert first_lines("x\ny", {"a.py": "1\n2\n3", "b.py": "4"}) == {"a.py": 3, "b.py": 6}


def test_line_is_found_in_the_file_that_it_stands_in() -> None:
    files = {"hw.py": b"x = 1\ndef Linear(): pass", "a.py": b"1\n2", "b.py": b"3"}
    places = read(Form.FOLDER, files, "hw.py", QUESTIONS).places
    assert [places.at(line) for line in (2, 3, 4, 5)] == [
        "hw.py, line 2",
        "a.py, line 1",
        "a.py, line 2",
        "b.py, line 1",
    ]
    assert [places.line_in_file(line) for line in (2, 3)] == [2, 0]


def test_file_of_its_own_has_no_spans() -> None:
    assert read(Form.FILE, {"hw.py": b"x = 1"}, "", QUESTIONS).places.spans == []


def test_folder_with_too_much_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"hw.py": b"def Linear(): pass", "a.py": b"#" * 60, "b.py": b"#" * 60}
    monkeypatch.setattr(program, "MAX_SIBLING_BYTES", 120)
    assert len(read(Form.FOLDER, files, "hw.py", QUESTIONS).siblings) == 2
    monkeypatch.setattr(program, "MAX_SIBLING_BYTES", 119)
    with pytest.raises(Unreadable, match="pass the file that you wrote"):
        read(Form.FOLDER, files, "hw.py", QUESTIONS)


@pytest.mark.parametrize("form", [Form.FOLDER, Form.ARCHIVE])
def test_files_that_are_wanted_are_no_code_and_nothing_to_choose_from(form: Form) -> None:
    files = {"hw/hw.py": b"def Linear(): pass", "hw/config.json": b"{}"}
    given = files if form is Form.FOLDER else {"hw.zip": packed(files)}
    found = read(form, given, "", QUESTIONS, ["config.json"])
    assert (found.file, found.siblings, found.beside) == ("hw/hw.py", {}, {"config.json": b"{}"})
