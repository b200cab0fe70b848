"""Linear(in_dim, out_dim): X W^T, with Gaussian weights scaled by sqrt(2 / in_dim)."""

import math
from collections.abc import Sequence

import torch
from linear_layers import (
    as_rows,
    axes,
    filled,
    initial_product,
    input_gradient,
    lopsided,
    row_by_row,
    weight_gradient,
)
from linear_mistakes import (
    CONSTRUCTION_ERRORS,
    DETACHED_INPUT,
    DETACHED_WEIGHT,
    FROZEN,
    IN_PLACE,
    LAYERS,
    NOT_TRANSPOSED,
    SECOND,
    TRANSPOSED,
    contradicted,
    stale_products,
    wrong_draws,
    wrong_products,
)
from settings_kept import expect_settings, settings_of

from grader.suite import (
    ANYTHING,
    Handle,
    RemoteSubmission,
    Values,
    check,
    claim,
    deferrable,
    example,
    expect,
    figures,
    given,
    oracles,
    render,
    stats,
    strategies,
    take,
    value,
)

EASY = Values("halves", 0)
SIZES = strategies.tuples(strategies.sizes(also=(100, 784)), strategies.sizes(also=(100,)))
LEADING = strategies.lists(strategies.integers(2, 4), max_size=3).map(tuple)


@check(
    "Linear",
    hint="self.weight = Parameter(...) in __init__, of shape (out_dim, in_dim), and no other parameter",
    errors=CONSTRUCTION_ERRORS,
)
@given(in_dim=strategies.sizes(), out_dim=strategies.sizes(), values=strategies.values(("normal",)))
@example(in_dim=2, out_dim=3, values=EASY)
@example(in_dim=1, out_dim=2, values=EASY)
@example(in_dim=2, out_dim=1, values=EASY)
def test_weight(submission: RemoteSubmission, in_dim: int, out_dim: int, values: Values) -> None:
    """The weights are a Parameter `.weight` of shape (out_dim, in_dim), the only one of the layer."""
    linear = submission.Linear(in_dim, out_dim)
    expect.shape(linear.weight, (out_dim, in_dim), likely={TRANSPOSED: (in_dim, out_dim)})
    expect.dtype(linear.weight, torch.float32)
    shows = claim("assert isinstance({0}.weight, torch.nn.Parameter), type({0}.weight)", linear)
    kind, otherwise = submission.torch.nn.Parameter, f"{linear!r}.weight is not a Parameter"
    expect.is_instance(linear.weight, kind, otherwise=otherwise, shows=shows)
    parameters = take(linear.parameters(), 3)
    expect.length(parameters, 1, what=f"list({linear!r}.parameters())", likely={SECOND: 2})
    expect_registered(submission, linear, parameters[0], [values(out_dim, in_dim), values(out_dim, in_dim)])


def expect_registered(
    submission: RemoteSubmission, linear: Handle, parameter: Handle, numbers: Sequence[torch.Tensor]
) -> None:
    """The parameter is the layer's weight: what is set in one of them is seen in the other."""
    linear.weight.data = numbers[0]
    seen_first = submission.torch.clone(parameter)
    parameter.data = numbers[1]
    is_weight = expect.same([seen_first, linear.weight], list(numbers))
    shows = claim("assert next({0}.parameters()) is {0}.weight", linear)
    expect.is_true(is_weight, otherwise=f"{linear!r}.parameters() does not give the layer's weight", shows=shows)


@check(
    "Linear",
    hint="X @ self.weight.T: each row of X times each row of the weight",
    errors={"mat1 and mat2 shapes cannot be multiplied": NOT_TRANSPOSED, **CONSTRUCTION_ERRORS},
)
@given(sizes=SIZES.filter(lambda sizes: sizes[0] != sizes[1]), rows=strategies.sizes(), values=strategies.values())
@example(sizes=(2, 3), rows=2, values=EASY)
@example(sizes=(2, 3), rows=1, values=EASY)
@example(sizes=(1, 2), rows=2, values=EASY)
@example(sizes=(2, 1), rows=2, values=EASY)
@example(sizes=(784, 100), rows=2, values=EASY)
def test_forward(submission: RemoteSubmission, sizes: tuple[int, int], rows: int, values: Values) -> None:
    """layer(X) is X W^T for a batch X of shape (batch_size, in_dim)."""
    in_dim, out_dim = sizes
    linear, other = submission.Linear(in_dim, out_dim), submission.Linear(in_dim, out_dim)
    x = submission.tensor(values(rows, in_dim))
    for _ in range(2):  # the same input once more, with another weight
        before, numbers = as_rows(linear.weight, in_dim, out_dim), values(out_dim, in_dim)
        linear.weight.data = submission.tensor(numbers).view_as(linear.weight)
        weight, given_x = filled(linear.weight, numbers), value(x)
        out = linear(x)
        expect.dtype(out, torch.float32, why="as the input")
        stale = stale_products(given_x, before, as_rows(other.weight, in_dim, out_dim), linear.weight)
        likely = wrong_products(given_x, weight) | stale
        what = f"{out!r}, with weight = {render(numbers)},"
        expect.close(out, oracles.linear(given_x, weight), what=what, likely=likely)
    expect_initial_product(submission, other, x, sizes)


