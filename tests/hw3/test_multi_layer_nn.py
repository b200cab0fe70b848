"""MultiLayerNN(in_dim, out_dim, hidden_dims): a deep ReLU network; its layers are in the ModuleList `.linears`."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from multi_layer_mistakes import (
    DETACHED,
    LIST_CHANGED,
    NAMES,
    NO_MODULE_LIST,
    ON_OUTPUT,
    wrong_lengths,
    wrong_networks,
    wrong_shapes,
)
from network_layers import (
    ERRORS,
    LEADING,
    MOST,
    SIGNATURE,
    Shape,
    called,
    differ,
    different_sizes,
    expect_apart,
    expect_gradients,
    expect_own,
    expect_parameters,
    expect_rows,
)
from settings_kept import expect_settings, settings_of

from grader.suite import (
    ANYTHING,
    Handle,
    RemoteSubmission,
    Values,
    check,
    claim,
    example,
    expect,
    given,
    oracles,
    render,
    strategies,
    take,
)

DIMS = strategies.sizes(6)
HIDDEN = strategies.lists(DIMS, min_size=1, max_size=4)
SIZES = different_sizes(3, 6)  # in_dim, hidden_dims, out_dim
EASY = Values("halves", 0)


def shapes_of(sizes: Sequence[int]) -> list[Shape]:
    """The shapes of the weights, by the sizes from the input to the output."""
    return [(after, before) for before, after in pairwise(sizes)]


def expect_module_list(model: Handle, module_list: Handle) -> None:
    """`.linears` is a ModuleList."""
    otherwise = f"{model!r}.linears is not a torch.nn.ModuleList, but of type {{type}}"
    shows = claim("assert isinstance({0}.linears, torch.nn.ModuleList), type({0}.linears)", model)
    likely = {NO_MODULE_LIST: lambda kind: kind in ("list", "tuple")}
    expect.is_instance(model.linears, module_list, otherwise=otherwise, shows=shows, likely=likely)


def expect_separate(model: Handle, weights: list[Handle]) -> None:
    """No two layers that follow each other have the same weights."""
    otherwise = f"two layers of {model!r} have the same weights, expected separate layers"
    for index, (first, second) in enumerate(pairwise(weights)):
        code = f"assert not torch.equal({{0}}.linears[{index}].weight, {{0}}.linears[{index + 1}].weight)"
        expect.is_true(differ(first, second), otherwise=otherwise, shows=claim(code, model))


@check(
    "MultiLayerNN",
    hint="ModuleList([Linear(a, b) for a, b in zip(dims[:-1], dims[1:])]) with all dimensions in order",
    errors=ERRORS | {"object has no attribute 'linears'": NAMES, "unexpected keyword argument": SIGNATURE},
)
@given(in_dim=DIMS, out_dim=DIMS, hidden_dims=HIDDEN)
@example(in_dim=2, out_dim=5, hidden_dims=[4, 3])
@example(in_dim=2, out_dim=5, hidden_dims=[2, 2])
def test_linears(submission: RemoteSubmission, in_dim: int, out_dim: int, hidden_dims: list[int]) -> None:
    """.linears is a ModuleList of len(hidden_dims) + 1 layers of your own Linear, which hold all the parameters."""
    dims, given_dims = (in_dim, hidden_dims, out_dim), submission.make_list(hidden_dims)
    model = submission.MultiLayerNN(in_dim, out_dim, given_dims)
    expect_module_list(model, submission.torch.nn.ModuleList)
    linears, listed = take(model.linears, MOST), take(model.parameters(), MOST)
    expect.length(linears, len(hidden_dims) + 1, what=f"{model!r}.linears", likely=wrong_lengths(listed, *dims))
    layers = [model.linears[index] for index in range(len(hidden_dims) + 1)]
    expect_own(layers, submission.Linear)
    weights = {f"linears[{index}]": layer.weight for index, layer in enumerate(layers)}
    for index, shape in enumerate(shapes_of([in_dim, *hidden_dims, out_dim])):
        expect.shape(layers[index].weight, shape, likely=wrong_shapes(listed, index, *dims))
    expect_parameters(model, listed, weights)
    expect_separate(model, list(weights.values()))
    what = "the caller's list hidden_dims after the call"
    expect.equal(given_dims, hidden_dims, what=what, likely={LIST_CHANGED: ANYTHING})
    expect_own_layers(submission, model, weights, *dims)


def expect_own_layers(
    submission: RemoteSubmission,
    model: Handle,
    weights: dict[str, Handle],
    in_dim: int,
    hidden_dims: list[int],
    out_dim: int,
) -> None:
    """Another network of these sizes, for which they are given by name, has layers of its own."""
    other = submission.MultiLayerNN(in_dim=in_dim, out_dim=out_dim, hidden_dims=hidden_dims)
    expect_apart(model, other, weights, [other.linears[index].weight for index in range(len(weights))])


@check("MultiLayerNN", hint="torch.relu after every layer but the last", errors=ERRORS)
@given(sizes=SIZES, rows=strategies.sizes(6), values=strategies.values(("halves", "normal")))
@example(sizes=[2, 2, 3, 2], rows=4, values=EASY)
@example(sizes=[2, 3, 1], rows=1, values=EASY)
def test_multi_layer_forward(submission: RemoteSubmission, sizes: list[int], rows: int, values: Values) -> None:
    """model(X) is WL relu(... relu(W1 x)) with the weights that .linears have then: ReLU after each but the last."""
    model, x = submission.MultiLayerNN(sizes[0], sizes[-1], sizes[1:-1]), values(rows, sizes[0])
    given_x = submission.tensor(x)
    for recording in (False, True):  # the second time with other weights: nothing is kept of the first
        weights = [values(*shape) for shape in shapes_of(sizes)]
        set_weights(model, weights)
        out = called(submission, model, given_x, recording=recording)
        what = f"{out!r} with other weights in the layers"
        expect.close(out, oracles.relu_network(x, weights), what=what, likely=wrong_networks(x, weights))


def set_weights(model: Handle, weights: Sequence[torch.Tensor]) -> list[Handle]:
    """Give the layers these weights, since the initial ones may be zero; the parameters, in order."""
    parameters = [model.linears[index].weight for index in range(len(weights))]
    for parameter, weight in zip(parameters, weights, strict=True):
        parameter.data = weight
    return parameters


@check("MultiLayerNN", hint="with no hidden layer there is one Linear(in_dim, out_dim), and no ReLU", errors=ERRORS)
@given(sizes=different_sizes(2, 2), rows=strategies.sizes(6, least=2), values=strategies.values(("halves", "normal")))
@example(sizes=[2, 3], rows=2, values=EASY)
def test_no_hidden_layer(submission: RemoteSubmission, sizes: list[int], rows: int, values: Values) -> None:
    """With hidden_dims=[] the model is a single linear layer."""
    in_dim, out_dim = sizes
    model, x = submission.MultiLayerNN(in_dim, out_dim, []), values(rows, in_dim).abs()
    model.linears[0].weight.data = weight = values(out_dim, in_dim)  # the initial ones may be zero
    out, layers = model(x), take(model.linears, MOST)
    what, likely = f"{out!r} with weight = {render(weight)},", {ON_OUTPUT: lambda: (x @ weight.T).relu()}
    expect.close(out, oracles.linear(x, weight), what=what, likely=likely)
    expect.length(layers, 1, what=f"{model!r}.linears")


@check("MultiLayerNN", hint="call the layers themselves in forward, and nothing that cuts the graph", errors=ERRORS)
@given(sizes=SIZES, rows=strategies.sizes(6, least=2), values=strategies.values(("halves", "normal")))
@example(sizes=[2, 3, 5, 4], rows=2, values=EASY)
@example(sizes=[2, 3, 5, 4], rows=3, values=EASY)
def test_multi_layer_gradients(submission: RemoteSubmission, sizes: list[int], rows: int, values: Values) -> None:
    """Gradients reach every layer, and torch's settings stay."""
    settings = settings_of(submission, "get_num_threads", "initial_seed")  # the grad mode is another check
    model, x = submission.MultiLayerNN(sizes[0], sizes[-1], sizes[1:-1]), values(rows, sizes[0])
    weights = [values(*shape) for shape in shapes_of(sizes)]
    parameters = set_weights(model, weights)
    upstream = values(rows, sizes[-1]) * oracles.away_from_kinks(x, weights)[:, None]
    out = model(x)
    expect_settings(submission, settings, after=repr(out))
    out.backward(upstream)
    expected, right = oracles.relu_network_gradients(x, weights, upstream), oracles.relu_network(x, weights)
    expect_gradients(parameters, expected, out, right, likely=DETACHED)


@check("MultiLayerNN", hint="relu and your Linear work for any number of leading dimensions", errors=ERRORS)
@given(sizes=SIZES, leading=LEADING, values=strategies.values(("halves", "normal")))
@example(sizes=[2, 3, 2], leading=[2, 2], values=EASY)
@example(sizes=[3, 8, 2], leading=[2, 3, 2], values=EASY)
def test_multi_layer_leading_dimensions(
    submission: RemoteSubmission, sizes: list[int], leading: list[int], values: Values
) -> None:
    """model(X) keeps the leading dimensions of X, and gives for each vector in it what it gives in a batch."""
    model, x = submission.MultiLayerNN(sizes[0], sizes[-1], sizes[1:-1]), values(*leading, sizes[0])
    set_weights(model, [values(*shape) for shape in shapes_of(sizes)])
    rows = model(x.reshape(-1, sizes[0]))
    out = model(x)
    expect_rows(out, rows, leading)
