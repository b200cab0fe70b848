"""Linear(in_dim, out_dim): X W^T, with Gaussian weights scaled by sqrt(2 / in_dim)."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from hypothesis import given

from grader.suite import expect, figures, oracles, stats, strategies
from grader.suite.checks import check
from grader.suite.claims import Claim, claim
from grader.suite.handles import Handle, examine, fetch, fetch_all, is_instance, later, prefetch, render, take
from grader.suite.strategies import Values

TRANSPOSED = "the weight has shape (in_dim, out_dim); it should be (out_dim, in_dim)"
SECOND = "the layer has a second parameter, such as a bias; it should have its weight only"
NOT_TRANSPOSED = "the weight is not transposed: the product is X W^T, not X W"
LAYERS = ((784, 100), (784, 100), (300, 40), (50, 400), (256, 512))


@check("Linear", hint="self.weight = Parameter(...) in __init__, of shape (out_dim, in_dim), and no other parameter")
@given(in_dim=strategies.sizes(), out_dim=strategies.sizes(), values=strategies.values(("normal",)))
def test_weight(submission: Any, in_dim: int, out_dim: int, values: Values) -> None:
    """The weights are a Parameter `.weight` of shape (out_dim, in_dim), the only one of the layer."""
    linear = submission.Linear(in_dim, out_dim)
    held, parameters = linear.weight, take(linear.parameters(), 3)
    requires_grad = held.requires_grad
    prefetch(held, parameters, requires_grad)
    is_parameter = is_instance(held, submission.torch.nn.Parameter)
    weight = expect.shape(held, (out_dim, in_dim), likely={TRANSPOSED: (in_dim, out_dim)})
    expect.that(
        weight.dtype == torch.float32,
        f"{linear!r}.weight has dtype {weight.dtype}, expected torch.float32",
        shows=claim("assert {0}.weight.dtype == torch.float32, {0}.weight.dtype", linear),
    )
    expect.that(
        is_parameter,
        f"{linear!r}.weight is not a Parameter",
        shows=claim("assert isinstance({0}.weight, torch.nn.Parameter), type({0}.weight)", linear),
    )
    expect_trainable(linear, fetch(requires_grad))
    expect.length(parameters, 1, what=f"list({linear!r}.parameters())", likely={SECOND: 2})
    given = f"{linear!r}.parameters() does not give the layer's weight"
    shows = claim("assert next({0}.parameters()) is {0}.weight", linear)
    first, second = values(out_dim, in_dim), values(out_dim, in_dim)
    linear.weight.data = first
    seen_first = submission.torch.clone(parameters[0])
    parameters[0].data = second
    seen = fetch_all(seen_first, linear.weight)
    expect.that(all(map(expect.same, seen, (first, second))), given, shows=shows)


def expect_trainable(linear: Handle, requires_grad: object) -> None:
    """The weight requires a gradient."""
    expect.that(
        requires_grad is True,
        f"{linear!r}.weight does not require a gradient",
        shows=claim("assert {0}.weight.requires_grad", linear),
    )


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
def test_forward(submission: Any, in_dim: int, out_dim: int, rows: int, values: Values) -> None:
    """layer(X) is X W^T for a batch X of shape (batch_size, in_dim)."""
    linear, x, weight = submission.Linear(in_dim, out_dim), values(rows, in_dim), values(out_dim, in_dim)
    expect_shape(linear.weight, out_dim, in_dim)
    linear.weight.data = weight  # the initial weights may be zero
    out, fresh = linear(x), submission.Linear(in_dim, out_dim)
    expect_shape(fresh.weight, out_dim, in_dim)
    first = fresh(x)

    def look(actual: torch.Tensor, with_initial: object, initial: object, after: object) -> None:
        what = f"{out!r}, with weight = {render(weight)},"
        redrawn = "forward changes the weight, so that nothing can be learned"
        by_changed = partial(oracles.linear, x, after) if isinstance(after, torch.Tensor) else dict
        likely: expect.Likely = lambda: {**wrong_products(x, weight), redrawn: by_changed}  # noqa: E731
        expect.close(actual, oracles.linear(x, weight), what=what, likely=likely)
        expect.that(
            actual.dtype == x.dtype,
            f"{out!r} has dtype {actual.dtype}, expected {x.dtype} as the input",
            shows=claim("assert {0}.dtype == torch.float32, {0}.dtype", out),
        )
        shows = claim("torch.testing.assert_close({0}, {1} @ {2}.weight.T, rtol=1e-4, atol=1e-4)", first, x, fresh)
        what = f"{first!r}, with its initial weight,"
        weight_then = expect.shape(initial, (out_dim, in_dim), what=f"{fresh!r}.weight after the call")
        if never_set(weight_then, with_initial):  # which costs test_initial_weights only
            return
        likely = partial(wrong_products, x, weight_then)
        expect.close(with_initial, oracles.linear(x, weight_then), what=what, likely=likely, shows=shows)

    examine(look, out, first, fresh.weight, linear.weight)


def expect_shape(weight: Handle, out_dim: int, in_dim: int) -> None:
    """The weight has that shape by now; looked at with the next wait."""
    later(partial(expect.shape, expected=(out_dim, in_dim), what=repr(weight)), weight)


def never_set(*values: object) -> bool:
    """All entries are NaN, as they are where a worker's torch.empty made them."""
    return all(isinstance(value, torch.Tensor) and bool(value.isnan().all()) for value in values)


