"""Parsing: what hostile source asks of Python's parser and compiler, and what it does not get."""

from __future__ import annotations

import ast
import sys
import warnings
from typing import Any

import pytest

from grader.worker.reading.parsing import compiled, deep, future_flags, parse, plain


def test_deep_expression_is_compiled_and_leaves_the_recursion_limit_alone() -> None:
    before = sys.getrecursionlimit()
    tree, lost = parse("x = " + " + ".join(["1"] * 2500))
    namespace: dict[str, object] = {}
    exec(compiled(tree.body, "hw.py"), namespace)
    assert (namespace["x"], lost) == (2500, [])
    assert sys.getrecursionlimit() == before


def test_limit_is_set_back_after_an_error_and_never_lowered() -> None:
    before = sys.getrecursionlimit()
    with pytest.raises(ZeroDivisionError), deep():
        assert sys.getrecursionlimit() // 0
    assert sys.getrecursionlimit() == before
    sys.setrecursionlimit(30_000)
    try:
        with deep():
            assert sys.getrecursionlimit() == 30_000
    finally:
        sys.setrecursionlimit(before)


def test_future_imports_of_the_file_count_and_those_of_the_grader_do_not() -> None:
    annotated = "def f(x: 1 + 1): pass"
    for source, expected in ((annotated, 2), (f"from __future__ import annotations\n{annotated}", "1 + 1")):
        tree = plain(source)
        namespace: dict[str, Any] = {}
        exec(compiled([tree.body[-1]], "hw.py", future_flags(tree)), namespace)
        assert namespace["f"].__annotations__ == {"x": expected}


@pytest.mark.parametrize("name", ["annotations_", "all_feature_names", "__name__"])
def test_future_import_of_what_is_no_feature_asks_for_nothing(name: str) -> None:
    assert future_flags(ast.parse(f"from __future__ import {name}")) == 0
    assert future_flags(ast.parse("from elsewhere import annotations")) == 0


def test_warnings_about_the_source_are_not_shown() -> None:
    source = "x = '\\d'\ny = 1 is 1\n"
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        tree, _ = parse(source)
        plain(source)
        compiled(tree.body, "hw.py")
    assert [warning for warning in shown if warning.category is SyntaxWarning] == []


def test_code_is_that_of_the_file_it_was_compiled_for() -> None:
    assert compiled(plain("x = 1").body, "hw.py").co_filename == "hw.py"
    with pytest.raises(SyntaxError) as caught:
        parse("x = (", "hw.py")
    assert caught.value.filename == "hw.py"
