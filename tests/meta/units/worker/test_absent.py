"""What is missing where it is graded is told as missing there, with the next step."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from grader.worker.absent import Absent, explained, one_by_one, stand_for

HERE = "a_library_that_nobody_has is not installed where this is graded; do without it, or ask whoever grades"


def error_of(code: str) -> BaseException:
    with pytest.raises(BaseException) as caught:
        exec(code, {})
    return caught.value


@pytest.mark.parametrize(
    "code",
    [
        "import a_library_that_nobody_has",
        "import a_library_that_nobody_has.part as part",
        "from a_library_that_nobody_has.part import thing",
        "__import__('a_library_that_nobody_has')",
    ],
)
def test_missing_library_is_told_as_missing_here(code: str) -> None:
    assert explained(error_of(code)).startswith(HERE)


def test_library_of_an_extra_is_told_with_it() -> None:
    text = explained(ModuleNotFoundError("No module named 'einops'", name="einops"))
    assert "to install it (pip install 'torch-homework-grader[common]')" in text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import torch.nnn", "No module named 'torch.nnn'"),
        ("raise ModuleNotFoundError('own words')", "own words"),
        ("from math import nothing", "cannot import name 'nothing' from 'math'"),
        ("raise FileNotFoundError('own words')", "own words"),
        ("raise ValueError(3)", "3"),
    ],
)
def test_other_messages_are_what_they_were(code: str, text: str) -> None:
    assert explained(error_of(code)).startswith(text)
    assert "graded" not in explained(error_of(code))


@pytest.mark.parametrize(
    "code", ["open('linear.pt')", "import torch; torch.load('linear.pt')", "import numpy; numpy.load('linear.pt')"]
)
def test_file_that_is_not_there_is_told_with_the_reason(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = explained(error_of(code))
    assert text.startswith("[Errno 2] No such file or directory: 'linear.pt'; no file is there when this is graded but")


def test_place_that_is_closed_is_told_as_closed() -> None:
    assert explained(PermissionError(13, "Permission denied", "/home/ada/x")).endswith("in the working folder alone")
    assert explained(PermissionError(1, "Operation not permitted", "/bin/sh")).endswith("'/bin/sh'")


def test_use_of_what_is_missing_is_told_as_that() -> None:
    namespace: dict[str, Any] = {"kept": 1}
    for code in (
        "import made_up_1.part, made_up_2 as two",
        "from made_up_1 import kept, f, Kind",
        "from made_up_1 import *",
    ):
        for statement in one_by_one(ast.parse(code).body[0]):
            stand_for(statement, error_of(ast.unparse(statement)), namespace)
    assert namespace.keys() == {"kept", "made_up_1", "two", "f", "Kind"}
    assert namespace["kept"] == 1
    for use in ("made_up_1.part.f()", "f(3)", "Kind[int]", "two.nothing"):
        error = error_of_use(use, namespace)
        assert explained(error).startswith(f"made_up_{2 if 'two' in use else 1} is not installed where this is graded")


def error_of_use(code: str, namespace: dict[str, Any]) -> BaseException:
    with pytest.raises(ModuleNotFoundError) as caught:
        eval(code, namespace)
    return caught.value


def test_other_errors_and_statements_bind_nothing() -> None:
    namespace: dict[str, Any] = {}
    stand_for(ast.parse("import x").body[0], ImportError("no"), namespace)
    stand_for(ast.parse("f()").body[0], ModuleNotFoundError("no", name="x"), namespace)
    assert namespace == {}
    assert not hasattr(Absent("x"), "__array__")


def test_modules_are_imported_one_by_one_and_anything_else_is_left_alone() -> None:
    (node,) = ast.parse("import a, b.c as d").body
    assert [ast.unparse(part) for part in one_by_one(node)] == ["import a", "import b.c as d"]
    (other,) = ast.parse("from a import b, c").body
    assert [*one_by_one(other)] == [other]
