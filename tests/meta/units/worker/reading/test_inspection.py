"""Inspection: what the source says of each question, and nothing of it is executed."""

from __future__ import annotations

import json

from grader.boundary.forms import Form
from grader.boundary.messages import Inspect, Inspected
from grader.boundary.rules import Rules
from grader.worker.reading.inspection import inspect

RULES = Rules(banned=frozenset({"torch.nn.*"}))


def inspected(files: dict[str, str | bytes], form: Form = Form.FOLDER, entry: str = "hw.py") -> Inspected:
    """What is said of two questions, of which the second needs the first."""
    content = tuple((name, text.encode() if isinstance(text, str) else text) for name, text in files.items())
    needs = {"one": (), "two": ("one",)}
    return inspect(Inspect(form=form, files=content, entry=entry, questions=("one", "two"), needs=needs, rules=RULES))


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


def test_syntax_error_is_told_with_its_line_and_code() -> None:
    problem = inspected({"hw.py": "x = 1\ndef one(:\n"}).syntax_problem
    assert problem is not None
    assert (problem.file, problem.line, problem.code.strip()) == ("hw.py", 2, "def one(:")


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
