"""What TwoLayerNN and MultiLayerNN are expected to have in common: layers of the student's own Linear."""

from collections.abc import Mapping, Sequence

import torch

from grader.suite import Expected, Handle, Likely, Mistakes, claim, deferrable, expect, mistakes

Shape = Sequence[int]  # of a weight: (out_dim, in_dim)
MOST = 8  # layers or parameters to look for


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


def expect_gradients(parameters: Sequence[Handle], expected: Sequence[Expected], *, likely: str) -> None:
    """The gradients of the weights, from the first layer to the last. likely: the mistake if only the last has one."""
    gradients = [parameter.grad for parameter in parameters]
    explained = _only_the_last(gradients[-1], likely)
    for parameter, gradient, oracle in zip(parameters, gradients, expected, strict=True):
        expect.close(gradient, oracle, what=f"the gradient that reaches {parameter!r}", likely=explained)


@mistakes
def _only_the_last(last: object, mistake: str) -> Mistakes:
    """The mistake gives the other gradients as None. last: the gradient of the last weight."""
    return {} if last is None else {mistake: None}


@deferrable
def differ(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Whether two weights are not the same numbers."""
    return first.shape != second.shape or not bool((first == second).all())
