"""The checks of the toy homework: a function, a layer with a gradient, an object with a state."""

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.suite import expect, strategies
from grader.suite.checks import check
from grader.suite.handles import advance, fetch, is_instance, is_same, iterate, take
from grader.suite.strategies import Values

ROWS = st.integers(1, 4)
VALUES = strategies.values(("halves", "normal"))


@check("scale", hint="2 * x")
@given(rows=ROWS, values=VALUES)
def test_scale(submission: Any, rows: int, values: Values) -> None:
    """scale(x) is twice x."""
    x = values(rows, 3)
    expect.equal(submission.scale(x), 2 * x)


@check("scale", hint="2 * x")
@given(rows=ROWS, values=VALUES)
def test_scale_wide_rows(submission: Any, rows: int, values: Values) -> None:
    """scale(x) is twice x for rows of five numbers, too."""
    x = values(rows, 5)
    expect.equal(submission.scale(x), 2 * x)


@check("Layer", hint="x * self.weight")
def test_layer(submission: Any) -> None:
    """layer(x) is x * weight, weight is a Parameter, and a gradient reaches it."""
    layer = submission.Layer(3)
    x, weight = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, 1.0]]), torch.tensor([2.0, 3.0, -1.0])
    layer.weight.data = weight
    expect.that(is_instance(layer.weight, submission.torch.nn.Parameter), f"{layer!r}.weight is not a Parameter")
    out = layer(x)
    expect.equal(out, x * weight)
    out.sum().backward()
    gradient = expect.shape(layer.weight.grad, (3,))
    expect.that(torch.allclose(gradient, x.sum(dim=0), atol=1e-5), f"the gradient of {layer!r}.weight is wrong")


@check("Counter", hint="__iter__ starts anew and returns self")
def test_counter(submission: Any) -> None:
    """A Counter gives its items in order, and iter(counter) is the counter."""
    items = [5, 3, 8, 1]
    counter = submission.Counter(submission.make_list(items))
    iterator = iterate(counter)
    expect.that(fetch(is_same(iterator, counter)) is True, f"iter({counter!r}) is another object")
    for index, item in enumerate(items):
        expect.equal(fetch(advance((counter, iterator)[index % 2])), item, what=f"item {index} of {counter!r}")
    expect.equal(fetch(take(counter, 9)), items, what=f"list({counter!r})")


@check("total", hint="x.sum(dim=-1)")
def test_total(submission: Any) -> None:
    """total(x) is the sum of each row."""
    x = torch.arange(12.0).reshape(4, 3)
    expect.equal(submission.total(x), x.sum(dim=-1))
