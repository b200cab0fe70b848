"""Mistakes in SGD, and what each of them gives."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from grader.suite import Mistakes, mistakes

RECORDED = "the update is recorded by autograd, which refuses it: put it inside `with torch.no_grad():`"
IN_PLACE_ERRORS = {"a leaf Variable that requires grad is being used in an in-place operation": RECORDED}
STILL = "the parameter itself does not change: `p = p - ...` binds a new tensor, and a copy is another"
SOME = "some parameters are updated and others are not: the step must reach each of them"
USED_UP = "the generator is used up after one loop, and later loops do nothing: keep list(parameters)"
NO_GRADIENT = "a parameter may have no gradient yet: if p.grad is not None"
ZEROED = "zero_grad() sets the parameters to zero, not their gradients"


@mistakes
def wrong_steps(
    start: torch.Tensor, gradients: Sequence[torch.Tensor], learning_rate: float, still: Sequence[str] = (STILL,)
) -> Mistakes:
    """Mistakes in step(), and what they make of a parameter. gradients: of all steps so far; start: before this one.

    still: what it may mean that the parameter does not change.
    """
    p, g, lr = start.double(), gradients[-1].double(), learning_rate
    velocity = torch.zeros_like(p)
    for gradient in gradients:
        velocity = 0.9 * velocity + gradient
    return {
        **dict.fromkeys(still, p),
        "the gradient is added, so that every step climbs the loss: p -= ...": lambda: p + lr * g,
        "the learning rate is not used": lambda: p - g,
        "the learning rate is fixed to 0.1, whatever is passed": lambda: p - 0.1 * g,
        "the learning rate is multiplied twice": lambda: p - lr * lr * g,
        "each step is applied twice": lambda: p - 2 * lr * g,
        "the parameter is replaced by the step, not moved by it": lambda: -lr * g,
        "the step has momentum: earlier gradients take part in it": lambda: p - lr * velocity,
        "the weights decay, which plain gradient descent does not do": lambda: tuple(
            p - lr * (g + decay * p) for decay in (1e-4, 1e-3, 1e-2, 0.1)
        ),
        "the gradient is clipped before the step": lambda: p - lr * g.clamp(-1, 1),
        "the gradient is divided by its norm before the step": lambda: p - lr * g / g.norm(),
        "only the sign of the gradient is used": lambda: p - lr * g.sign(),
    }


def why_still(
    after: Sequence[object], before: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], step: int
) -> tuple[str, ...]:
    """What it may mean that a parameter does not change in this step, by what the others do."""
    moving, asked = any(map(moves, after, before)), sum(bool(gradient.any()) for gradient in gradients)
    first = USED_UP if step > 1 else STILL
    return (SOME,) if moving else (first, SOME) if asked == 1 else (first,)


def moves(after: object, before: torch.Tensor) -> bool:
    """The parameter has changed."""
    return isinstance(after, torch.Tensor) and not torch.equal(after, before)


@mistakes
def changed_gradients(gradient: torch.Tensor, learning_rate: float) -> Mistakes:
    """What step() may make of a gradient."""
    return {
        "step() sets the gradient to zero; that is left to zero_grad()": torch.zeros_like(gradient),
        "step() multiplies the gradient with the learning rate in place": gradient * learning_rate,
    }


@mistakes
def left_gradients(start: torch.Tensor, after: object) -> Mistakes:
    """Mistakes that leave a gradient of ones as it is. start, after: its parameter before and after zero_grad()."""
    is_kept, is_zeroed = not moves(after, start), not moves(after, torch.zeros_like(start))
    unreached = "zero_grad() does not reach this gradient, so that gradients add up from step to step"
    named = (unreached,) * is_kept + (ZEROED,) * is_zeroed
    return dict.fromkeys(named, torch.ones_like(start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """A training by gradient descent on the mean squared error of x @ weight.T, as it must be."""

    x: torch.Tensor  # (rows, in_dim)
    target: torch.Tensor  # (rows, out_dim)
    start: torch.Tensor  # (out_dim, in_dim)
    learning_rate: float
    steps: int

    def end(
        self, dtype: torch.dtype = torch.float64, *, momentum: float = 0, decay: float = 1, sign: float = 1
    ) -> torch.Tensor:
        """The weight after the steps. momentum, decay of the learning rate, sign of the step: mistakes, if asked."""
        weight, kept = self.start.to(dtype), torch.zeros_like(self.start, dtype=dtype)
        for step in range(self.steps):
            leaf = weight.clone().requires_grad_()
            loss = torch.nn.functional.mse_loss(self.x.to(dtype) @ leaf.T, self.target.to(dtype))
            kept = momentum * kept + torch.autograd.grad(loss, [leaf])[0]
            weight = weight - sign * self.learning_rate * decay**step * kept
        return weight


@mistakes
def wrong_descents(right: Descent) -> Mistakes:
    """Mistakes that a longer training shows, and the weight that they end with."""
    return {
        "the weight itself does not change": right.start.double(),
        "gradients add up from step to step: zero_grad() does not clear them": lambda: right.end(momentum=1),
        "the step has momentum: earlier gradients take part in it": lambda: right.end(momentum=0.9),
        "the learning rate shrinks after every step": lambda: right.end(decay=0.99),
        "the gradient is added, so that every step climbs the loss": lambda: right.end(sign=-1),
    }
