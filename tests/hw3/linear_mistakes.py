"""Mistakes in Linear, and what each of them gives."""

import math
from collections.abc import Callable, Sequence

import torch

from grader.suite import Claim, Mistakes, claim, deferrable, mistakes, oracles

LAYERS = ((784, 100), (784, 100), (300, 40), (50, 400), (256, 512))  # whose initial weights are looked at
TRANSPOSED = "the weight has shape (in_dim, out_dim); it should be (out_dim, in_dim)"
SECOND = "the layer has a second parameter, such as a bias; it should have its weight only"
NOT_TRANSPOSED = "the weight is not transposed: the product is X W^T, not X W"
CONSTRUCTION_ERRORS = {
    "'Linear' object is not callable": "Linear is no Module: class Linear(Module) makes it callable",
    "before Module.__init__() call": "super().__init__() is not called first, so that Module can't register the weight",
    "super(type, obj): obj": "super() names another class than this one: super().__init__() needs no names",
    "'Linear' object has no attribute 'weight'": "the weight has another name; it should be stored as self.weight",
}
DETACHED_WEIGHT = "the weight is detached in forward (.data, .detach()), so that it gets no gradient"
DETACHED_INPUT = "the input is detached in forward, so that no gradient reaches the layers before"
FROZEN = "the weight is made with requires_grad=False; a Parameter requires a gradient by itself"
IN_PLACE = "forward changes its input in place"


@mistakes
def wrong_products(x: torch.Tensor, weight: torch.Tensor) -> Mistakes:
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


@mistakes
def stale_products(x: torch.Tensor, before: torch.Tensor, other: torch.Tensor, after: torch.Tensor) -> Mistakes:
    """Mistakes that take another weight than the one that was set, and what they give.

    before: the weight until then. other: that of another layer. after: the layer's own, as the call leaves it.
    """
    return {
        "forward changes the weight, so that nothing can be learned": lambda: oracles.linear(x, after),
        "forward returns what it has computed before; the weight has changed since then": (
            lambda: oracles.linear(x, before)
        ),
        "forward uses the weight of the layer that was made last: it is kept on the class, not in self": (
            lambda: oracles.linear(x, other)
        ),
    }


def never_set(*values: torch.Tensor) -> bool:
    """All entries are NaN, as they are where a worker's torch.empty made them."""
    return all(bool(value.isnan().all()) for value in values)


# --- initial weights --------------------------------------------------------------------------------------------------


@mistakes
def wrong_draws(weights: Sequence[torch.Tensor]) -> Mistakes:
    """Mistakes in the initial weights, and whether these weights have them."""

    def scaled_by(std_of: Callable[[int, int], float]) -> Callable[[], bool]:
        return lambda: all(abs(w.double().std() / std_of(w.shape[1], w.shape[0]) - 1) < 0.02 for w in weights)

    stds = [w.double().std().item() for w in weights]
    constants = [(w.double().std() * math.sqrt(w.shape[1] / 2)).item() for w in weights]
    return {
        "torch.empty sets no weights: they are what happens to be in memory": lambda: never_set(*weights),
        "the weights are all zero, so that all units stay the same": lambda: not any(w.any() for w in weights),
        "the weights are constant, so that all units stay the same": lambda: all(w.min() == w.max() for w in weights),
        "torch.rand is uniform in [0, 1); torch.randn is Gaussian": lambda: all(
            w.min() >= 0 and w.max() > w.min() for w in weights
        ),
        "the weights are not scaled: multiply with sqrt(2 / in_dim)": scaled_by(lambda in_dim, out_dim: 1),
        "the weights are scaled by one constant, whatever in_dim is: multiply with sqrt(2 / in_dim)": lambda: (
            all(map(is_normal, weights)) and max(stds) < 1.02 * min(stds)
        ),
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


@deferrable
def contradicted(layers: Sequence[object], weights: Sequence[torch.Tensor]) -> Claim | None:
    """The first plain statement about two layers that their weights contradict; right ones are 6 deviations inside.

    In the order in which stats.initialisation_problem looks: the snippet asserts what the message tells.
    """
    first, second = (weight.double() for weight in weights)
    std = math.sqrt(2 / 784)
    sums = first.sum(0).std() / (first.std() * first.shape[0] ** 0.5)
    column_sums = "({0}.weight.sum(dim=0).std() / ({0}.weight.std() * 10)).item()"
    statements = {
        "assert len(torch.unique({0}.weight, dim=0)) == 100": len(torch.unique(first, dim=0)) == 100,
        "mean = {0}.weight.mean().item() / (2 / 784) ** 0.5\nassert abs(mean) < 0.025, mean": (
            abs(first.mean().item() / std) < 0.025
        ),
        "ratio = {0}.weight.std().item() / (2 / 784) ** 0.5\nassert abs(ratio - 1) < 0.02, ratio": (
            abs(first.std().item() / std - 1) < 0.02
        ),
        "# a Gaussian has 3 here\nkurtosis = (({0}.weight / {0}.weight.std()) ** 4).mean().item()\n"
        "assert 2.75 < kurtosis < 3.25, kurtosis": 2.75 < ((first / first.std()) ** 4).mean().item() < 3.25,
        f"# 1 for independent rows\nratio = {column_sums}\nassert 0.84 < ratio < 1.16, ratio": 0.84 < sums < 1.16,
        "r = ({0}.weight * {1}.weight).mean().item() / (2 / 784)  # 0 for independent layers\n"
        "assert abs(r) < 0.025, r": abs((first * second).mean().item() / std**2) < 0.025,
    }
    code = next((code for code, holds in statements.items() if not holds), None)
    return None if code is None else claim(code, *layers[: 2 if "{1}" in code else 1])


def is_normal(weight: torch.Tensor) -> bool:
    """Whether the mean is 0 and the fourth moment is that of a Gaussian, whatever the scale."""
    return bool(abs(weight.mean() / weight.std()) < 0.03) and abs(kurtosis(weight) - 3) < 0.3


def kurtosis(weight: torch.Tensor) -> float:
    """The fourth moment of the standardised entries: 3 for a Gaussian, 1.8 for uniform numbers, 6 for Laplace's."""
    centred = weight.double() - weight.double().mean()
    return (centred / centred.std()).pow(4).mean().item()
