"""Notebooks of Jupyter: their code cells are one text, and a broken cell costs what it defines."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from grader.boundary.forms import Form
from grader.worker.reading.jupyter import MAX_CELLS, code_cells
from grader.worker.reading.program import Program, read
from grader.worker.reading.text import Unreadable

QUESTIONS = ("Linear", "SGD", "epoch")


def notebook(*cells: str, version: int = 4, **more: Any) -> bytes:
    found: list[dict[str, Any]] = [{"cell_type": "markdown", "source": "# def Linear(: no code"}]
    key = "input" if version == 3 else "source"
    for cell in cells:
        lines = cell.splitlines(keepends=True)
        found.append({"cell_type": "code", "outputs": [{"data": "x" * 100}], "metadata": {"x": 1}, key: lines})
    cells_of_it = {"worksheets": [{"cells": found}]} if version == 3 else {"cells": found}
    return json.dumps({"nbformat": version, "nbformat_minor": 0, **cells_of_it, **more}).encode()


def program(data: bytes, name: str = "hw.ipynb") -> Program:
    return read(Form.FILE, {name: data}, "", QUESTIONS)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_code_cells_are_one_text_in_order(version: int) -> None:
    found = program(notebook("x = 1\n", "", "y = 2\nz = 3", "print(x)", version=version))
    assert found.text.source == "x = 1\n\ny = 2\nz = 3\nprint(x)"
    assert [found.places.at(line) for line in (1, 3, 4, 5)] == [
        "hw.ipynb, cell 1, line 1",
        "hw.ipynb, cell 2, line 1",
        "hw.ipynb, cell 2, line 2",
        "hw.ipynb, cell 3, line 1",
    ]


def test_cell_that_does_not_parse_costs_what_it_defines() -> None:
    found = program(notebook("x = 1", "x = 2\nclass Linear(Module:\n  def forward(self): pass", "y = 3"))
    assert ast.unparse(ast.parse(found.text.source)) == "x = 1\ny = 3"
    (gone,) = found.text.lost
    assert found.places.at(gone.line) == "hw.ipynb, cell 2, line 2"
    assert "Linear" in gone.names
    assert gone.code == f"class Linear(Module:\n{' ' * 19}^"


@pytest.mark.parametrize(
    "cell", ["return 1", "x = '\0'", "x = 1\\", "'''open", "await f()", "def f(a, a): pass", "x = \ud800", "(" * 300]
)
def test_cell_that_python_refuses_does_not_cost_the_next(cell: str) -> None:
    found = program(notebook(cell, "def Linear(): pass"))
    assert len(found.text.lost) == 1
    assert ast.unparse(ast.parse(found.text.source)) == "def Linear():\n    pass"
    assert found.places.at(found.text.source[: found.text.source.index("def")].count("\n") + 1).startswith(
        "hw.ipynb, cell 2"
    )


NO_NOTEBOOKS = {
    "text": b"class Linear: pass",
    "cut off": notebook("x = 1")[:-5],
    "list": b"[]",
    "no version": b'{"cells": []}',
    "format 2": notebook("x = 1", version=2),
    "cells of another kind": b'{"nbformat": 4, "cells": {"a": 1}}',
    "no code": notebook(),
    "deep": b"[" * 100_000,
    "a long number": b'{"nbformat": ' + b"1" * 10_000 + b"}",
    "no text": b"\xff\xfe\xfd",
}


@pytest.mark.parametrize("name", NO_NOTEBOOKS)
def test_what_is_no_notebook_is_told_in_one_line(name: str) -> None:
    with pytest.raises(Unreadable, match="; ") as caught:
        code_cells(NO_NOTEBOOKS[name])
    assert "\n" not in str(caught.value)


def test_cells_of_odd_shapes_are_passed_over() -> None:
    odd = [1, None, {}, {"cell_type": "code"}, {"cell_type": "code", "source": 3}, {"cell_type": "code", "source": [1]}]
    data = json.dumps({"nbformat": 4, "cells": [*odd, {"cell_type": "code", "source": "x = 1"}]}).encode()
    assert code_cells(data) == ["x = 1"]
    assert code_cells(b"\xef\xbb\xbf" + data) == ["x = 1"]


def test_notebook_of_more_cells_than_anybody_writes_is_refused() -> None:
    """Each is compiled alone, and has a place of its own: 100,000 of them had no report."""
    assert len(code_cells(notebook(*["1"] * MAX_CELLS))) == MAX_CELLS
    with pytest.raises(Unreadable, match="more than 10000 cells with code"):
        code_cells(notebook(*["1"] * (MAX_CELLS + 1)))