def wrong_products(x: torch.Tensor, weight: torch.Tensor) -> expect.Mistakes:
    """Mistakes in forward, and what they give."""
    w, in_dim = weight.double(), weight.shape[1]
    right = x.double() @ w.T
    return {
        NOT_TRANSPOSED: lambda: x.double() @ w,
        "forward multiplies with sqrt(2 / in_dim); that scale belongs to the initial weights": lambda: (
            right * math.sqrt(2 / in_dim)
        ),
        "a ReLU is applied to the output; the layer has none": lambda: right.relu(),
        "the leading dimensions are flattened and not restored": lambda: right.reshape(-1, right.shape[-1]),
        "the product is computed in bfloat16, with three digits only": lambda: (
            x.bfloat16() @ weight.bfloat16().T
        ).float(),
        "the output is squeezed, which drops dimensions of size 1": lambda: right.squeeze(),
    }


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
def test_leading_dimensions(submission: Any, in_dim: int, out_dim: int, rows: tuple[int, ...], values: Values) -> None:
    """layer(X) takes one or more input vectors: any number of leading dimensions."""
    linear, x, weight = submission.Linear(in_dim, out_dim), values(*rows, in_dim), values(out_dim, in_dim)
    linear.weight.data = weight
    out = linear(x)
    what = f"{out!r}, with weight = {render(weight)},"
    expect.close(out, oracles.linear(x, weight), what=what, likely=partial(wrong_products, x, weight))


DETACHED_WEIGHT = "the weight is detached in forward (.data, .detach()), so that it gets no gradient"


@check(
    "Linear",
    hint="use self.weight itself in forward: no .data, .detach() or torch.tensor(...) around it",
    errors={"does not require grad": DETACHED_WEIGHT},
)
@given(in_dim=strategies.sizes(), out_dim=strategies.sizes(), rows=strategies.sizes(), values=strategies.values())
def test_gradients(submission: Any, in_dim: int, out_dim: int, rows: int, values: Values) -> None:
    """Gradients reach the weight and the input, and the input is not modified."""
    x, weight, upstream = values(rows, in_dim), values(out_dim, in_dim), values(rows, out_dim)
    linear = submission.Linear(in_dim, out_dim)
    later(partial(expect_trainable, linear), linear.weight.requires_grad)
    linear.weight.data = weight
    plain_x, given_x = submission.tensor(x), submission.tensor(x, requires_grad=True)
    linear(plain_x)
    linear(given_x).backward(upstream)
    weight_grad, x_grad = linear.weight.grad, given_x.grad
    prefetch(plain_x, weight_grad, x_grad)
    by_weight, by_x = oracles.linear_gradients(x, weight, upstream)
    what = f"the gradient that reaches {linear!r}.weight"
    expect.close(weight_grad, by_weight, what=what, likely=lambda: {DETACHED_WEIGHT: lambda: None})
    detached_input = "the input is detached in forward, so that no gradient reaches the layers before"
    what = f"the gradient that reaches the input of {linear!r}"
    expect.close(x_grad, by_x, what=what, likely=lambda: {detached_input: lambda: None})

    def look_after(after: object) -> None:
        in_place = "forward changes its input in place"
        expect.equal(after, x, what=f"the input of {linear!r} after the call", likely=lambda: {in_place: lambda: after})

    examine(look_after, plain_x)


