"""TwoLayerNN(in_dim, hidden_dim, out_dim): W2 relu(W1 x), from two of the student's own Linear layers."""

from functools import partial
from typing import Any

import torch
from hypothesis import given

from grader.suite import expect, oracles, strategies
from grader.suite.checks import check
from grader.suite.claims import claim
from grader.suite.handles import Handle, are_instances, examine, fetch, fetch_all, is_instance, later, prefetch, take
from grader.suite.strategies import Values

DIMS = strategies.sizes(8)


def weights_of(model: Handle, in_dim: int, hidden_dim: int, out_dim: int) -> list[Handle]:
    """The two weights. Their shapes are looked at with the next wait."""
    first, second = model.linear1.weight, model.linear2.weight
    later(partial(expect.shape, expected=(hidden_dim, in_dim), what=repr(first)), first)
    later(partial(expect.shape, expected=(out_dim, hidden_dim), what=repr(second)), second)
    return [first, second]


def expect_own(layers: list[Handle], linear: Handle) -> None:
    """The layers are instances of the student's own Linear."""
    if are_instances(layers, linear):
        return
    for layer in layers:
        expect.that(
            is_instance(layer, linear),
            f"{layer!r} is not an instance of your Linear",
            shows=claim("assert isinstance({0}, {1}), type({0})", layer, linear),
        )


NAMES = "a new model has no .linear1: they are called otherwise, or made when forward is called"
UNREGISTERED = "the model does not know its layers (a list hides them): self.linear1 = ... and self.linear2 = ..."
EXTRA = "there is a third parameter; the two weights are asked for"


@check(
    "TwoLayerNN",
    hint="self.linear1 = Linear(in_dim, hidden_dim); self.linear2 = Linear(hidden_dim, out_dim)",
    errors={"object has no attribute 'linear1'": NAMES},
)
@given(in_dim=DIMS, hidden_dim=DIMS, out_dim=DIMS)
def test_two_layers(submission: Any, in_dim: int, hidden_dim: int, out_dim: int) -> None:
    """.linear1 and .linear2 are two layers of your own Linear, of the right shapes, and hold all the parameters."""
    model = submission.TwoLayerNN(in_dim, hidden_dim, out_dim)
    shapes = {"linear1": (hidden_dim, in_dim), "linear2": (out_dim, hidden_dim)}
    layers = [getattr(model, name) for name in shapes]
    handles, listed = [layer.weight for layer in layers], take(model.parameters(), 4)
    prefetch(*handles, listed)
    expect_own(layers, submission.Linear)
    *values, given = fetch_all(*handles, listed)
    likely = wrong_shapes(values[0], in_dim, hidden_dim, out_dim)
    weights = [
        expect.shape(value, shape, what=repr(handle), likely=likely)
        for handle, value, shape in zip(handles, values, shapes.values(), strict=True)
    ]
    counts = {UNREGISTERED: 0, EXTRA: 3}
    parameters = expect.length(given, 2, what=f"list({model!r}.parameters())", likely=counts)
    for parameter, weight, name in zip(parameters, weights, shapes, strict=True):
        expect.equal(parameter, weight, what=f"the parameter of {model!r} that belongs to {name}")
    shared = weights[0].shape == weights[1].shape and bool((weights[0] == weights[1]).all())
    expect.that(
        not shared,
        f"{model!r}.linear1 and .linear2 have the same weights, expected two separate layers",
        shows=claim("assert not torch.equal({0}.linear1.weight, {0}.linear2.weight)", model),
    )


def wrong_shapes(first: object, in_dim: int, hidden_dim: int, out_dim: int) -> dict[str, tuple[int, ...]]:
    """Mistakes in the sizes of the first layer, and the shape of its weight. first: that weight."""
    units = first.shape[0] if isinstance(first, torch.Tensor) and first.dim() == 2 else 0
    return {
        "the sizes of a layer are swapped: Linear takes (in_dim, out_dim)": (in_dim, hidden_dim),
        "__init__ takes (in_dim, out_dim, hidden_dim); the order is (in_dim, hidden_dim, out_dim)": (out_dim, in_dim),
        f"the hidden layer has {units} units, whatever hidden_dim is": (units, in_dim),
    }


