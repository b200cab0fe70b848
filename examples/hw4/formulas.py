"""What is right, as formulas of torch: oracles.of computes them in float64, with a bound."""

from collections.abc import Callable

import torch

from grader.suite import oracles

Tensors = tuple[torch.Tensor, ...]


def _rms_norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return x / ((x * x).mean(dim=-1, keepdim=True) + 1e-5).sqrt() * weight


@oracles.of
def rms_norm_gradients(x: torch.Tensor, weight: torch.Tensor, upstream: torch.Tensor) -> Tensors:
    """Gradients of sum(upstream * RMSNorm(x)) by x and by the weight, for eps = 1e-5."""
    return _gradients(lambda x, weight: (_rms_norm(x, weight) * upstream).sum(), x, weight)


def _gradients(function: Callable[..., torch.Tensor], *inputs: torch.Tensor) -> Tensors:
    """By each input."""
    found: Tensors = torch.func.grad(function, tuple(range(len(inputs))))(*inputs)
    return found


def attend(x: torch.Tensor, wq: torch.Tensor, wk: torch.Tensor, wv: torch.Tensor, wo: torch.Tensor) -> torch.Tensor:
    """Causal self-attention. x: (..., T, dim); weights: (dim, dim)."""
    length, dim = x.shape[-2:]
    scores = (x @ wq.T) @ (x @ wk.T).transpose(-2, -1) / dim**0.5
    later = torch.ones(length, length, dtype=torch.bool).triu(1)
    shares = torch.softmax(scores.masked_fill(later, -torch.inf), dim=-1)
    return shares @ (x @ wv.T) @ wo.T


attention = oracles.of(attend)


@oracles.of
def attention_gradients(x: torch.Tensor, weights: list[torch.Tensor], upstream: torch.Tensor) -> Tensors:
    """Gradients of sum(upstream * attend(x)) by x and by each weight."""
    return _gradients(lambda x, *weights: (attend(x, *weights) * upstream).sum(), x, *weights)


@oracles.of
def adam(
    start: torch.Tensor,
    gradients: list[torch.Tensor],
    learning_rate: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> torch.Tensor:
    """Where Adam has come after a step for each gradient."""
    mean, square = torch.zeros_like(start), torch.zeros_like(start)
    for step, gradient in enumerate(gradients, 1):
        mean = betas[0] * mean + (1 - betas[0]) * gradient
        square = betas[1] * square + (1 - betas[1]) * gradient * gradient
        scale = (square / (1 - betas[1] ** step)).sqrt() + eps
        start = start - learning_rate * mean / (1 - betas[0] ** step) / scale
    return start


def _mean_loss(table: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    logits = table[x]
    return (logits.logsumexp(dim=-1) - logits.gather(-1, y[..., None])[..., 0]).mean()


@oracles.of
def mean_loss(table: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy of the logits table[x] for the tokens y."""
    return _mean_loss(table, x, y)


@oracles.of
def descended(table: torch.Tensor, batches: list[Tensors], learning_rate: float) -> torch.Tensor:
    """The table after a step of gradient descent for each batch."""
    for x, y in batches:
        (gradient,) = _gradients(lambda table, x=x, y=y: _mean_loss(table, x, y), table)
        table = table - learning_rate * gradient
    return table
