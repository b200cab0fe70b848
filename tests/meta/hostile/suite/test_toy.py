"""The checks of the toy homework: a function, a layer with a gradient, an object with a state."""

import torch

from grader.suite import RemoteSubmission, Values, advance, check, expect, given, iterate, oracles, strategies, take

ROWS = strategies.integers(1, 4)
VALUES = strategies.values(("halves", "normal"))


@check("scale", hint="2 * x")
@given(rows=ROWS, values=VALUES)
def test_scale(submission: RemoteSubmission, rows: int, values: Values) -> None:
    """scale(x) is twice x."""
    x = values(rows, 3)
    expect.equal(submission.scale(x), 2 * x)


@check("scale", hint="2 * x")
@given(rows=ROWS, values=VALUES)
def test_scale_wide_rows(submission: RemoteSubmission, rows: int, values: Values) -> None:
    """scale(x) is twice x for rows of five numbers, too."""
    x = values(rows, 5)
    expect.equal(submission.scale(x), 2 * x)


@check("Layer", hint="x * self.weight")
def test_layer(submission: RemoteSubmission) -> None:
    """layer(x) is x * weight, weight is a Parameter, and a gradient reaches it."""
    layer = submission.Layer(3)
    x, weight = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, 1.0]]), torch.tensor([2.0, 3.0, -1.0])
    layer.weight.data = weight
    parameter = submission.torch.nn.Parameter
    expect.is_instance(layer.weight, parameter, otherwise=f"{layer!r}.weight is not a Parameter")
    out = layer(x)
    expect.equal(out, x * weight)
    out.sum().backward()
    expect.shape(layer.weight.grad, (3,))
    expect.close(layer.weight.grad, oracles.exact(x.sum(dim=0)), what=f"the gradient of {layer!r}.weight")


@check("Counter", hint="__iter__ starts anew and returns self")
def test_counter(submission: RemoteSubmission) -> None:
    """A Counter gives its items in order, and iter(counter) is the counter."""
    items = [5, 3, 8, 1]
    counter = submission.Counter(submission.make_list(items))
    iterator = iterate(counter)
    expect.is_same(iterator, counter, otherwise=f"iter({counter!r}) is another object")
    for index, item in enumerate(items):
        expect.equal(advance((counter, iterator)[index % 2]), item, what=f"item {index} of {counter!r}")
    expect.equal(take(counter, 9), items, what=f"list({counter!r})")


@check("total", hint="x.sum(dim=-1)")
def test_total(submission: RemoteSubmission) -> None:
    """total(x) is the sum of each row."""
    x = torch.arange(12.0).reshape(4, 3)
    expect.equal(submission.total(x), x.sum(dim=-1))
