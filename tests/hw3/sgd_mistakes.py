"""Mistakes in SGD, and what each of them gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from grader.suite import Mistakes, mistakes

RECORDED = "the update is recorded by autograd, which refuses it: put it inside `with torch.no_grad():`"
IN_PLACE_ERRORS = {"a leaf Variable that requires grad is being used in an in-place operation": RECORDED}
OTHER_RATE = 0.25  # of an optimizer that is made beside the one that is checked
RAISES = {
    "unexpected keyword argument 'learning_rate'": "the second argument is called learning_rate: the notebook names it",
    "missing 1 required positional argument": "__init__ takes (self, parameters, learning_rate), and nothing else",
}
STILL = "the parameter itself does not change: `p = p - ...` binds a new tensor, and a copy is another"
SOME = "some parameters are updated and others are not: the step must reach each of them"
USED_UP = "the generator is used up after one loop, and later loops do nothing: keep list(parameters)"
SHARED = "the parameters are kept on the class, and not in self: two optimizers have the same ones"
NO_GRADIENT = "a parameter may have no gradient yet: if p.grad is not None"
ZEROED = "zero_grad() sets the parameters to zero, not their gradients"


@mistakes
def wrong_steps(
    start: torch.Tensor, gradient: torch.Tensor, learning_rate: float, still: Sequence[str] = (STILL,)
) -> Mistakes:
    """Mistakes in step(), and what they make of a parameter. start: before this one, the first.

    still: what it may mean that the parameter does not change.
    """
    p, g, lr = start.double(), gradient.double(), learning_rate
    return {
        **dict.fromkeys(still, p),
        "the gradient is added, so that every step climbs the loss: p -= ...": lambda: p + lr * g,
        "the learning rate is not used": lambda: p - g,
        "the learning rate is fixed to 0.1, whatever is passed": lambda: p - 0.1 * g,
        "the learning rate is multiplied twice": lambda: p - lr * lr * g,
        "each step is applied twice": lambda: p - 2 * lr * g,
        "the parameter is replaced by the step, not moved by it": lambda: -lr * g,
        "the weights decay, which plain gradient descent does not do": lambda: tuple(
            p - lr * (g + decay * p) for decay in (1e-4, 1e-3, 1e-2, 0.1)
        ),
        "the gradient is clipped before the step": lambda: p - lr * g.clamp(-1, 1),
        "the gradient is divided by its norm before the step": lambda: p - lr * g / g.norm(),
        "only the sign of the gradient is used": lambda: p - lr * g.sign(),
        "the learning rate is that of another optimizer: it is kept on the class, and not in self": (
            lambda: p - OTHER_RATE * g
        ),
    }


def why_still(after: Sequence[object], before: Sequence[torch.Tensor]) -> tuple[str, ...]:
    """What it may mean that a parameter does not change in this step, by what the others do."""
    return (SOME,) if any(map(moves, after, before)) else (STILL,)


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
        self, dtype: torch.dtype = torch.float64, *, momentum: float = 0, decay: float = 1, every: int = 1
    ) -> torch.Tensor:
        """The weight after the steps. momentum, decay of the learning rate every so many steps: mistakes, if asked."""
        weight, kept = self.start.to(dtype), torch.zeros_like(self.start, dtype=dtype)
        for step in range(self.steps):
            kept = momentum * kept + self.gradient(weight)
            weight = weight - self.learning_rate * decay ** (step // every) * kept
        return weight

    def gradient(self, weight: torch.Tensor) -> torch.Tensor:
        """Of the loss by the weight, at that weight and in its dtype."""
        leaf = weight.clone().requires_grad_()
        loss = torch.nn.functional.mse_loss(self.x.to(leaf.dtype) @ leaf.T, self.target.to(leaf.dtype))
        return torch.autograd.grad(loss, [leaf])[0]

    def as_stepped(self, first: torch.Tensor) -> Descent:
        """The training with steps of the length of the first one, which test_step is about. first: the weight after it.

        A rate that is nearly right is, and one that is nearly zero or endless is no rate.
        """
        gradient = self.gradient(self.start.double())
        rate = ((self.start.double() - first.double()) * gradient).sum() / gradient.square().sum()
        factor = (rate / self.learning_rate).item()
        if not 1e-3 <= abs(factor) <= 1e3 or abs(factor - 1) < 1e-3:
            return self
        return replace(self, learning_rate=self.learning_rate * factor)


@mistakes
def wrong_descents(right: Descent, first: torch.Tensor) -> Mistakes:
    """Mistakes that a longer training shows, and the weight that they end with. first: that after the first step."""
    halved = tuple(right.end(decay=0.5, every=every) for every in range(1, right.steps))
    return {
        "the weight itself does not change": right.start.double(),
        "only the first step changes the weight: what is stored is used up, or another one": first.double(),
        "the step has momentum: earlier gradients take part in it": lambda: tuple(
            right.end(momentum=kept) for kept in (0.9, 0.5, 0.99, 1)
        ),
        "the learning rate shrinks after every step": lambda: tuple(
            right.end(decay=decay) for decay in (0.99, 0.999, 0.95, 0.9, 0.5)
        ),
        "the learning rate is halved after some steps": halved,
    }
