"""MultiLayerNN(in_dim, out_dim, hidden_dims): a deep ReLU network; its layers are in the ModuleList `.linears`."""

from itertools import pairwise

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
from network_layers import MOST, Shape, differ, expect_gradients, expect_own, expect_parameters, expect_shapes

from grader.suite import (
    ANYTHING,
    Claim,
    Handle,
    RemoteSubmission,
    Values,
    check,
    claim,
    expect,
    given,
    oracles,
    render,
    strategies,
    take,
)

DIMS = strategies.sizes(6)
HIDDEN = strategies.lists(DIMS, min_size=1, max_size=4)


def shapes_of(in_dim: int, hidden_dims: list[int], out_dim: int) -> list[Shape]:
    """The shapes of the weights, from the input to the output."""
    return [(after, before) for before, after in pairwise([in_dim, *hidden_dims, out_dim])]


def weights_of(model: Handle, shapes: list[Shape]) -> list[Handle]:
    """The weights of the layers in `.linears`, of these shapes."""
    weights = [model.linears[index].weight for index in range(len(shapes))]
    expect_shapes(weights, shapes)
    return weights


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
    errors={"object has no attribute 'linears'": NAMES},
)
@given(in_dim=DIMS, out_dim=DIMS, hidden_dims=HIDDEN)
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
    for index, (weight, shape) in enumerate(zip(weights.values(), shapes_of(*dims), strict=True)):
        expect.shape(weight, shape, likely=wrong_shapes(listed, index, *dims))
    expect_parameters(model, listed, weights)
    expect_separate(model, list(weights.values()))
    what = "the caller's list hidden_dims after the call"
    expect.equal(given_dims, hidden_dims, what=what, likely={LIST_CHANGED: ANYTHING})


@check("MultiLayerNN", hint="torch.relu after every layer but the last")
@given(in_dim=DIMS, out_dim=DIMS, hidden_dims=HIDDEN, rows=DIMS, values=strategies.values(("halves", "normal")))
def test_multi_layer_forward(
    submission: RemoteSubmission, in_dim: int, out_dim: int, hidden_dims: list[int], rows: int, values: Values
) -> None:
    """model(X) is WL relu(... relu(W1 x)) with the weights of .linears: ReLU after each layer but the last."""
    fresh, x = submission.MultiLayerNN(in_dim, out_dim, hidden_dims), values(rows, in_dim)
    shapes = shapes_of(in_dim, hidden_dims, out_dim)
    initial, weights = weights_of(fresh, shapes), [values(*shape) for shape in shapes]
    model = submission.MultiLayerNN(in_dim, out_dim, hidden_dims)
    for index, weight in enumerate(weights):
        model.linears[index].weight.data = weight
    out, with_initial = model(x), fresh(x)
    what = f"{out!r} with other weights in the layers"
    expect.close(out, oracles.relu_network(x, weights), what=what, likely=wrong_networks(x, weights))
    expect_shapes(initial, shapes, what=f"a weight of {fresh!r} after the call")
    expected, likely = oracles.relu_network(x, initial), wrong_networks(x, initial)
    expect.close(with_initial, expected, likely=likely, shows=network_claim(with_initial, x, fresh, len(shapes)))


def network_claim(out: Handle, x: object, model: Handle, count: int) -> Claim:
    """That `out` is what so many layers of the model make of x, with ReLU between them, as Python."""
    layers = "{1}"
    for index in range(count):
        layers = f"{{2}}.linears[{index}]({layers})" + (".clamp(min=0)" if index + 1 < count else "")
    return claim(f"torch.testing.assert_close({{0}}, {layers}, rtol=1e-4, atol=1e-4)", out, x, model)


@check("MultiLayerNN", hint="with no hidden layer there is one Linear(in_dim, out_dim), and no ReLU")
@given(in_dim=DIMS, out_dim=DIMS, rows=DIMS, values=strategies.values(("halves", "normal")))
def test_no_hidden_layer(submission: RemoteSubmission, in_dim: int, out_dim: int, rows: int, values: Values) -> None:
    """With hidden_dims=[] the model is a single linear layer."""
    model, x = submission.MultiLayerNN(in_dim, out_dim, []), values(rows, in_dim)
    weights_of(model, [(out_dim, in_dim)])
    model.linears[0].weight.data = weight = values(out_dim, in_dim)  # the initial ones may be zero
    out, layers = model(x), take(model.linears, MOST)
    what, likely = f"{out!r} with weight = {render(weight)},", {ON_OUTPUT: lambda: (x @ weight.T).relu()}
    expect.close(out, oracles.linear(x, weight), what=what, likely=likely)
    expect.length(layers, 1, what=f"{model!r}.linears")


@check("MultiLayerNN", hint="keep the layers in a ModuleList, and call the layers themselves in forward")
@given(in_dim=DIMS, out_dim=DIMS, hidden_dims=HIDDEN, rows=DIMS, values=strategies.values(("halves", "normal")))
def test_multi_layer_gradients(
    submission: RemoteSubmission, in_dim: int, out_dim: int, hidden_dims: list[int], rows: int, values: Values
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
    expect_gradients(parameters, expected, likely=DETACHED)
