"""CausalSelfAttention(dim): softmax(Q K^T / sqrt(dim)) V of all positions so far, with weights wq, wk, wv, wo."""

import math

import torch
from formulas import attention, attention_gradients

from grader.suite import (
    Expected,
    Handle,
    RemoteSubmission,
    Values,
    check,
    deferrable,
    example,
    expect,
    given,
    stats,
    strategies,
    take,
    value,
)

EASY = Values("halves", 0)
NAMES = ("wq", "wk", "wv", "wo")
KINDS = strategies.values(("halves", "normal"))
LENGTHS, DIMS = strategies.integers(1, 6), strategies.sampled_from((2, 1, 3, 4, 16))


def filled(submission: RemoteSubmission, values: Values, dim: int) -> tuple[Handle, list[torch.Tensor]]:
    """A layer with these weights."""
    layer, weights = submission.CausalSelfAttention(dim), [values(dim, dim) / dim for _ in NAMES]
    for name, weight in zip(NAMES, weights, strict=True):
        getattr(layer, name).data = weight
    return layer, weights


@check("CausalSelfAttention", hint="self.wq = Parameter(...) of shape (dim, dim), and so wk, wv and wo")
@given(dim=strategies.sizes(), values=strategies.values())
@example(dim=2, values=EASY)
def test_attention_weights(submission: RemoteSubmission, dim: int, values: Values) -> None:
    """The weights are four Parameters wq, wk, wv and wo of shape (dim, dim)."""
    layer = submission.CausalSelfAttention(dim)
    for name in NAMES:
        expect.shape(getattr(layer, name), (dim, dim))
    parameters = take(layer.parameters(), 6)
    expect.length(parameters, 4, what=f"list({layer!r}.parameters())")
    numbers = [values(dim, dim) + place for place in range(4)]
    for parameter, number in zip(map(parameters.__getitem__, range(4)), numbers, strict=True):
        parameter.data = number
    sums = [submission.torch.sum(getattr(layer, name)) for name in NAMES]
    expect.holds(same_sums, sums, numbers)


def same_sums(sums: list[torch.Tensor], numbers: list[torch.Tensor]) -> str | None:
    """Whether the four weights are what the four parameters were filled with, in some order."""
    found, filled_in = sorted(map(float, sums)), sorted(float(number.sum()) for number in numbers)
    close = all(math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-3) for a, b in zip(found, filled_in, strict=True))
    return None if close else "parameters() gives other tensors than wq, wk, wv and wo"


@check("CausalSelfAttention", hint="scores over sqrt(dim), -inf for later positions, softmax along the last dimension")
@given(length=LENGTHS, dim=DIMS, values=KINDS)
@example(length=2, dim=2, values=EASY)
@example(length=3, dim=2, values=EASY)
@example(length=4, dim=4, values=Values("normal", 3))
@example(length=6, dim=4, values=Values("normal", 3))
def test_attention(submission: RemoteSubmission, length: int, dim: int, values: Values) -> None:
    """attention(X) is softmax(Q K^T / sqrt(dim)) V W_o^T over the positions up to each one."""
    layer, weights = filled(submission, values, dim)
    x = values(length, dim)
    expect.close(layer(x), attention(x, *weights))


@check(
    "CausalSelfAttention", hint="masked_fill(later, -math.inf) before the softmax; later is above the diagonal: triu(1)"
)
@given(length=strategies.integers(2, 6), values=KINDS)
@example(length=2, values=EASY)
@example(length=5, values=Values("normal", 1))
def test_no_look_ahead(submission: RemoteSubmission, length: int, values: Values) -> None:
    """What comes later in X changes nothing of what is before it."""
    layer, x = submission.CausalSelfAttention(4), values(length, 4)
    whole = value(layer(x))
    for changed in range(1, length):
        other = x.clone()
        other[changed:] += 100
        what = f"row {changed - 1} of attention(X), after later rows of X were changed,"
        expect.close(layer(other)[changed - 1], as_before(whole, changed - 1), what=what)


@deferrable
def as_before(out: torch.Tensor, row: int) -> Expected:
    """The same row, but for rounding: another length of the sums."""
    return Expected(out[row].double(), 1e-5 * out.double().abs().amax() + torch.full_like(out[row].double(), 1e-6))


@check(
    "CausalSelfAttention", hint="X.transpose(-2, -1) and not .T, softmax along dim=-1: any number of leading dimensions"
)
@given(leading=strategies.sampled_from(((2,), (1,), (2, 3), (3, 1, 2))), length=LENGTHS, values=KINDS)
@example(leading=(2,), length=2, values=EASY)
@example(leading=(2, 2), length=3, values=EASY)
def test_sequences_apart(submission: RemoteSubmission, leading: tuple[int, ...], length: int, values: Values) -> None:
    """Each sequence of a batch, of any leading dimensions, is looked at by itself."""
    layer, x = submission.CausalSelfAttention(4), values(*leading, length, 4)
    alone = [value(layer(sequence)) for sequence in x.reshape(-1, length, 4)]
    what = f"attention(X) for X of shape {tuple(x.shape)}"
    expect.close(layer(x), stacked(alone, x.shape), what=what)


@deferrable
def stacked(rows: list[torch.Tensor], shape: torch.Size) -> Expected:
    """The results of the sequences as one."""
    out = torch.stack(rows).double().reshape(shape)
    return Expected(out, 1e-5 * out.abs().amax() + torch.full_like(out, 1e-6))


@check("CausalSelfAttention", hint="compute with the Parameters themselves: no .data, no .detach()")
@given(length=strategies.integers(2, 4), values=KINDS)
@example(length=2, values=Values("normal", 2))
def test_attention_gradients(submission: RemoteSubmission, length: int, values: Values) -> None:
    """Gradients reach all four weights and the input."""
    layer, weights = filled(submission, values, 3)
    x, upstream = values(length, 3), values(length, 3)
    given_x = submission.tensor(x, requires_grad=True)
    layer(given_x).backward(upstream)
    by_x, *by_weights = attention_gradients(x, weights, upstream)
    for name, gradient in zip(NAMES, by_weights, strict=True):
        expect.close(getattr(layer, name).grad, with_room(gradient), what=f"the gradient of {name}")
    expect.close(given_x.grad, with_room(by_x), what="the gradient of the input")


@deferrable
def with_room(gradient: Expected) -> Expected:
    """The same with room for how a softmax is written: where scores differ much, some ways round more than others."""
    return Expected(gradient.value, gradient.bound + 1e-4 * gradient.value.abs().amax() + 1e-5)


@check("CausalSelfAttention", hint="torch.randn(dim, dim) / math.sqrt(dim), drawn anew for each weight")
def test_initial_attention(submission: RemoteSubmission) -> None:
    """The weights begin as independent Gaussians of mean 0 and standard deviation 1 / sqrt(dim)."""
    layer = submission.CausalSelfAttention(120)
    weights = [value(getattr(layer, name)) for name in NAMES]
    expect.holds(drawn_problem, weights)


def drawn_problem(weights: list[torch.Tensor]) -> str | None:
    """Why the weights are not what is asked for, or None."""
    return stats.initialisation_problem(list(zip(NAMES, weights, strict=True)), std_of=lambda dim: 1 / math.sqrt(dim))
