"""Values in messages: short, and safe to write whatever the worker has sent."""

from __future__ import annotations

import math

import pytest
import torch

from grader.boundary.values import Opaque
from grader.suite.rendering import call, render, show


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor([1.0, -0.5]), "torch.tensor([1.0, -0.5])"),
        (torch.tensor([[1, 2]]), "torch.tensor([[1, 2]])"),
        (torch.tensor(True), "torch.tensor(True)"),
        (torch.tensor([1.0]).double(), "torch.tensor([1.0], dtype=torch.float64)"),
        (torch.tensor([math.nan, math.inf]), "torch.tensor([nan, inf])"),
        (torch.tensor([1 / 3]), "torch.tensor([0.333333])"),
        (torch.tensor([1e30, 1e6]), "torch.tensor([1e+30, 1e+06])"),
        (torch.zeros(7), "<tensor 7>"),
        (torch.zeros(3, 4), "<tensor 3x4>"),
        ([1, "a"], "[1, 'a']"),
        ((1,), "(1,)"),
        ((), "()"),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        (slice(1, None), "slice(1, None, None)"),
        (None, "None"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_value_is_written_as_python(value: object, text: str) -> None:
    assert render(value) == text


class Named:
    def __repr__(self) -> str:
        return "layer"


def test_call_is_written_with_its_arguments() -> None:
    assert call(Named(), [1, torch.zeros(2, 5)], {"bias": False}) == "layer(1, <tensor 2x5>, bias=False)"
    assert call(Named(), [], {}) == "layer()"


def test_value_of_the_worker_is_shown_in_a_few_words() -> None:
    assert show(torch.zeros(100, 100)) == "a torch.float32 tensor of shape (100, 100)"
    assert show(torch.tensor(2.5)) == "a torch.float32 tensor of shape () with the value 2.5"
    assert show(Opaque("Layer")) == "an object of another kind: Layer"
    assert len(show("x" * 10_000)) <= 300
    assert len(show([list(range(100))] * 100)) <= 300
