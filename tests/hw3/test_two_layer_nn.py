"""TwoLayerNN(in_dim, hidden_dim, out_dim): W2 relu(W1 x), from two of the student's own Linear layers."""

from network_layers import MOST, Shape, differ, expect_gradients, expect_own, expect_parameters, expect_shapes
from two_layer_mistakes import DETACHED, EXTRA, NAMES, UNREGISTERED, wrong_networks, wrong_shapes

from grader.suite import Handle, RemoteSubmission, Values, check, claim, expect, given, oracles, strategies, take

DIMS = strategies.sizes(8)


def weights_of(model: Handle, shapes: list[Shape]) -> list[Handle]:
    """The weights of the two layers, of these shapes."""
    weights = [model.linear1.weight, model.linear2.weight]
    expect_shapes(weights, shapes)
    return weights


@check(
    "TwoLayerNN",
    hint="self.linear1 = Linear(in_dim, hidden_dim); self.linear2 = Linear(hidden_dim, out_dim)",
    errors={"object has no attribute 'linear1'": NAMES},
)
@given(in_dim=DIMS, hidden_dim=DIMS, out_dim=DIMS)
def test_two_layers(submission: RemoteSubmission, in_dim: int, hidden_dim: int, out_dim: int) -> None:
    """.linear1 and .linear2 are two layers of your own Linear, of the right shapes, and hold all the parameters."""
    model = submission.TwoLayerNN(in_dim, hidden_dim, out_dim)
    layers = [model.linear1, model.linear2]
    expect_own(layers, submission.Linear)
    first, second = (layer.weight for layer in layers)
    likely = wrong_shapes(first, in_dim, hidden_dim, out_dim)
    expect_shapes([first, second], [(hidden_dim, in_dim), (out_dim, hidden_dim)], likely=likely)
    listed, weights = take(model.parameters(), MOST), {"linear1": first, "linear2": second}
    expect_parameters(model, listed, weights, likely={UNREGISTERED: 0, EXTRA: 3})
    otherwise = f"{model!r}.linear1 and .linear2 have the same weights, expected two separate layers"
    shows = claim("assert not torch.equal({0}.linear1.weight, {0}.linear2.weight)", model)
    expect.is_true(differ(first, second), otherwise=otherwise, shows=shows)


@check("TwoLayerNN", hint="self.linear2(torch.relu(self.linear1(X))): ReLU between the layers, none on the output")
@given(in_dim=strategies.sizes(8, also=(100,)), hidden_dim=DIMS, out_dim=DIMS, rows=DIMS, values=strategies.values())
def test_two_layer_forward(
    submission: RemoteSubmission, in_dim: int, hidden_dim: int, out_dim: int, rows: int, values: Values
) -> None:
    """model(X) is W2 relu(W1 x) for each row x of X, with the weights of .linear1 and .linear2."""
    model, x = submission.TwoLayerNN(in_dim, hidden_dim, out_dim), values(rows, in_dim)
    w1, w2 = values(hidden_dim, in_dim), values(out_dim, hidden_dim)
    fresh = submission.TwoLayerNN(in_dim, hidden_dim, out_dim)
    initial = weights_of(fresh, [w1.shape, w2.shape])
    model.linear1.weight.data, model.linear2.weight.data = w1, w2
    out, with_initial = model(x), fresh(x)
    what = f"{out!r} with other weights in the layers"
    expect.close(out, oracles.relu_network(x, [w1, w2]), what=what, likely=wrong_networks(x, w1, w2))
    expect_shapes(initial, [w1.shape, w2.shape], what=f"a weight of {fresh!r} after the call")
    code = "torch.testing.assert_close({0}, {1}.linear2({1}.linear1({2}).clamp(min=0)), rtol=1e-4, atol=1e-4)"
    expected, likely = oracles.relu_network(x, initial), wrong_networks(x, *initial)
    expect.close(with_initial, expected, likely=likely, shows=claim(code, with_initial, fresh, x))


@check("TwoLayerNN", hint="call the layers themselves, self.linear1(X), and nothing that cuts the graph")
@given(in_dim=DIMS, hidden_dim=DIMS, out_dim=DIMS, rows=DIMS, values=strategies.values(("halves", "normal")))
def test_two_layer_gradients(
    submission: RemoteSubmission, in_dim: int, hidden_dim: int, out_dim: int, rows: int, values: Values
) -> None:
    """Gradients reach both layers."""
    model, x = submission.TwoLayerNN(in_dim, hidden_dim, out_dim), values(rows, in_dim)
    weights = [values(hidden_dim, in_dim), values(out_dim, hidden_dim)]  # the initial ones may be zero
    parameters = weights_of(model, [weight.shape for weight in weights])
    for parameter, weight in zip(parameters, weights, strict=True):
        parameter.data = weight
    upstream = values(rows, out_dim) * oracles.away_from_kinks(x, weights)[:, None]
    model(x).backward(upstream)
    expected = oracles.relu_network_gradients(x, weights, upstream)
    expect_gradients(parameters, expected, likely=DETACHED)
