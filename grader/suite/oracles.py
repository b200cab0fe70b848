"""Oracles: expected values in float64, each with the rounding bound of a right float32 computation.

    x, weight = torch.ones(2, 3), torch.full((4, 3), 0.5)
    oracles.linear(x, weight).value  # (2, 4) float64, all 1.5
    oracles.linear(x, weight).bound  # (2, 4) float64: what a right float32 sum may be off by

Tensors that go in are float32 unless it says otherwise, or handles; tensors that come out are float64.

A float32 sum of n products in any order differs from the exact one by at most about n * eps * sum |x| |w| (Higham,
Accuracy and Stability of Numerical Algorithms, section 3.1). Constant tolerances are either too tight for long sums or
too wide for short ones, so each oracle derives its own bound. `of` derives one for any function, by disturbing it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import torch

from grader.suite.deferred import deferrable
from grader.suite.rounding import EPS as EPS
from grader.suite.rounding import TINY as TINY
from grader.suite.rounding import Expected as Expected
from grader.suite.rounding import of as of

ROWS: Final = 500  # computed at a time: in float64, with bounds, the 10,000 test images take 250 MB


@deferrable
def exact(value: torch.Tensor) -> Expected:
    """The value itself, up to one rounding to float32. value: any shape, and so is the result."""
    value = value.double()
    return Expected(value, EPS * value.abs() + TINY)


@deferrable
def linear(x: torch.Tensor, weight: torch.Tensor) -> Expected:
    """X W^T. x: (..., in_dim); weight: (out_dim, in_dim); result (..., out_dim)."""
    return relu_network(x, [weight])


def exact_input(x: torch.Tensor) -> Expected:
    """An input that carries no error, of any shape: to go on with in an oracle of your own."""
    return Expected(x.double(), torch.zeros((), dtype=torch.float64))


@deferrable
def relu_network(x: torch.Tensor, weights: Sequence[torch.Tensor]) -> Expected:
    """WL relu(... relu(W1 x)). x: (..., in_dim); weights: [(out, in), ...]; errors are carried through each layer."""
    if x.dim() > 1 and len(x) > ROWS:
        blocks = [relu_network(block, weights) for block in torch.split(x, ROWS)]
        return Expected(torch.cat([b.value for b in blocks]), torch.cat([b.bound for b in blocks]))
    layer = exact_input(x)
    for weight in weights[:-1]:
        layer = _matmul(layer, weight.double())
        layer = Expected(layer.value.clamp_min(0.0), layer.bound)  # relu does not enlarge an error
    return _matmul(layer, weights[-1].double())


def _matmul(x: Expected, weight: torch.Tensor) -> Expected:
    n = weight.shape[1]
    sizes = weight.abs().T
    carried = x.bound @ sizes if x.bound.any() else torch.zeros(())  # an input that carries no error
    size = x.value.abs() @ sizes + carried
    # n products and n - 1 additions, and one rounding for a result computed wider; n * eps stays far below 1 here.
    return Expected(x.value @ weight.T, (n + 1) * EPS * size + carried + TINY)


@deferrable
def cross_entropy(logits: torch.Tensor, y: torch.Tensor) -> Expected:
    """Mean over the batch of log sum_j exp(z_j) - z_y, 0-d. logits: (N, k); y: (N,) int64 in [0, k)."""
    z = logits.double()
    n, k = z.shape
    loss = torch.logsumexp(z, dim=1) - z.gather(1, y[:, None])[:, 0]
    # Each row: the shift, the k-term sum, the logarithm and two subtractions round, all at the size of the logits
    # (the largest |z|) or of log k; then the mean of N terms rounds at the size of the losses.
    row = EPS * (4 * z.abs().amax(dim=1) + (k + 4) + 2 * math.log(k))
    return Expected(loss.mean(), row.mean() + (n + 2) * EPS * loss.abs().mean() + TINY)


@deferrable
def cross_entropy_gradient(logits: torch.Tensor, y: torch.Tensor) -> Expected:
    """Gradient of the mean loss by the logits: (softmax - onehot) / N. Shapes as in `cross_entropy`; result (N, k)."""
    z = logits.double()
    n, k = z.shape
    softmax = torch.softmax(z, dim=1)
    onehot = torch.nn.functional.one_hot(y, k).double()
    # An error of eps * |z| in a shifted logit is a relative error of exp; the k-term sum adds k * eps. Where the right
    # logit is subtracted before the sum, its gradient is a sum of all softmax terms, with the errors of all of them.
    relative = EPS * (4 * z.abs().amax(dim=1, keepdim=True) + k + 8)
    return Expected((softmax - onehot) / n, relative * (2 * softmax + onehot) / n + TINY)


@deferrable
def sgd_step(parameter: torch.Tensor, gradient: torch.Tensor, learning_rate: float) -> Expected:
    """p - learning_rate * gradient: one product, one subtraction; the learning rate may be rounded to float32.

    parameter, gradient: of one shape, which is that of the result.
    """
    p, g = parameter.double(), gradient.double()
    return Expected(p - learning_rate * g, EPS * (p.abs() + 3 * abs(learning_rate) * g.abs()) + TINY)


@deferrable
def linear_gradients(x: torch.Tensor, weight: torch.Tensor, upstream: torch.Tensor) -> tuple[Expected, Expected]:
    """Gradients of sum(upstream * X W^T) by W and by X.

    x: (n, in_dim); weight: (out_dim, in_dim); upstream: (n, out_dim).
    """
    by_weight = _matmul(exact_input(upstream.T), x.double().T)  # upstream^T X
    by_input = _matmul(exact_input(upstream), weight.double().T)  # upstream W
    return by_weight, by_input


@deferrable
def error_range(logits: Expected, y: torch.Tensor) -> tuple[int, int]:
    """Least and most wrong rows that a right float32 argmax can count. logits: (N, k); y: (N,) int64 in [0, k).

    A row whose best logits are closer than their bounds may be decided either way.
    """
    value, bound = logits.value, logits.bound.expand_as(logits.value)
    own = torch.arange(len(y)), y
    others = value.clone()
    others[own] = -torch.inf
    best, place = others.max(dim=1)
    margin = value[own] - best
    slack = bound[own] + bound[torch.arange(len(y)), place]
    surely_wrong, maybe_wrong = margin < -slack, margin <= slack
    return int(surely_wrong.sum()), int(maybe_wrong.sum())


@deferrable
def cross_entropy_of(logits: Expected, y: torch.Tensor) -> Expected:
    """`cross_entropy` of logits that carry an error themselves: the loss changes by at most twice the largest of it.

    Shapes as there; result 0-d.
    """
    loss = cross_entropy(logits.value, y)
    return Expected(loss.value, loss.bound + 2 * logits.bound.expand_as(logits.value).amax(dim=1).mean())


@deferrable
def multi_margin_of(logits: Expected, y: torch.Tensor) -> Expected:
    """Mean over the batch of sum_{j != y} max(0, 1 - z_y + z_j) / k, 0-d, for logits that carry an error themselves.

    logits: (N, k); y: (N,) int64 in [0, k).
    """
    k = logits.value.shape[1]
    loss = torch.nn.functional.multi_margin_loss(logits.value, y)
    size = 1 + 2 * logits.value.abs().amax(dim=1).mean()  # a term changes by at most twice the error of a logit
    bound = 2 * logits.bound.expand_as(logits.value).amax(dim=1).mean() + (k + len(y) + 4) * EPS * size
    return Expected(loss, bound)


@deferrable
def weighted_mean(parts: Sequence[Expected], counts: Sequence[int]) -> Expected:
    """The mean of batch results, each weighted by its number of rows. 0-d, like the parts."""
    shares = torch.tensor(counts, dtype=torch.float64) / sum(counts)
    values, bounds = torch.stack([p.value for p in parts]), torch.stack([p.bound for p in parts])
    rounding = (len(parts) + 3) * EPS * (values.abs() * shares).sum()
    return Expected((values * shares).sum(), (bounds * shares).sum() + rounding)


def away_from_kinks(x: torch.Tensor, weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """(n,) bool: rows of x for which no hidden unit is so close to 0 that rounding could decide whether relu is on.

    There the gradient has no single right value: relu, clamp and maximum give 0, 1 and 1/2 at 0. x: (n, in_dim).
    """
    clear = torch.ones(len(x), dtype=torch.bool)
    layer = exact_input(x)
    for weight in weights[:-1]:
        layer = _matmul(layer, weight.double())
        clear &= (layer.value.abs() > layer.bound).all(dim=1)
        layer = Expected(layer.value.clamp_min(0.0), layer.bound)
    return clear


@deferrable
def relu_network_gradients(
    x: torch.Tensor, weights: Sequence[torch.Tensor], upstream: torch.Tensor
) -> tuple[Expected, ...]:
    """Gradients of sum(upstream * relu_network(x)) by each weight, of its shape.

    x: (n, in_dim); weights: [(out, in), ...]; upstream: (n, out_dim).
    """

    def run(dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
        leaves = [w.detach().to(dtype, copy=True).requires_grad_() for w in weights]  # the caller keeps plain tensors
        layer = x.to(dtype)
        for w in leaves[:-1]:
            layer = torch.relu(layer @ w.T)
        return torch.autograd.grad(((layer @ leaves[-1].T) * upstream.to(dtype)).sum(), leaves)

    return tuple(_rounding(a, b) for a, b in zip(run(torch.float64), run(torch.float32), strict=True))


def rounding_of(run: Callable[[torch.dtype], torch.Tensor]) -> Expected:
    """A longer computation in float64, with a bound from the same computation in float32. run(dtype): any shape.

    Where many operations follow each other a worst-case bound says nothing. A right solution that orders its operations
    differently errs as much as our own float32 run, give or take: 16 times its largest error, and 32 roundings of the
    largest entry, which is far below a relative error of 1e-4.
    """
    return _rounding(run(torch.float64), run(torch.float32))


def _rounding(wide: torch.Tensor, narrow: torch.Tensor) -> Expected:
    error, size = (wide - narrow.double()).abs().amax(), wide.abs().amax()
    return Expected(wide, (16 * error + 32 * EPS * size + TINY).expand_as(wide))


# --- attention and what belongs to it ---------------------------------------------------------------------------------


def _softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    """As exp(x - logsumexp(x)): of the right ways the one whose error is largest, by roundings at the size of x."""
    largest = x.amax(dim=dim, keepdim=True)
    return (x - (largest + (x - largest).exp().sum(dim=dim, keepdim=True).log())).exp()


@of
def softmax(x: torch.Tensor, dim: int = -1) -> torch.Tensor:
    """exp(x) over its sum along that dimension. x: (...); entries that are -inf give 0, where a row has others."""
    return _softmax(x, dim)


@of
def rms_norm(x: torch.Tensor, weight: torch.Tensor | None = None, *, eps: float = 0.0) -> torch.Tensor:
    """x over the root of its mean square along the last dimension, times the weight. x: (..., dim); weight: (dim,).

    eps: added to the mean square, below the root.
    """
    normed = x / ((x * x).mean(dim=-1, keepdim=True) + eps).sqrt()
    return normed if weight is None else normed * weight


@of
def layer_norm(
    x: torch.Tensor, weight: torch.Tensor | None = None, bias: torch.Tensor | None = None, *, eps: float = 0.0
) -> torch.Tensor:
    """x with mean 0 and variance 1 along the last dimension, times weight, plus bias. x: (..., dim); both: (dim,).

    The variance is the mean of the squares, not divided by dim - 1. eps: added to it, below the root.
    """
    centered = x - x.mean(dim=-1, keepdim=True)
    normed = centered / ((centered * centered).mean(dim=-1, keepdim=True) + eps).sqrt()
    normed = normed if weight is None else normed * weight
    return normed if bias is None else normed + bias


@of
def attention(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, *, causal: bool = False) -> torch.Tensor:
    """softmax(Q K^T / sqrt(d)) V. queries: (..., t, d); keys: (..., s, d); values: (..., s, e); result (..., t, e).

    causal: position i of t sees the keys up to i + s - t: where t is s, those up to its own.
    """
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    if causal:
        t, s = scores.shape[-2:]
        later = torch.ones(t, s, dtype=torch.bool).triu(1 + s - t)
        scores = scores.masked_fill(later, -torch.inf)
    return _softmax(scores, -1) @ values
