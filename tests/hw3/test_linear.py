"""Linear(in_dim, out_dim): X W^T, with Gaussian weights scaled by sqrt(2 / in_dim)."""

import math
from collections.abc import Sequence

import torch
from linear_mistakes import (
    DETACHED_INPUT,
    DETACHED_WEIGHT,
    IN_PLACE,
    LAYERS,
    NOT_TRANSPOSED,
    SECOND,
    TRANSPOSED,
    contradicted,
    never_set,
    redrawn_weight,
    wrong_draws,
    wrong_products,
)

from grader.suite import (
    ANYTHING,
    Claim,
    Handle,
    RemoteSubmission,
    Values,
    check,
    claim,
    deferrable,
    expect,
    figures,
    given,
    oracles,
    render,
    stats,
    strategies,
    take,
)


@check("Linear", hint="self.weight = Parameter(...) in __init__, of shape (out_dim, in_dim), and no other parameter")
@given(in_dim=strategies.sizes(), out_dim=strategies.sizes(), values=strategies.values(("normal",)))
def test_weight(submission: RemoteSubmission, in_dim: int, out_dim: int, values: Values) -> None:
    """The weights are a Parameter `.weight` of shape (out_dim, in_dim), the only one of the layer."""
    linear = submission.Linear(in_dim, out_dim)
    expect.shape(linear.weight, (out_dim, in_dim), likely={TRANSPOSED: (in_dim, out_dim)})
    expect.dtype(linear.weight, torch.float32)
    expect_parameter(submission, linear)
    parameters = take(linear.parameters(), 3)
    expect.length(parameters, 1, what=f"list({linear!r}.parameters())", likely={SECOND: 2})
    first, second = values(out_dim, in_dim), values(out_dim, in_dim)
    linear.weight.data = first
    seen_first = submission.torch.clone(parameters[0])
    parameters[0].data = second
    is_weight = expect.same([seen_first, linear.weight], [first, second])
    shows = claim("assert next({0}.parameters()) is {0}.weight", linear)
    expect.is_true(is_weight, otherwise=f"{linear!r}.parameters() does not give the layer's weight", shows=shows)


def expect_parameter(submission: RemoteSubmission, linear: Handle) -> None:
    """The weight is a Parameter that requires a gradient."""
    shows = claim("assert isinstance({0}.weight, torch.nn.Parameter), type({0}.weight)", linear)
    kind, otherwise = submission.torch.nn.Parameter, f"{linear!r}.weight is not a Parameter"
    expect.is_instance(linear.weight, kind, otherwise=otherwise, shows=shows)
    expect_trainable(linear)


def expect_trainable(linear: Handle) -> None:
    """The weight requires a gradient."""
    otherwise = f"{linear!r}.weight does not require a gradient"
    shows = claim("assert {0}.weight.requires_grad", linear)
    expect.is_true(linear.weight.requires_grad, otherwise=otherwise, shows=shows)


@check(
    "Linear",
    hint="X @ self.weight.T: each row of X times each row of the weight",
    errors={"mat1 and mat2 shapes cannot be multiplied": NOT_TRANSPOSED},
)
@given(
    in_dim=strategies.sizes(also=(100, 784)),
    out_dim=strategies.sizes(also=(100,)),
    rows=strategies.sizes(),
    values=strategies.values(),
)
def test_forward(submission: RemoteSubmission, in_dim: int, out_dim: int, rows: int, values: Values) -> None:
    """layer(X) is X W^T for a batch X of shape (batch_size, in_dim)."""
    linear, x, weight = submission.Linear(in_dim, out_dim), values(rows, in_dim), values(out_dim, in_dim)
    expect.shape(linear.weight, (out_dim, in_dim))
    linear.weight.data = weight  # the initial weights may be zero
    out = linear(x)
    likely = wrong_products(x, weight) | redrawn_weight(x, linear.weight)
    expect.close(out, oracles.linear(x, weight), what=f"{out!r}, with weight = {render(weight)},", likely=likely)
    expect.dtype(out, x.dtype, why="as the input")
    fresh = submission.Linear(in_dim, out_dim)
    expect.shape(fresh.weight, (out_dim, in_dim))
    first = fresh(x)
    expect.shape(fresh.weight, (out_dim, in_dim), what=f"{fresh!r}.weight after the call")
    shows = claim("torch.testing.assert_close({0}, {1} @ {2}.weight.T, rtol=1e-4, atol=1e-4)", first, x, fresh)
    expect.holds(expect_product, f"{first!r}, with its initial weight,", first, x, fresh.weight, shows)


