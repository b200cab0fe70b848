"""Inspection: what the source says of each question, and nothing of it is executed."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from grader.boundary.forms import Form
from grader.boundary.messages import Inspect, Inspected
from grader.boundary.rules import Rules
from grader.worker.reading import inspection
from grader.worker.reading.inspection import inspect

RULES = Rules(banned=frozenset({"torch.nn.*"}))


def inspected(files: dict[str, str | bytes], form: Form = Form.FOLDER, entry: str = "hw.py") -> Inspected:
    """What is said of two questions, of which the second needs the first."""
    content = tuple((name, text.encode() if isinstance(text, str) else text) for name, text in files.items())
    needs = {"one": (), "two": ("one",)}
    asked = {"one": ("forward",), "two": ()}
    message = Inspect(
        form=form, files=content, entry=entry, questions=("one", "two"), needs=needs, asked=asked, rules=RULES
    )
    return inspect(message)


def test_method_that_is_asked_for_and_not_written_is_found_in_the_file_that_defines_the_question() -> None:
    half = "class one:\n    def f(self): return 1\n    def forward(self): "
    todo, done = f"{half}pass\n", f"{half}return 2\n"
    cases: list[tuple[dict[str, str | bytes], tuple[str, ...]]] = [
        ({"hw.py": todo}, ("forward",)),
        ({"hw.py": done}, ()),
        ({"hw.py": "from parts import *\ndef two(): one()\n", "parts.py": todo}, ("forward",)),
        ({"hw.py": "from parts import one\n", "parts.py": todo}, ("forward",)),
        ({"hw.py": f"from parts import *\n{done}", "parts.py": todo}, ()),  # of an earlier try
    ]
    for files, unwritten in cases:
        assert inspected(files).questions["one"].unwritten == unwritten


def test_question_has_its_definition_and_the_statements_that_it_needs() -> None:
    found = inspected({"hw.py": "n = 1\nm = 2\ndef one(): return n\ndef two():\n    one()\n    ...\n"}).questions
    assert (found["one"].line, found["one"].indices, found["one"].uses) == (3, (0, 2), ())
    assert (found["two"].line, found["two"].uses) == (4, ("one",))
    assert found["one"].present
    assert found["one"].written


def test_question_that_is_empty_or_not_there() -> None:
    found = inspected({"hw.py": "def one(): pass\n"}).questions
    assert (found["one"].present, found["one"].written, found["one"].empty) == (True, False, ("one",))
    assert not found["two"].present


def test_banned_use_is_that_of_the_question_whose_statement_has_it() -> None:
    found = inspected({"hw.py": "import torch\ndef one(): return torch.nn.ReLU()\ndef two(): return one()\n"}).questions
    assert found["one"].banned == ((2, "torch.nn.ReLU"),)
    assert found["two"].banned == ()


def test_banned_use_in_a_file_beside_is_told_at_a_line_counted_on() -> None:
    beside = "import torch\ndef one(): return torch.nn.ReLU()"
    found = inspected({"hw.py": "from parts import one\ndef two(): return one()", "parts.py": beside})
    assert found.questions["one"].banned == ((4, "torch.nn.ReLU"),)
    assert found.places.at(4) == "parts.py, line 2"
    assert not found.questions["one"].certain


def test_file_beside_that_is_not_imported_does_not_count() -> None:
    beside = "import torch\ndef one(): return torch.nn.ReLU()"
    found = inspected({"hw.py": "def one(): return 1\ndef two(): return 2", "parts.py": beside}).questions["one"]
    assert (found.banned, found.certain) == ((), True)


COMPARED = "import torch\nclass one(torch.nn.Linear): pass\ndef check(mine): return one(mine)"


def test_file_beside_that_another_question_imports_does_not_count() -> None:
    main = "from compare import check\ndef one(): return 1\ndef two(): return check(one)"
    found = inspected({"hw.py": main, "compare.py": COMPARED, "nobody.py": COMPARED}).questions
    assert (found["one"].banned, found["one"].present) == ((), True)


def test_namesake_in_a_file_that_the_question_takes_something_else_from_does_not_count() -> None:
    main = "from compare import scale\ndef one(): return scale()\ndef two(): return 2"
    found = inspected({"hw.py": main, "compare.py": COMPARED + "\ndef scale(): return 3"}).questions
    assert (found["one"].banned, found["one"].certain) == ((), False)


def test_file_that_is_imported_by_what_is_imported_counts() -> None:
    files: dict[str, str | bytes] = {
        "hw.py": "from a import *",
        "a.py": "from b import one",
        "b.py": COMPARED,
        "c.py": COMPARED,
    }
    assert [what for _, what in inspected(files).questions["one"].banned] == ["torch.nn.Linear"]


def test_choice_among_files_is_told_whether_they_can_be_read_or_not() -> None:
    written, empty = "def one(): return 1", "def one(): pass\ndef two(): pass"
    found = inspected({"b.py": written, "a.py": empty}, entry="")
    assert (found.places.file, found.choice) == (
        "b.py",
        "b.py is graded: 1 of 2 questions are written in it; a.py has 0",
    )
    found = inspected({"b.py": written + "\nx = (", "a.py": empty}, entry="")
    assert found.syntax_problem is not None
    assert found.choice == "b.py is graded: 0 of 2 questions are written in it; a.py has 0"
    assert inspected({"b.py": written}, entry="").choice == ""


def test_syntax_error_is_told_with_its_line_and_code() -> None:
    problem = inspected({"hw.py": "x = 1\ndef one(:\n"}).syntax_problem
    assert problem is not None
    assert (problem.file, problem.line, problem.code) == ("hw.py", 2, "def one(:\n        ^")


def test_what_the_parser_takes_and_the_compiler_does_not_is_a_syntax_problem() -> None:
    problem = inspected({"hw.py": "def one(): pass\nreturn 1\n"}).syntax_problem
    assert problem is not None
    assert problem.line == 2


def test_cell_that_is_lost_names_the_questions_that_it_would_define() -> None:
    cells = [{"cell_type": "code", "source": text} for text in ("def one(): return 1", "def two(:\ndef other(): pass")]
    found = inspected({"hw.ipynb": json.dumps({"nbformat": 4, "cells": cells})}, Form.FILE, "")
    assert [cell.questions for cell in found.lost] == [("two",)]
    assert found.questions["one"].written
    assert found.syntax_problem is None


def test_what_can_not_be_read_is_told_in_words() -> None:
    assert inspected({"hw.py": b"\xff"}).unreadable.startswith("hw.py is not text in UTF-8")
    assert inspected({"a.py": "x = 1"}).unreadable == "holds no file hw.py; --entry can be a.py"


def test_nothing_of_the_source_is_executed_and_strings_that_are_have_their_lines() -> None:
    found = inspected({"hw.py": "raise SystemExit\nexec('''\nraise SystemExit''')\ndef one(): return 1\n"})
    assert found.dynamic == ((2, 3),)


def codes(files: dict[str, str | bytes], form: Form = Form.FOLDER, entry: str = "hw.py") -> tuple[str, str]:
    """The hashes of the code of both questions."""
    found = inspected(files, form, entry).questions
    return found["one"].code, found["two"].code


ONE, TWO = "def one(): return [1, 2]\n", "def two(): return one()\n"


def test_code_is_the_same_whatever_its_layout_its_file_and_what_stands_around_it() -> None:
    usual = codes({"hw.py": ONE + TWO})
    notebook = json.dumps(
        {
            "cells": [{"cell_type": "code", "metadata": {}, "source": text} for text in ("# mine", ONE, "1 + 1", TWO)],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/hw.py", ONE + TWO)
    for files, form, entry in (
        ({"hw.py": f"\n\n{ONE}# a comment\n{TWO}\n# 2"}, Form.FILE, "hw.py"),
        ({"other.py": "def one():\n    return [\n        1,\n        2,  # two\n    ]\n" + TWO}, Form.FILE, "other.py"),
        ({"hw.py": f"extra = 1\n{ONE}{TWO}def three(): pass\n"}, Form.FILE, "hw.py"),
        ({"hw.py": ONE + TWO, "notes.py": "x = 1"}, Form.FOLDER, "hw.py"),
        ({"hw.ipynb": notebook}, Form.FILE, "hw.ipynb"),
        ({"hw.zip": packed.getvalue()}, Form.ARCHIVE, ""),
    ):
        assert codes(dict(files), form, entry) == usual, files


def test_code_differs_where_that_of_the_question_does() -> None:
    one, two = codes({"hw.py": ONE + TWO})
    assert codes({"hw.py": ONE.replace("2", "3") + TWO})[0] != one
    other = codes({"hw.py": ONE + "def two(): return one() + [3]\n"})
    assert (other[0], other[1] != two) == (one, True)


def test_code_of_a_file_that_is_imported_counts_but_for_its_layout() -> None:
    main = f"from lib import base\n{ONE}def two(): return base\n"
    usual = codes({"hw.py": main, "lib.py": "base = 1\n"})
    assert codes({"hw.py": main, "lib.py": "base = (1)  # one\n"}) == usual
    one, two = codes({"hw.py": main, "lib.py": "base = 2\n"})
    assert (one, two != usual[1]) == (usual[0], True)
    assert codes({"hw.py": main, "lib.py": "base = 1\n", "notes.py": "x = 1"}) == usual


def test_code_that_can_not_be_written_down_is_read_all_the_same() -> None:
    long = "def one(): return 0x" + "f" * 5000  # more digits than Python turns into decimal ones
    assert inspected({"hw.py": long}).questions["one"].present


def test_more_places_than_the_judge_reads_are_no_submission(monkeypatch: pytest.MonkeyPatch) -> None:
    """A marimo notebook has as many as functions: the judge would not read what is said of them."""
    monkeypatch.setattr(inspection, "MAX_SPANS", 3)
    files: dict[str, str | bytes] = {"hw.py": "def one(): pass", "a.py": "x = 1", "b.py": "x = 1"}
    assert not inspected(files).unreadable
    assert "more cells than a submission gets" in inspected({**files, "c.py": "x = 1"}).unreadable
