"""RMSNorm(dim, eps=1e-5): X over the root of its mean square, times a weight."""

import torch
from formulas import rms_norm_gradients

from grader.suite import RemoteSubmission, Values, check, example, expect, given, oracles, strategies, take

EASY = Values("halves", 0)
LEADING = strategies.sampled_from(((), (3,), (2, 3), (2, 1, 2)))


@check("RMSNorm", hint="self.weight = Parameter(torch.ones(dim)), and no other parameter")
@given(dim=strategies.sizes(), values=strategies.values())
@example(dim=3, values=EASY)
def test_norm_weight(submission: RemoteSubmission, dim: int, values: Values) -> None:
    """The weight is a Parameter `.weight` of shape (dim,) that begins as ones, the only one of the layer."""
    norm, numbers = submission.RMSNorm(dim), values(dim)
    expect.equal(norm.weight, torch.ones(dim))
    parameters = take(norm.parameters(), 3)
    expect.length(parameters, 1, what=f"list({norm!r}.parameters())")
    parameters[0].data = numbers
    expect.equal(norm.weight, numbers, what="the weight, after the only parameter was filled,")


@check("RMSNorm", hint="the mean is taken along the last dimension: dim=-1, keepdim=True")
@given(
    leading=LEADING, dim=strategies.sizes(also=(64,), least=2), values=strategies.values(("halves", "normal", "large"))
)
@example(leading=(2,), dim=2, values=EASY)
@example(leading=(2, 3), dim=3, values=EASY)
def test_norm(submission: RemoteSubmission, leading: tuple[int, ...], dim: int, values: Values) -> None:
    """norm(X) is X / sqrt(mean(X^2) + eps) times the weight, along the last of any number of dimensions."""
    norm, x, weight = submission.RMSNorm(dim), values(*leading, dim), values(dim)
    norm.weight.data = submission.tensor(weight).view_as(norm.weight)
    expect.close(norm(x), oracles.rms_norm(x, weight, eps=1e-5))


@check("RMSNorm", hint="eps is added to the mean square, below the root; RMSNorm(dim, eps=0.1) takes another one")
@given(eps=strategies.sampled_from((0.1, 1e-5, 1e-2)), dim=strategies.sizes(), values=strategies.values())
@example(eps=1e-5, dim=2, values=Values("small", 1))
@example(eps=0.1, dim=2, values=EASY)
def test_norm_eps(submission: RemoteSubmission, eps: float, dim: int, values: Values) -> None:
    """eps is 1e-5 or what it is given, stands below the root, and keeps rows of zeros at zero."""
    norm = submission.RMSNorm(dim) if eps == 1e-5 else submission.RMSNorm(dim, eps=eps)
    x = torch.cat([values(2, dim) / 100, torch.zeros(1, dim)])
    ratio = submission.torch.div(norm(x), norm.weight)  # what the weight is, test_norm_weight says
    expect.close(ratio, oracles.rms_norm(x, eps=eps), what=f"{norm!r}(X) / weight for small entries")


@check("RMSNorm", hint="compute with the Parameter and the input themselves: no .data, no .detach()")
@given(rows=strategies.sizes(), dim=strategies.sizes(least=2), values=strategies.values(("halves", "normal")))
@example(rows=2, dim=2, values=EASY)
def test_norm_gradients(submission: RemoteSubmission, rows: int, dim: int, values: Values) -> None:
    """Gradients reach the weight and the input."""
    norm, x, weight, upstream = submission.RMSNorm(dim), values(rows, dim), values(dim), values(rows, dim)
    norm.weight.data = weight
    given_x = submission.tensor(x, requires_grad=True)
    norm(given_x).backward(upstream)
    by_x, by_weight = rms_norm_gradients(x, weight, upstream)
    expect.close(norm.weight.grad, by_weight, what="the gradient of the weight")
    expect.close(given_x.grad, by_x, what="the gradient of the input")
