"""TwoLayerNN(in_dim, hidden_dim, out_dim): W2 relu(W1 x), from two of the student's own Linear layers."""

from network_layers import (
    ERRORS,
    LEADING,
    MOST,
    SIGNATURE,
    called,
    differ,
    different_sizes,
    expect_apart,
    expect_gradients,
    expect_own,
    expect_parameters,
    expect_rows,
    expect_shapes,
)
from settings_kept import expect_settings, settings_of
from two_layer_mistakes import DETACHED, EXTRA, NAMES, UNREGISTERED, wrong_networks, wrong_shapes

from grader.suite import RemoteSubmission, Values, check, claim, example, expect, given, oracles, strategies, take

SIZES = different_sizes(3, 3)
EASY = Values("halves", 0)


@check(
    "TwoLayerNN",
    hint="self.linear1 = Linear(in_dim, hidden_dim); self.linear2 = Linear(hidden_dim, out_dim)",
    errors=ERRORS | {"object has no attribute 'linear1'": NAMES, "unexpected keyword argument": SIGNATURE},
)
@given(sizes=SIZES)
@example(sizes=[2, 2, 2])
def test_two_layers(submission: RemoteSubmission, sizes: list[int]) -> None:
    """.linear1 and .linear2 are two layers of your own Linear, of the right shapes, and hold all the parameters."""
    in_dim, hidden_dim, out_dim = sizes
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
    other = submission.TwoLayerNN(in_dim=in_dim, hidden_dim=hidden_dim, out_dim=out_dim)
    expect_apart(model, other, weights, [other.linear1.weight, other.linear2.weight])


@check(
    "TwoLayerNN",
    hint="self.linear2(torch.relu(self.linear1(X))): ReLU between the layers, none on the output",
    errors=ERRORS,
)
@given(sizes=SIZES, rows=strategies.sizes(8), values=strategies.values())
@example(sizes=[3, 5, 3], rows=4, values=EASY)
@example(sizes=[2, 3, 1], rows=1, values=EASY)
@example(sizes=[100, 8, 3], rows=2, values=Values("normal", 1))
def test_two_layer_forward(submission: RemoteSubmission, sizes: list[int], rows: int, values: Values) -> None:
    """model(X) is W2 relu(W1 x) for each row x of X, with the weights that .linear1 and .linear2 have then."""
    in_dim, hidden_dim, out_dim = sizes
    model, x = submission.TwoLayerNN(in_dim, hidden_dim, out_dim), values(rows, in_dim)
    given_x = submission.tensor(x)
    for recording in (False, True):  # the second time with other weights: nothing is kept of the first
        w1, w2 = values(hidden_dim, in_dim), values(out_dim, hidden_dim)
        model.linear1.weight.data, model.linear2.weight.data = w1, w2
        out = called(submission, model, given_x, recording=recording)
        what = f"{out!r} with other weights in the layers"
        expect.close(out, oracles.relu_network(x, [w1, w2]), what=what, likely=wrong_networks(x, w1, w2))


@check("TwoLayerNN", hint="call the layers themselves, self.linear1(X), and nothing that cuts the graph", errors=ERRORS)
@given(sizes=SIZES, rows=strategies.sizes(8, least=2), values=strategies.values(("halves", "normal")))
@example(sizes=[2, 3, 4], rows=2, values=EASY)
@example(sizes=[2, 3, 4], rows=3, values=EASY)
def test_two_layer_gradients(submission: RemoteSubmission, sizes: list[int], rows: int, values: Values) -> None:
    """Gradients reach both layers, and torch's settings stay."""
    settings = settings_of(submission, "get_num_threads", "initial_seed")  # the grad mode is another check
    in_dim, hidden_dim, out_dim = sizes
    model, x = submission.TwoLayerNN(in_dim, hidden_dim, out_dim), values(rows, in_dim)
    weights = [values(hidden_dim, in_dim), values(out_dim, hidden_dim)]  # the initial ones may be zero
    parameters = [model.linear1.weight, model.linear2.weight]
    for parameter, weight in zip(parameters, weights, strict=True):
        parameter.data = weight
    upstream = values(rows, out_dim) * oracles.away_from_kinks(x, weights)[:, None]
    out = model(x)
    expect_settings(submission, settings, after=repr(out))
    out.backward(upstream)
    expected, right = oracles.relu_network_gradients(x, weights, upstream), oracles.relu_network(x, weights)
    expect_gradients(parameters, expected, out, right, likely=DETACHED)


@check("TwoLayerNN", hint="relu and your Linear work for any number of leading dimensions", errors=ERRORS)
@given(sizes=SIZES, leading=LEADING, values=strategies.values(("halves", "normal")))
@example(sizes=[2, 3, 2], leading=[2, 2], values=EASY)
@example(sizes=[3, 8, 2], leading=[2, 3, 2], values=EASY)
def test_two_layer_leading_dimensions(
    submission: RemoteSubmission, sizes: list[int], leading: list[int], values: Values
) -> None:
    """model(X) keeps the leading dimensions of X, and gives for each vector in it what it gives in a batch."""
    model, x = submission.TwoLayerNN(*sizes), values(*leading, sizes[0])
    model.linear1.weight.data, model.linear2.weight.data = values(*sizes[1::-1]), values(*sizes[:0:-1])
    rows = model(x.reshape(-1, sizes[0]))
    out = model(x)
    expect_rows(out, rows, leading)