@check("TwoLayerNN", hint="self.linear2(torch.relu(self.linear1(X))): ReLU between the layers, none on the output")
@given(in_dim=strategies.sizes(8, also=(100,)), hidden_dim=DIMS, out_dim=DIMS, rows=DIMS, values=strategies.values())
def test_two_layer_forward(
    submission: Any, in_dim: int, hidden_dim: int, out_dim: int, rows: int, values: Values
) -> None:
    """model(X) is W2 relu(W1 x) for each row x of X, with the weights of .linear1 and .linear2."""
    model, x = submission.TwoLayerNN(in_dim, hidden_dim, out_dim), values(rows, in_dim)
    w1, w2 = values(hidden_dim, in_dim), values(out_dim, hidden_dim)
    fresh = submission.TwoLayerNN(in_dim, hidden_dim, out_dim)
    initial = weights_of(fresh, in_dim, hidden_dim, out_dim)
    model.linear1.weight.data, model.linear2.weight.data = w1, w2
    out, with_initial = model(x), fresh(x)
    prefetch(out, with_initial, *initial)
    what = f"{out!r} with other weights in the layers"
    expect.close(out, oracles.relu_network(x, [w1, w2]), what=what, likely=partial(wrong_networks, x, w1, w2))
    code = "torch.testing.assert_close({0}, {1}.linear2({1}.linear1({2}).clamp(min=0)), rtol=1e-4, atol=1e-4)"

    def look(actual: object, *then: object) -> None:
        shapes = (hidden_dim, in_dim), (out_dim, hidden_dim)
        what = f"a weight of {fresh!r} after the call"
        weights = [expect.shape(weight, shape, what=what) for weight, shape in zip(then, shapes, strict=True)]
        expected, likely = oracles.relu_network(x, weights), partial(wrong_networks, x, *weights)
        shows = claim(code, with_initial, fresh, x)
        expect.close(actual, expected, what=repr(with_initial), likely=likely, shows=shows)

    examine(look, with_initial, *initial)


def wrong_networks(x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor) -> expect.Mistakes:
    """Mistakes in forward, and what they give."""
    x, w1, w2 = x.double(), w1.double(), w2.double()
    h = x @ w1.T
    right = h.relu() @ w2.T
    return {
        "there is no ReLU between the layers, so that the network is linear": lambda: h @ w2.T,
        "a ReLU is applied to the output; logits may be negative": lambda: right.relu(),
        "the ReLU stands after both layers, not between them": lambda: (h @ w2.T).relu(),
        "a ReLU is applied to the input too": lambda: (x.relu() @ w1.T).relu() @ w2.T,
        "softmax is applied to the output; it should be logits": lambda: (
            right.softmax(-1),
            right.float().exp() / right.float().exp().sum(-1, keepdim=True),
        ),
        "the second layer is not applied": lambda: h.relu(),
        "the output is squeezed, which drops dimensions of size 1": lambda: right.squeeze(),
        "the nonlinearity is a sigmoid, not ReLU": lambda: h.sigmoid() @ w2.T,
        "the nonlinearity is tanh, not ReLU": lambda: h.tanh() @ w2.T,
        "the nonlinearity is a leaky ReLU: it lets negative values through": lambda: (
            torch.nn.functional.leaky_relu(h) @ w2.T
        ),
        "the nonlinearity cuts values above 1 off; ReLU has no upper end": lambda: h.clamp(0, 1) @ w2.T,
        "the nonlinearity is the absolute value, not ReLU": lambda: h.abs() @ w2.T,
        "the nonlinearity is GELU, not ReLU": lambda: torch.nn.functional.gelu(h) @ w2.T,
        "the nonlinearity is softplus, not ReLU": lambda: torch.nn.functional.softplus(h) @ w2.T,
        "the nonlinearity is a step: it gives ones and zeros": lambda: (h > 0).double() @ w2.T,
        "the nonlinearity keeps the negative values, not the positive ones": lambda: h.clamp(max=0) @ w2.T,
        "the input is added to the output": lambda: right + x,
    }


@check("TwoLayerNN", hint="call the layers themselves, self.linear1(X), and nothing that cuts the graph")
@given(in_dim=DIMS, hidden_dim=DIMS, out_dim=DIMS, rows=DIMS, values=strategies.values(("halves", "normal")))
def test_two_layer_gradients(
    submission: Any, in_dim: int, hidden_dim: int, out_dim: int, rows: int, values: Values
) -> None:
    """Gradients reach both layers."""
    model, x = submission.TwoLayerNN(in_dim, hidden_dim, out_dim), values(rows, in_dim)
    parameters = weights_of(model, in_dim, hidden_dim, out_dim)
    weights = [values(hidden_dim, in_dim), values(out_dim, hidden_dim)]  # the initial ones may be zero
    for parameter, weight in zip(parameters, weights, strict=True):
        parameter.data = weight
    upstream = values(rows, out_dim) * oracles.away_from_kinks(x, weights)[:, None]
    model(x).backward(upstream)
    expected = oracles.relu_network_gradients(x, weights, upstream)
    detached = "the hidden values are detached, so that the first layer gets no gradient"
    gradients = [parameter.grad for parameter in parameters]
    prefetch(*gradients)
    likely: expect.Likely = lambda: {} if fetch(gradients[-1]) is None else {detached: lambda: None}  # noqa: E731
    for parameter, gradient, oracle in zip(parameters, gradients, expected, strict=True):
        what = f"the gradient that reaches {parameter!r}"
        expect.close(gradient, oracle, what=what, likely=likely)
