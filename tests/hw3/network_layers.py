"""What TwoLayerNN and MultiLayerNN are expected to have in common: layers of the student's own Linear."""

from collections.abc import Mapping, Sequence

import torch

from grader.suite import (
    Expected,
    Handle,
    Likely,
    Mistakes,
    RemoteSubmission,
    claim,
    deferrable,
    expect,
    mistakes,
    strategies,
    value,
)

Shape = Sequence[int]  # of a weight: (out_dim, in_dim)
MOST = 8  # layers or parameters to look for
ANY_SIZE = 1e30  # what a gradient may be off by where the output is wrong already
NOT_A_MODULE = "the class is not a Module: it needs Module in brackets behind its name"
ERRORS = {
    "before Module.__init__() call": "super().__init__() is missing in __init__, or comes after the first layer",
    "super(type, obj): obj": "super(...) names another class: write super().__init__(), without arguments",
    "object is not callable": NOT_A_MODULE,
    "object has no attribute 'parameters'": NOT_A_MODULE,
}
SIGNATURE = "an argument of __init__ has another name than in the hand-out, or is left out"
SHARED = "the layers belong to the class, or to all networks of these sizes: each network makes its own in __init__"
SEEDED = "__init__ sets the seed, so that all networks start with the same weights"
FLATTENED = "the leading dimensions are flattened, and not restored"
LEADING = strategies.lists(strategies.sizes(3, least=2), min_size=2, max_size=3)  # before the last dimension of X


def different_sizes(fewest: int, most: int) -> strategies.SearchStrategy[list[int]]:
    """So many sizes from the input to the output, of which no two are the same and none is 1.

    Each size says where it came from, and no mistake hides or shows by chance: what needs sizes that are the same, or
    1, stands in examples of the check that it belongs to.
    """
    return strategies.lists(strategies.sizes(8, least=2), min_size=fewest, max_size=most, unique=True)


def expect_own(layers: Sequence[Handle], linear: Handle) -> None:
    """The layers are instances of the student's own Linear."""
    for layer in layers:
        shows = claim("assert isinstance({0}, {1}), type({0})", layer, linear)
        expect.is_instance(layer, linear, otherwise=f"{layer!r} is not an instance of your Linear", shows=shows)


def expect_shapes(
    weights: Sequence[Handle], shapes: Sequence[Shape], *, what: str | None = None, likely: Likely = expect.NONE
) -> None:
    """The weights have these shapes.

    what: how to call each of them. likely: mistakes, and the shape that each would give.
    """
    for weight, shape in zip(weights, shapes, strict=True):
        expect.shape(weight, shape, what=what, likely=likely)


def expect_parameters(
    model: Handle, listed: Handle, weights: Mapping[str, Handle], *, likely: Likely = expect.NONE
) -> None:
    """The list of the model's parameters holds these weights, by the names of their layers, and no more.

    likely: mistakes, and the number of parameters that each would give.
    """
    expect.length(listed, len(weights), what=f"list({model!r}.parameters())", likely=likely)
    for index, (name, weight) in enumerate(weights.items()):
        expect.equal(listed[index], weight, what=f"the parameter of {model!r} that belongs to {name}")


def expect_apart(model: Handle, other: Handle, weights: Mapping[str, Handle], others: Sequence[Handle]) -> None:
    """Two networks have no layer in common, and start with weights of their own.

    weights: those of the model, by the names of their layers. others: those of the other one, in the same order.
    """
    for (name, weight), theirs in zip(weights.items(), others, strict=True):
        first, second = value(weight), value(theirs)
        theirs.data = mark = torch.full((2, 2), 7.0)
        otherwise = f"{model!r} and {other!r} share {name}, expected layers of their own"
        shows = claim(f"assert {{0}}.{name}.weight is not {{1}}.{name}.weight", model, other)
        expect.is_true(differ(weight, mark), otherwise=otherwise, shows=shows, likely={SHARED: True})
        otherwise = f"{model!r} and {other!r} start with the same weight in {name}, expected random ones"
        shows = claim(f"assert not torch.equal({{0}}.{name}.weight, {{1}}.{name}.weight)", model, other)
        expect.is_true(differ(first, second), otherwise=otherwise, shows=shows, likely={SEEDED: True})


def called(submission: RemoteSubmission, model: Handle, x: Handle, *, recording: bool) -> Handle:
    """model(x), where gradients are recorded or not: the call leaves that as it was, and gives the dtype of x."""
    submission.torch.set_grad_enabled(recording)
    out = model(x)
    after = submission.torch.is_grad_enabled()
    mode = "torch.enable_grad()" if recording else "torch.no_grad()"
    otherwise = f"{out!r} under {mode} leaves torch.is_grad_enabled() as {not recording}"
    code = f"with {mode}:\n    {{0}}({{1}})\n    assert torch.is_grad_enabled() is {recording}"
    expect.is_true(_is(after, recording), otherwise=otherwise, shows=claim(code, model, x))
    expect.dtype(out, torch.float32, why="as the input")
    return out


def expect_gradients(
    parameters: Sequence[Handle], expected: Sequence[Expected], out: object, right: Expected, *, likely: str
) -> None:
    """The gradients of the weights, from the first layer to the last, where the output is right.

    Where it is not, that costs the points of another check, and the gradients have to be there alone.
    likely: the mistake if only the last weight has a gradient.
    """
    gradients = [parameter.grad for parameter in parameters]
    explained = _only_the_last(gradients[-1], likely)
    for parameter, gradient, oracle in zip(parameters, gradients, expected, strict=True):
        allowed = _where_right(oracle, out, right)
        expect.close(gradient, allowed, what=f"the gradient that reaches {parameter!r}", likely=explained)


@deferrable
def _where_right(gradient: Expected, out: torch.Tensor, right: Expected) -> Expected:
    is_right = out.shape == right.value.shape and bool(((out.double() - right.value).abs() <= right.bound).all())
    return gradient if is_right else Expected(gradient.value, torch.full_like(gradient.value, ANY_SIZE))


def expect_rows(out: Handle, rows: Handle, leading: Sequence[int]) -> None:
    """What the network gives for a batch with these leading dimensions is what it gives for the rows of that batch.

    rows: what it gives for them, one below another.
    """
    shows = claim("torch.testing.assert_close({0}, {1}.reshape(*{2}, -1), rtol=1e-3, atol=1e-3)", out, rows, leading)
    expect.close(out, _as_rows(rows, leading), likely=_flattened(rows), shows=shows)


@deferrable
def _as_rows(rows: torch.Tensor, leading: Sequence[int]) -> Expected:
    # The bound is wide: it is about the places of the numbers, and both are the network's own.
    expected = rows.double().reshape(*leading, rows.shape[-1])
    return Expected(expected, 1e-4 * (1.0 + expected.abs()))


@mistakes
def _flattened(rows: torch.Tensor) -> Mistakes:
    return {FLATTENED: rows}


@mistakes
def _only_the_last(last: object, mistake: str) -> Mistakes:
    """The mistake gives the other gradients as None. last: the gradient of the last weight."""
    return {} if last is None else {mistake: None}


@deferrable
def differ(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Whether two weights are not the same numbers."""
    return first.shape != second.shape or not bool((first == second).all())


@deferrable
def _is(actual: object, expected: bool) -> bool:
    return actual is expected