@check("Linear", hint="torch.randn(out_dim, in_dim) * math.sqrt(2 / in_dim), drawn anew for each layer")
def test_initial_weights(submission: Any) -> None:
    """The initial weights are independent Gaussians with mean 0 and standard deviation sqrt(2 / in_dim)."""
    layers = [submission.Linear(in_dim, out_dim) for in_dim, out_dim in LAYERS]
    weights = [
        expect.shape(linear.weight, (out_dim, in_dim)) for linear, (in_dim, out_dim) in zip(layers, LAYERS, strict=True)
    ]
    named = [(f"{linear!r}.weight", weight) for linear, weight in zip(layers, weights, strict=True)]
    standardised = torch.cat([(weight * math.sqrt(weight.shape[1] / 2)).flatten() for weight in weights])
    submission.attach(figures.gaussian_histogram("initial weights / sqrt(2 / in_dim), over N(0, 1)", standardised))
    problem = stats.initialisation_problem(named, std_of=lambda in_dim: math.sqrt(2 / in_dim))
    shows = what_shows_it(layers, weights) if problem else None
    expect.that(problem is None, problem or "", shows=shows, likely=partial(wrong_draws, weights))


def what_shows_it(layers: list[Handle], weights: list[torch.Tensor]) -> Claim | None:
    """The first plain statement about two layers that these weights contradict; right ones are 6 deviations inside."""
    first, second = (weight.double() for weight in weights[:2])
    std = math.sqrt(2 / 784)
    sums = first.sum(0).std() / (first.std() * first.shape[0] ** 0.5)
    column_sums = "({0}.weight.sum(dim=0).std() / ({0}.weight.std() * 10)).item()"
    statements = {
        "assert len(torch.unique({0}.weight, dim=0)) == 100": len(torch.unique(first, dim=0)) == 100,
        "ratio = {0}.weight.std().item() / (2 / 784) ** 0.5\nassert abs(ratio - 1) < 0.02, ratio": (
            abs(first.std().item() / std - 1) < 0.02
        ),
        "mean = {0}.weight.mean().item() / (2 / 784) ** 0.5\nassert abs(mean) < 0.025, mean": (
            abs(first.mean().item() / std) < 0.025
        ),
        "# a Gaussian has 3 here\nkurtosis = (({0}.weight / {0}.weight.std()) ** 4).mean().item()\n"
        "assert 2.75 < kurtosis < 3.25, kurtosis": 2.75 < ((first / first.std()) ** 4).mean().item() < 3.25,
        f"# 1 for independent rows\nratio = {column_sums}\nassert 0.84 < ratio < 1.16, ratio": 0.84 < sums < 1.16,
        "r = ({0}.weight * {1}.weight).mean().item() / (2 / 784)  # 0 for independent layers\n"
        "assert abs(r) < 0.025, r": abs((first * second).mean().item() / std**2) < 0.025,
    }
    for code, holds in statements.items():
        if not holds:
            return claim(code, *layers[: 2 if "{1}" in code else 1])
    return None


