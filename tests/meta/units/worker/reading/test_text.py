"""Texts: what a part that Python can't read would define, and what is told of it."""

from __future__ import annotations

import pytest

from grader.worker.reading.text import lost, names_in


def error_of(source: str) -> SyntaxError:
    with pytest.raises(SyntaxError) as caught:
        compile(source, "cell", "exec")
    return caught.value


def test_names_are_those_of_functions_and_classes_however_broken_the_rest_is() -> None:
    source = "def one(:\n  async  def two(\nclass Three(\n\tdef four\n# def five\nx = 'def six'\ndefine seven\n"
    assert names_in(source) == {"one", "two", "Three", "four"}


def test_line_of_an_error_is_counted_from_where_the_text_begins() -> None:
    source = "x = 1\nclass Linear(:\n    pass\n"
    found = lost(source, error_of(source), 10)
    assert (found.line, found.code, found.names) == (11, "class Linear(:\n             ^", frozenset({"Linear"}))
    assert found.text == "invalid syntax"


def test_error_without_a_line_is_told_at_the_beginning() -> None:
    assert lost("x", SyntaxError("no"), 10).line == 10


def test_error_that_is_none_of_syntax_is_told_with_its_kind() -> None:
    found = lost("def f(): pass", ValueError("null bytes"), 3)
    assert (found.line, found.text, found.code, found.names) == (3, "ValueError: null bytes", "", frozenset({"f"}))


def test_what_is_told_is_short() -> None:
    assert len(lost("x", ValueError("long" * 100), 1).text) == 200
    source = "x = " + "y " * 200
    assert len(lost(source, error_of(source), 1).code.split("\n")[0]) == 72