def expect_initial_product(submission: RemoteSubmission, linear: Handle, x: Handle, sizes: tuple[int, int]) -> None:
    """The layer multiplies with the weights that it starts with, too."""
    out = linear(x.type_as(linear.weight))
    shows = claim("torch.testing.assert_close({0}, {1} @ {2}.weight.T, rtol=1e-4, atol=1e-4)", out, x, linear)
    product = initial_product(submission.torch.nan_to_num(out), value(x), as_rows(linear.weight, *sizes))
    what = f"{out!r}, with its initial weight,"
    expect.close(submission.torch.nan_to_num(out), product, what=what, shows=shows)


@check(
    "Linear",
    hint="X @ self.weight.T works for any number of leading dimensions; .t() and mm only for two",
    errors={
        "self must be a matrix": "torch.mm takes matrices only: @ takes any number of leading dimensions",
        "t() expects a tensor with <= 2 dimensions": ".t() is for matrices only: transpose the weight, not the input",
        **CONSTRUCTION_ERRORS,
    },
)
@given(size=strategies.sizes(least=2), leading=LEADING, values=strategies.values())
@example(size=2, leading=(), values=EASY)
@example(size=2, leading=(2, 3), values=EASY)
@example(size=2, leading=(2, 2, 3), values=EASY)
def test_leading_dimensions(submission: RemoteSubmission, size: int, leading: tuple[int, ...], values: Values) -> None:
    """layer(X) takes one or more input vectors: any number of leading dimensions."""
    linear, x, weight = submission.Linear(size, size), values(*leading, size), values(size, size)
    linear.weight.data = weight
    rows, identity = linear(x.reshape(-1, size)), linear(torch.eye(size))
    out = linear(x)
    what = f"{out!r}, with weight = {render(weight)},"
    expect.close(out, row_by_row(rows, x, identity, weight), what=what, likely=wrong_products(x, weight))


@check(
    "Linear",
    hint="use self.weight itself in forward: no .data, .detach() or torch.tensor(...) around it",
    errors={"does not require grad": DETACHED_WEIGHT, **CONSTRUCTION_ERRORS},
)
@given(size=strategies.sizes(least=2), rows=strategies.sizes(least=2), values=strategies.values())
@example(size=2, rows=2, values=EASY)
def test_gradients(submission: RemoteSubmission, size: int, rows: int, values: Values) -> None:
    """Gradients reach the weight and the input, and neither the input nor torch's settings are modified."""
    x, weight, upstream = values(rows, size), lopsided(values(size, size)), values(rows, size)
    linear, settings = submission.Linear(size, size), settings_of(submission)
    expect_trainable(linear)
    linear.weight.data = weight
    plain_x, given_x = submission.tensor(x), submission.tensor(x, requires_grad=True)
    expect_settings(submission, settings, after=repr(linear(plain_x)))
    linear(given_x).backward(upstream)
    out = linear(axes(size))
    what, expected = f"the gradient that reaches {linear!r}.weight", weight_gradient(out, x, weight, upstream)
    expect.close(linear.weight.grad, expected, what=what, likely={DETACHED_WEIGHT: None})
    what, expected = f"the gradient that reaches the input of {linear!r}", input_gradient(out, x, weight, upstream)
    expect.close(given_x.grad, expected, what=what, likely={DETACHED_INPUT: None})
    expect.equal(plain_x, x, what=f"the input of {linear!r} after the call", likely={IN_PLACE: ANYTHING})


def expect_trainable(linear: Handle) -> None:
    """The weight requires a gradient."""
    otherwise = f"{linear!r}.weight does not require a gradient"
    shows = claim("assert {0}.weight.requires_grad", linear)
    expect.is_true(linear.weight.requires_grad, otherwise=otherwise, shows=shows, likely={FROZEN: True})


@check(
    "Linear",
    hint="torch.randn(out_dim, in_dim) * math.sqrt(2 / in_dim), drawn anew for each layer",
    errors=CONSTRUCTION_ERRORS,
)
def test_initial_weights(submission: RemoteSubmission) -> None:
    """The initial weights are independent Gaussians with mean 0 and standard deviation sqrt(2 / in_dim)."""
    layers = [submission.Linear(in_dim, out_dim) for in_dim, out_dim in LAYERS]
    weights = [as_rows(linear.weight, *sizes) for linear, sizes in zip(layers, LAYERS, strict=True)]
    title = "initial weights / sqrt(2 / in_dim), over N(0, 1)"
    submission.attach(figures.gaussian_histogram(title, standardised(weights)))
    named = [(f"{linear!r}.weight", weight) for linear, weight in zip(layers, weights, strict=True)]
    shows = contradicted(layers[:2], weights[:2])
    expect.holds(initialisation_problem, named, shows=shows, likely=wrong_draws(weights))


@deferrable
def standardised(weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """The entries of all weights, divided by the standard deviation that is asked for. Weights: (out_dim, in_dim)."""
    return torch.cat([(weight * math.sqrt(weight.shape[1] / 2)).flatten() for weight in weights])


def initialisation_problem(named: Sequence[tuple[str, torch.Tensor]]) -> str | None:
    """Why the weights are not what the homework asks for, or None."""
    return stats.initialisation_problem(named, std_of=lambda in_dim: math.sqrt(2 / in_dim))