def wrong_draws(weights: list[torch.Tensor]) -> dict[str, Callable[[], bool]]:
    """Mistakes in the initial weights, and whether these weights have them."""

    def scaled_by(std_of: Callable[[int, int], float]) -> Callable[[], bool]:
        return lambda: all(abs(w.double().std() / std_of(w.shape[1], w.shape[0]) - 1) < 0.02 for w in weights)

    constants = [(w.double().std() * math.sqrt(w.shape[1] / 2)).item() for w in weights]
    return {
        "torch.empty sets no weights: they are what happens to be in memory": lambda: never_set(*weights),
        "the weights are all zero, so that all units stay the same": lambda: not any(w.any() for w in weights),
        "the weights are constant, so that all units stay the same": lambda: all(w.min() == w.max() for w in weights),
        "torch.rand is uniform in [0, 1); torch.randn is Gaussian": lambda: all(
            w.min() >= 0 and w.max() > w.min() for w in weights
        ),
        "the weights are not scaled: multiply with sqrt(2 / in_dim)": scaled_by(lambda in_dim, out_dim: 1),
        "2 / in_dim is the variance; the standard deviation is its square root": scaled_by(lambda i, o: 2 / i),
        "divided by in_dim, not scaled by sqrt(2 / in_dim)": scaled_by(lambda i, o: 1 / i),
        "scaled by sqrt(1 / in_dim), not by sqrt(2 / in_dim)": scaled_by(lambda i, o: i**-0.5),
        "scaled by sqrt(2 / out_dim), not by sqrt(2 / in_dim)": scaled_by(lambda i, o: math.sqrt(2 / o)),
        "scaled by sqrt(2 / (in_dim + out_dim)), not by sqrt(2 / in_dim)": scaled_by(
            lambda i, o: math.sqrt(2 / (i + o))
        ),
        "all layers of a size start with the same weights: they are drawn once, or seeded": lambda: (
            torch.equal(weights[0], weights[1]) and bool(weights[0].any())
        ),
        "the scale is a constant times sqrt(2 / in_dim); the constant should be 1": lambda: (
            all(map(is_normal, weights)) and max(constants) < 1.02 * min(constants) and abs(constants[0] - 1) > 0.01
        ),
        "the rows repeat each other: one row is drawn and copied": lambda: all(
            w.any() and len(torch.unique(w, dim=0)) < len(w) for w in weights
        ),
        "the rows are not independent of each other: they share a part": lambda: all(
            (w.sum(0).std() / (w.std() * len(w) ** 0.5)) > 2 for w in weights
        ),
        "the scale is right, but the numbers are uniform: torch.randn is Gaussian": lambda: all(
            abs(kurtosis(w) - 1.8) < 0.05 and abs(w.mean() / w.std()) < 0.1 for w in weights
        ),
        "the scale is right, but the numbers follow a Laplace distribution: torch.randn is Gaussian": lambda: all(
            abs(kurtosis(w) - 6) < 1.5 for w in weights
        ),
        "the numbers are cut off at two standard deviations; a Gaussian has larger ones": lambda: all(
            1.9 < (w.abs().max() * math.sqrt(w.shape[1] / 2)) < 2.01 and kurtosis(w) > 2 for w in weights
        ),
        "the mean is not 0: a constant is added to Gaussian numbers": lambda: all(
            not is_normal(w) and abs(kurtosis(w) - 3) < 0.3 for w in weights
        ),
    }


def is_normal(weight: torch.Tensor) -> bool:
    """Whether the mean is 0 and the fourth moment is that of a Gaussian, whatever the scale."""
    return bool(abs(weight.mean() / weight.std()) < 0.03) and abs(kurtosis(weight) - 3) < 0.3


def kurtosis(weight: torch.Tensor) -> float:
    """The fourth moment of the standardised entries: 3 for a Gaussian, 1.8 for uniform numbers, 6 for Laplace's."""
    centred = weight.double() - weight.double().mean()
    return (centred / centred.std()).pow(4).mean().item()
