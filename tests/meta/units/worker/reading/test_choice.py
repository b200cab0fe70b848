"""The file to grade is found: the one with most written questions. A tie names both."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from grader.worker.reading.choice import Candidate, MainFile, candidate, choose
from grader.worker.reading.jupyter import text_of
from grader.worker.reading.text import Text, Unreadable

QUESTIONS = ("Linear", "SGD", "epoch")


def chosen(files: Mapping[str, str], entry: str = "") -> MainFile:
    content = {name: text.encode() for name, text in files.items()}

    def look(name: str) -> Candidate:
        text = text_of(content[name], name, lambda _: None) if name.endswith(".ipynb") else Text(source=files[name])
        return candidate(text, name, content, QUESTIONS)

    return choose(content, entry, QUESTIONS, look)


def stubs(*names: str) -> str:
    """Definitions as the hand-out has them."""
    return "\n".join(
        f"class {name}:\n    def __init__(self):\n        '''Says what.'''\n        pass" for name in names
    )


def written(*names: str) -> str:
    return "\n".join(f"class {name}:\n    def __init__(self):\n        self.x = '{name}'" for name in names)


def notebook(*cells: str) -> str:
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": cell} for cell in cells]})


ALL = stubs(*QUESTIONS)
CASES: dict[str, dict[str, str]] = {  # the first file is the one to grade
    "the form that is filled in": {"hw.py": written(*QUESTIONS), "hw.ipynb": notebook(ALL), "hw_marimo.py": ALL},
    "the notebook that is filled in": {"hw.ipynb": notebook(written("SGD")), "hw.py": ALL},
    "a part of it": {"hw.py": written("SGD") + "\n" + stubs("Linear", "epoch"), "a.py": ALL},
    "one more question": {"b.py": written("Linear", "SGD"), "a.py": written("Linear")},
    "more stubs are no more": {
        "a.py": written("Linear", "SGD"),
        "b.py": written("Linear") + "\n" + stubs("SGD", "epoch"),
    },
    "a file that tests it": {"hw.py": written(*QUESTIONS), "test_hw.py": "from hw import Linear, SGD, epoch"},
    "a file that tests a part of it": {
        "hw.py": written("Linear") + "\n" + stubs("SGD"),
        "test_hw.py": "from hw import Linear, SGD, epoch\n" + stubs("epoch"),
    },
    "a file that tests all of it": {"hw.py": written(*QUESTIONS), "test.py": "from hw import *"},
    "a file that puts parts together": {
        "main.py": "from layers import Linear\n" + written("epoch"),
        "layers.py": written("Linear"),
    },
    "parts of a star": {
        "main.py": "from layers import *\n" + written("epoch"),
        "layers.py": written("Linear", "SGD"),
    },
    "parts of a package": {
        "hw/main.py": "from .parts import Linear, SGD\n" + written("epoch"),
        "hw/parts/__init__.py": "from .layers import *\nfrom .opt import SGD",
        "hw/parts/layers.py": written("Linear"),
        "hw/parts/opt.py": written("SGD"),
    },
    "parts of torch are not written": {
        "hw.py": written("SGD"),
        "a.py": "from torch.nn import Linear\n" + stubs("SGD"),
    },
    "the one that Python can't read, not the empty ones": {"hw.py": written("Linear") + "\nx = (", "a.py": ALL},
    "a readable one, not one that Python can't read": {
        "a.py": written("SGD"),
        "hw.py": written(*QUESTIONS) + "\nx = (",
    },
    "the only file": {"only.py": "x = 1"},
    "the same bytes twice": {"hw.py": written("Linear"), "a/hw.py": written("Linear")},
    "a notebook and its export": {
        "hw.py": "# In[1]:\n" + written("Linear") + "\nget_ipython().system('ls')",
        "hw.ipynb": notebook("!ls", written("Linear")),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_file_with_most_written_questions_is_graded(name: str) -> None:
    files = CASES[name]
    assert chosen(files).file == next(iter(files))
    assert chosen(dict(reversed(files.items()))) == chosen(files)


def test_reason_says_what_is_written_where() -> None:
    files = {"hw.py": written("Linear", "SGD"), "b.ipynb": notebook(written("SGD")), "c.py": ALL, "d.py": "x = 1"}
    assert chosen({**files, "e.py": "def SGD(:"}).reason == (
        "hw.py is graded: 2 of 3 questions are written in it; "
        "b.ipynb has 1, c.py has 0, e.py can't be read by Python as it is"
    )
    assert chosen(CASES["a notebook and its export"]).reason == (
        "hw.py is graded: 1 of 3 questions are written in it; hw.ipynb says the same"
    )


@pytest.mark.parametrize("name", ["the only file", "parts of a package", "a file that puts parts together"])
def test_where_there_was_no_choice_no_reason_is_given(name: str) -> None:
    assert chosen(CASES[name]).reason == ""


def test_reason_is_of_bounded_length() -> None:
    many = {f"{'x' * 150}{i}.py": ALL for i in range(30)}
    reason = chosen({"hw.py": written("SGD"), **many}).reason
    assert reason.endswith(" has 0, 22 more")
    assert len(reason) < 1000


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "holds no .py or .ipynb file"),
        (
            {"a.py": written("Linear"), "b.py": written("SGD")},
            r"as many written questions \(1 of 3 questions each\): a.py, b.py; "
            "hand in the one that counts without the others, or choose it with --entry FILE",
        ),
        ({"a.py": ALL, "b.py": ALL + "\nx = 1"}, r"\(0 of 3 questions each\): a.py, b.py; "),
        ({"a.py": "x = 1", "b.py": "import os"}, "holds no file that defines Linear"),
    ],
)
def test_tie_names_the_candidates_and_what_to_do(files: Mapping[str, str], told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        chosen(files)


def test_entry_is_found_by_its_path_or_the_end_of_it() -> None:
    files = {"a/hw.py": written("SGD"), "b/hw.py": written("Linear"), "c.py": "def z(): pass"}
    assert chosen(files, "c.py") == MainFile("c.py")
    assert chosen(files, "./b/hw.py").file == "b/hw.py"
    assert chosen({"a/b/hw.py": "def x(): pass", "c.py": ALL}, "b/hw.py").file == "a/b/hw.py"
    for wrong in ("hw.py", "d.py"):
        with pytest.raises(Unreadable, match=r"--entry can be a/hw.py, b/hw.py, c.py"):
            chosen(files, wrong)