def expect_product(what: str, actual: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, shows: Claim) -> None:
    """X W^T for initial weights; if they were never set, that costs test_initial_weights only."""
    if not never_set(actual, weight):
        expect.close(actual, oracles.linear(x, weight), what=what, likely=wrong_products(x, weight), shows=shows)


@check(
    "Linear",
    hint="X @ self.weight.T works for any number of leading dimensions; .t() and mm only for two",
    errors={
        "self must be a matrix": "torch.mm takes matrices only: @ takes any number of leading dimensions",
        "t() expects a tensor with <= 2 dimensions": ".t() is for matrices only: transpose the weight, not the input",
    },
)
@given(
    in_dim=strategies.sizes(), out_dim=strategies.sizes(), rows=strategies.leading_shapes(), values=strategies.values()
)
def test_leading_dimensions(
    submission: RemoteSubmission, in_dim: int, out_dim: int, rows: tuple[int, ...], values: Values
) -> None:
    """layer(X) takes one or more input vectors: any number of leading dimensions."""
    linear, x, weight = submission.Linear(in_dim, out_dim), values(*rows, in_dim), values(out_dim, in_dim)
    linear.weight.data = weight
    out = linear(x)
    what, likely = f"{out!r}, with weight = {render(weight)},", wrong_products(x, weight)
    expect.close(out, oracles.linear(x, weight), what=what, likely=likely)


@check(
    "Linear",
    hint="use self.weight itself in forward: no .data, .detach() or torch.tensor(...) around it",
    errors={"does not require grad": DETACHED_WEIGHT},
)
@given(in_dim=strategies.sizes(), out_dim=strategies.sizes(), rows=strategies.sizes(), values=strategies.values())
def test_gradients(submission: RemoteSubmission, in_dim: int, out_dim: int, rows: int, values: Values) -> None:
    """Gradients reach the weight and the input, and the input is not modified."""
    x, weight, upstream = values(rows, in_dim), values(out_dim, in_dim), values(rows, out_dim)
    linear = submission.Linear(in_dim, out_dim)
    expect_trainable(linear)
    linear.weight.data = weight
    plain_x, given_x = submission.tensor(x), submission.tensor(x, requires_grad=True)
    linear(plain_x)
    linear(given_x).backward(upstream)
    by_weight, by_x = oracles.linear_gradients(x, weight, upstream)
    what = f"the gradient that reaches {linear!r}.weight"
    expect.close(linear.weight.grad, by_weight, what=what, likely={DETACHED_WEIGHT: None})
    what = f"the gradient that reaches the input of {linear!r}"
    expect.close(given_x.grad, by_x, what=what, likely={DETACHED_INPUT: None})
    expect.equal(plain_x, x, what=f"the input of {linear!r} after the call", likely={IN_PLACE: ANYTHING})


@check("Linear", hint="torch.randn(out_dim, in_dim) * math.sqrt(2 / in_dim), drawn anew for each layer")
def test_initial_weights(submission: RemoteSubmission) -> None:
    """The initial weights are independent Gaussians with mean 0 and standard deviation sqrt(2 / in_dim)."""
    layers = [submission.Linear(in_dim, out_dim) for in_dim, out_dim in LAYERS]
    weights = [linear.weight for linear in layers]
    for weight, (in_dim, out_dim) in zip(weights, LAYERS, strict=True):
        expect.shape(weight, (out_dim, in_dim))
    title = "initial weights / sqrt(2 / in_dim), over N(0, 1)"
    submission.attach(figures.gaussian_histogram(title, standardised(weights)))
    named = [(repr(weight), weight) for weight in weights]
    shows = contradicted(layers[:2], weights[:2])
    expect.holds(initialisation_problem, named, shows=shows, likely=wrong_draws(weights))


@deferrable
def standardised(weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """The entries of all weights, divided by the standard deviation that is asked for. Weights: (out_dim, in_dim)."""
    return torch.cat([(weight * math.sqrt(weight.shape[1] / 2)).flatten() for weight in weights])


def initialisation_problem(named: Sequence[tuple[str, torch.Tensor]]) -> str | None:
    """Why the weights are not what the homework asks for, or None."""
    return stats.initialisation_problem(named, std_of=lambda in_dim: math.sqrt(2 / in_dim))
