"""MultiLayerNN(in_dim, out_dim, hidden_dims): a deep ReLU network; its layers are in the ModuleList `.linears`."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.suite import expect, oracles, strategies
from grader.suite.checks import check
from grader.suite.claims import claim
from grader.suite.handles import (
    Handle,
    are_instances,
    examine,
    fetch,
    fetch_all,
    is_instance,
    later,
    prefetch,
    render,
    take,
    type_name,
)
from grader.suite.strategies import Values

DIMS = strategies.sizes(6)
HIDDEN = st.lists(DIMS, min_size=1, max_size=4)
MOST = 8  # layers to look for

Shapes = list[tuple[int, int]]


def shapes_of(in_dim: int, hidden_dims: list[int], out_dim: int) -> Shapes:
    """The shapes of the weights, from the input to the output."""
    return [(after, before) for before, after in pairwise([in_dim, *hidden_dims, out_dim])]


def weights_of(model: Handle, shapes: Shapes) -> list[Handle]:
    """The weights of `.linears`. Their shapes are looked at with the next wait."""
    weights = [model.linears[index].weight for index in range(len(shapes))]
    for weight, shape in zip(weights, shapes, strict=True):
        later(partial(expect.shape, expected=shape, what=repr(weight)), weight)
    return weights


NAMES = "a new model has no .linears: the list has another name, or is made when forward is called"
SWAPPED = "the sizes of each layer are swapped: Linear takes (in_dim, out_dim)"
NO_MODULE_LIST = "the layers are in a list or tuple of Python's, where Module does not find their parameters"
LIST_CHANGED = "the list of the caller is changed: append, insert and += work in place"


@check(
    "MultiLayerNN",
    hint="ModuleList([Linear(a, b) for a, b in zip(dims[:-1], dims[1:])]) with all dimensions in order",
    errors={"object has no attribute 'linears'": NAMES},
)
@given(in_dim=DIMS, out_dim=DIMS, hidden_dims=HIDDEN)
def test_linears(submission: Any, in_dim: int, out_dim: int, hidden_dims: list[int]) -> None:
    """.linears is a ModuleList of len(hidden_dims) + 1 layers of your own Linear, which hold all the parameters."""
    given_dims = submission.make_list(hidden_dims)
    model = submission.MultiLayerNN(in_dim, out_dim, given_dims)
    taken = take(model.linears, MOST), take(model.parameters(), MOST)
    prefetch(*taken)
    if not is_instance(model.linears, submission.torch.nn.ModuleList):
        kind = type_name(model.linears)
        expect.that(
            False,
            f"{model!r}.linears is not a torch.nn.ModuleList, but of type {kind}",
            shows=claim("assert isinstance({0}.linears, torch.nn.ModuleList), type({0}.linears)", model),
            likely=lambda: {NO_MODULE_LIST: lambda: kind in ("list", "tuple")},
        )
    dims = list(pairwise([in_dim, *hidden_dims, out_dim]))
    given, listed = fetch_all(*taken)
    wrong = explaining_dims(listed, in_dim, hidden_dims, out_dim)
    lengths = {text: len(chain) - 1 for text, chain in wrong.items()}
    expect.length(given, len(dims), what=f"{model!r}.linears", likely=lengths)
    layers = [model.linears[index] for index in range(len(dims))]
    handles = [layer.weight for layer in layers]
    prefetch(*handles, given_dims)
    if not are_instances(layers, submission.Linear):
        for layer in layers:
            expect.that(
                is_instance(layer, submission.Linear),
                f"{layer!r} is not an instance of your Linear",
                shows=claim("assert isinstance({0}, {1}), type({0})", layer, submission.Linear),
            )
    weights = [
        expect.shape(
            handle, (b, a), likely={SWAPPED: (a, b), **{text: c[index : index + 2][::-1] for text, c in wrong.items()}}
        )
        for index, (handle, (a, b)) in enumerate(zip(handles, dims, strict=True))
    ]
    parameters = expect.length(listed, len(dims), what=f"list({model!r}.parameters())")
    for index, (parameter, weight) in enumerate(zip(parameters, weights, strict=True)):
        expect.equal(parameter, weight, what=f"the parameter of {model!r} that belongs to linears[{index}]")
    for index, (first, second) in enumerate(pairwise(weights)):
        shared = first.shape == second.shape and bool((first == second).all())
        code = f"assert not torch.equal({{0}}.linears[{index}].weight, {{0}}.linears[{index + 1}].weight)"
        message = f"two layers of {model!r} have the same weights, expected separate layers"
        expect.that(not shared, message, shows=claim(code, model))
    after = fetch(given_dims)
    what = "the caller's list hidden_dims after the call"
    expect.equal(after, hidden_dims, what=what, likely=lambda: {LIST_CHANGED: lambda: after})


def explaining_dims(weights: object, in_dim: int, hidden_dims: list[int], out_dim: int) -> dict[str, list[int]]:
    """Mistakes in the sizes from the input to the output that give weights of these shapes."""
    shapes = [tuple(w.shape) for w in weights if isinstance(w, torch.Tensor)] if isinstance(weights, list) else []
    found = {}
    for text, hidden in {
        "only the first hidden dimension is used": hidden_dims[:1],
        "the last hidden dimension is left out": hidden_dims[:-1],
        "the first hidden dimension is left out": hidden_dims[1:],
        "the hidden dimensions are used in reverse order": hidden_dims[::-1],
        "the hidden dimensions are sorted": sorted(hidden_dims),
        "hidden dimensions that occur twice are used once": list(dict.fromkeys(hidden_dims)),
        "all hidden layers get the size of the first one": [hidden_dims[0]] * len(hidden_dims),
        "there is one layer too many, from out_dim to out_dim": [*hidden_dims, out_dim],
    }.items():
        chain = [in_dim, *hidden, out_dim]
        if hidden != hidden_dims and shapes == [(b, a) for a, b in pairwise(chain)]:
            found[text] = chain
    return found


@check("MultiLayerNN", hint="torch.relu after every layer but the last")
@given(in_dim=DIMS, out_dim=DIMS, hidden_dims=HIDDEN, rows=DIMS, values=strategies.values(("halves", "normal")))
def test_multi_layer_forward(
    submission: Any, in_dim: int, out_dim: int, hidden_dims: list[int], rows: int, values: Values
) -> None:
    """model(X) is WL relu(... relu(W1 x)) with the weights of .linears: ReLU after each layer but the last."""
    fresh, x = submission.MultiLayerNN(in_dim, out_dim, hidden_dims), values(rows, in_dim)
    shapes = shapes_of(in_dim, hidden_dims, out_dim)
    initial_handles = weights_of(fresh, shapes)
    weights = [values(*shape) for shape in shapes]
    model = submission.MultiLayerNN(in_dim, out_dim, hidden_dims)
    for index, weight in enumerate(weights):
        model.linears[index].weight.data = weight
    out, with_initial = model(x), fresh(x)
    prefetch(out, with_initial, *initial_handles)
    what = f"{out!r} with other weights in the layers"
    expect.close(out, oracles.relu_network(x, weights), what=what, likely=partial(wrong_networks, x, weights))
    layers = "{1}"
    for index in range(len(shapes)):
        layers = f"{{2}}.linears[{index}]({layers})" + (".clamp(min=0)" if index + 1 < len(shapes) else "")
    shows = claim(f"torch.testing.assert_close({{0}}, {layers}, rtol=1e-4, atol=1e-4)", with_initial, x, fresh)

    def look(actual: object, *then: object) -> None:
        what = f"a weight of {fresh!r} after the call"
        initial = [expect.shape(weight, shape, what=what) for weight, shape in zip(then, shapes, strict=True)]
        likely, expected = partial(wrong_networks, x, initial), oracles.relu_network(x, initial)
        expect.close(actual, expected, what=repr(with_initial), likely=likely, shows=shows)

    examine(look, with_initial, *initial_handles)


def wrong_networks(x: torch.Tensor, weights: list[torch.Tensor]) -> expect.Mistakes:
    """Mistakes in forward, and what they give."""
    wide = [weight.double() for weight in weights]

    def network(activation: Callable[[torch.Tensor, int], torch.Tensor], *, on_input: bool = False) -> torch.Tensor:
        """activation(values of a layer, its number from 0) stands after every layer, also the last."""
        layer = x.double().relu() if on_input else x.double()
        for index, weight in enumerate(wide):
            layer = activation(layer @ weight.T, index)
        return layer

    def hidden(activation: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[], torch.Tensor]:
        return lambda: network(lambda h, index: activation(h) if index < last else h)

    last = len(weights) - 1
    return {
        "there is no ReLU between the layers, so that the network is linear": hidden(lambda h: h),
        "a ReLU is applied after the last layer, too; logits may be negative": lambda: network(
            lambda h, index: h.relu()
        ),
        "a ReLU is applied to the input, too": lambda: network(
            lambda h, index: h.relu() if index < last else h, on_input=True
        ),
        "there is a ReLU after the first layer only": lambda: network(lambda h, index: h if index else h.relu()),
        "there is no ReLU after the last hidden layer: the loop ends one layer too early": lambda: network(
            lambda h, index: h.relu() if index < last - 1 else h
        ),
        "the nonlinearity is a sigmoid, not ReLU": hidden(torch.sigmoid),
        "the nonlinearity is tanh, not ReLU": hidden(torch.tanh),
        "the nonlinearity is a leaky ReLU: it lets negative values through": hidden(torch.nn.functional.leaky_relu),
        "the nonlinearity cuts values above 1 off; ReLU has no upper end": hidden(lambda h: h.clamp(0, 1)),
        "the nonlinearity is the absolute value, not ReLU": hidden(torch.abs),
    }


@check("MultiLayerNN", hint="with no hidden layer there is one Linear(in_dim, out_dim), and no ReLU")
@given(in_dim=DIMS, out_dim=DIMS, rows=DIMS, values=strategies.values(("halves", "normal")))
def test_no_hidden_layer(submission: Any, in_dim: int, out_dim: int, rows: int, values: Values) -> None:
    """With hidden_dims=[] the model is a single linear layer."""
    model, x = submission.MultiLayerNN(in_dim, out_dim, []), values(rows, in_dim)
    weights_of(model, [(out_dim, in_dim)])
    model.linears[0].weight.data = weight = values(out_dim, in_dim)  # the initial ones may be zero
    out, layers = model(x), take(model.linears, MOST)
    prefetch(out, layers)
    what = f"{out!r} with weight = {render(weight)},"
    on_output = "a ReLU is applied to the output; logits may be negative"
    likely: expect.Likely = lambda: {on_output: lambda: (x @ weight.T).relu()}  # noqa: E731
    expect.close(out, oracles.linear(x, weight), what=what, likely=likely)
    examine(partial(expect.length, expected=1, what=f"{model!r}.linears"), layers)


@check("MultiLayerNN", hint="keep the layers in a ModuleList, and call the layers themselves in forward")
@given(in_dim=DIMS, out_dim=DIMS, hidden_dims=HIDDEN, rows=DIMS, values=strategies.values(("halves", "normal")))
def test_multi_layer_gradients(
    submission: Any, in_dim: int, out_dim: int, hidden_dims: list[int], rows: int, values: Values
) -> None:
    """Gradients reach every layer."""
    model, x = submission.MultiLayerNN(in_dim, out_dim, hidden_dims), values(rows, in_dim)
    shapes = shapes_of(in_dim, hidden_dims, out_dim)
    parameters = weights_of(model, shapes)
    weights = [values(*shape) for shape in shapes]  # the initial ones may be zero
    for parameter, weight in zip(parameters, weights, strict=True):
        parameter.data = weight
    upstream = values(rows, out_dim) * oracles.away_from_kinks(x, weights)[:, None]
    model(x).backward(upstream)
    expected = oracles.relu_network_gradients(x, weights, upstream)
    detached = "the values are detached between the layers, so that only the last layer gets a gradient"
    gradients = [parameter.grad for parameter in parameters]
    prefetch(*gradients)
    likely: expect.Likely = lambda: {} if fetch(gradients[-1]) is None else {detached: lambda: None}  # noqa: E731
    for parameter, gradient, oracle in zip(parameters, gradients, expected, strict=True):
        what = f"the gradient that reaches {parameter!r}"
        expect.close(gradient, oracle, what=what, likely=likely)
