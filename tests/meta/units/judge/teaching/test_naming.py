"""Naming: a snippet calls things what the check calls them, where that name is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from grader.judge.teaching.naming import FreeNames, default_name, imports_torch, names_in
from grader.judge.transcript import Step
from grader.suite.handles import Handle, number_of
from tests.meta.fakes.worker import told

SOURCE = (
    "import numpy as np\nfrom m import thing\ndef double(argument): pass\nasync def wait(): pass\nclass Net: pass\n"
)
SOURCE += "a, b = 1, 2\ntable[key] = 3\n    inside = 4\n# comment = 5\n"


def test_name_is_given_once() -> None:
    names = FreeNames("", ())
    assert [names.take("x") for _ in range(3)] == ["x", "x2", "x3"]


@pytest.mark.parametrize("taken", ["np", "thing", "double", "wait", "Net", "a", "b", "sum", "class", "match", "torch"])
def test_name_that_means_something_already_is_not_given(taken: str) -> None:
    assert FreeNames(SOURCE, ()).take(taken) == f"{taken}2"
    assert FreeNames("", ["other"]).take("other") == "other2"


@pytest.mark.parametrize("free", ["argument", "inside", "comment"])
def test_name_that_is_bound_elsewhere_than_at_top_level_is_free(free: str) -> None:
    assert FreeNames(SOURCE, ()).take(free) == free


@pytest.mark.parametrize(
    ("operation", "called", "name"),
    [
        ("call", "TwoLayerNN", "two_layer_nn"),
        ("call", "model.forward", "forward"),
        ("call", "make()", "result"),
        ("get", "", "weight"),
        ("iter", "", "iterator"),
        ("next", "", "item"),
        ("put", "", "x"),
        ("take", "", "items"),
    ],
)
def test_result_without_a_name_is_called_by_what_gives_it(operation: str, called: str, name: str) -> None:
    assert default_name(Step(operation, 1, (None, "weight")), called) == name


@dataclass
class Pair:
    left: Tensor
    right: Tensor


def test_check_names_its_handles_and_tensors_wherever_it_keeps_them() -> None:
    _, _, submission = told()

    def check(model: Handle, x: Tensor, rows: list[Tensor], xs: list[Tensor], pair: Pair, mixeds: list[object]) -> None:
        raise ValueError

    x, rows, xs, pair = torch.ones(1), [*torch.ones(2, 1)], [torch.ones(1)], Pair(*torch.ones(2, 1))
    handle, mixed = submission.model, torch.ones(1)
    with pytest.raises(ValueError) as caught:
        check(handle, x, rows, xs, pair, [mixed, 1])
    assert caught.tb.tb_next is not None
    found = names_in(caught.tb.tb_next)  # of the check, not of this test
    named = (x, *rows, *xs, pair.left, pair.right)
    assert [found[id(tensor)] for tensor in named] == ["x", "row0", "row1", "x", "left", "right"]
    assert found[number_of(handle)] == "model"
    assert id(mixed) not in found


def test_grader_s_own_names_are_none_of_the_check_s() -> None:
    namespace: dict[str, Any] = {"__name__": "grader.suite.expect"}
    exec("def inner(value):\n    1 / 0", namespace)
    value = torch.ones(1)
    with pytest.raises(ZeroDivisionError) as caught:
        namespace["inner"](value)
    assert caught.tb.tb_next is not None
    assert names_in(caught.tb.tb_next) == {}
    assert names_in(None) == {}


@pytest.mark.parametrize(
    ("source", "has_it"),
    [
        ("import torch\n", True),
        ("import math, torch  # both\nx = 1\n", True),
        ("with app.setup:\n    import math\n\n    import torch\n", True),
        ("def f():\n    import torch\n", False),
        ("with app.setup:\n    import math\ndef f():\n    import torch\n", False),
        ("import torch as t\nfrom torch import nn\n# import torch\n", False),
        ("import torch.nn\n", False),
    ],
)
def test_torch_is_imported_at_top_level(source: str, has_it: bool) -> None:
    assert imports_torch(source) is has_it
