"""What one pass over the batches should do with a linear model, in evaluation and in training."""

from dataclasses import dataclass

import torch

from grader.suite import Expected, oracles

Batches = list[tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the batches, with weights[i] in force for batch i."""

    batches: Batches
    weights: list[torch.Tensor]

    @property
    def counts(self) -> list[int]:
        """Rows of each batch."""
        return [len(y) for _, y in self.batches]

    @property
    def logits(self) -> list[Expected]:
        """The model's output for each batch."""
        return [oracles.linear(x, weight) for (x, _), weight in zip(self.batches, self.weights, strict=True)]

    @property
    def losses(self) -> list[Expected]:
        """The cross entropy of each batch."""
        return [oracles.cross_entropy_of(z, y) for z, (_, y) in zip(self.logits, self.batches, strict=True)]

    @property
    def margin_losses(self) -> list[Expected]:
        """The multi-class margin loss of each batch."""
        return [oracles.multi_margin_of(z, y) for z, (_, y) in zip(self.logits, self.batches, strict=True)]

    @property
    def wrong(self) -> list[tuple[int, int]]:
        """Least and most rows of each batch that are classified wrongly."""
        return [oracles.error_range(z, y) for z, (_, y) in zip(self.logits, self.batches, strict=True)]


@dataclass(frozen=True, slots=True)
class Training:
    """A training by gradient descent on the cross entropy, one step a batch."""

    batches: Batches
    weight: torch.Tensor  # (classes, inputs), before the first step
    learning_rate: float

    @property
    def passed(self) -> Pass:
        """The pass, with the weight that is in force before each step."""
        return Pass(self.batches, [weight.float() for weight in self.weights()[:-1]])

    @property
    def result(self) -> Expected:
        """The weight after the last step."""
        return oracles.rounding_of(lambda dtype: self.weights(dtype)[-1])

    @property
    def losses(self) -> Expected:
        """The loss of each batch before its step. (number of batches,)."""
        return oracles.rounding_of(lambda dtype: self._losses(self.weights(dtype)[:-1]))

    @property
    def average_loss(self) -> Expected:
        """The mean over all rows of the losses before each step. 0-d."""
        losses, shares = self.losses, self._shares
        logits = [x.double() @ weight.T for (x, _), weight in zip(self.batches, self.weights(), strict=False)]
        # Losses near 0 round at the size of the logits.
        rounding = 1e-6 * max(numbers.abs().max() for numbers in (losses.value, *logits))
        return Expected((losses.value * shares).sum(), (losses.bound * shares).sum() + rounding)

    @property
    def average_loss_after(self) -> Expected:
        """The mean over all rows of the losses after each step, which nobody asks for. 0-d."""
        after = oracles.rounding_of(lambda dtype: (self._losses(self.weights(dtype)[1:]) * self._shares).sum())
        return Expected(after.value, after.bound + 1e-6)  # losses near 0 round at the size of the logits

    def weights(self, dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
        """The weight before each batch, and after the last one."""
        weights = [self.weight.to(dtype)]
        for x, y in self.batches:
            weights.append(weights[-1] - self.learning_rate * gradient_of(weights[-1], x, y))
        return weights

    @property
    def _shares(self) -> torch.Tensor:
        counts = torch.tensor([len(y) for _, y in self.batches], dtype=torch.float64)
        return counts / counts.sum()

    def _losses(self, weights: list[torch.Tensor]) -> torch.Tensor:
        pairs = zip(self.batches, weights, strict=True)
        return torch.stack([torch.nn.functional.cross_entropy(x.to(w.dtype) @ w.T, y) for (x, y), w in pairs])


def gradient_of(weight: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Of the cross entropy by the weight."""
    leaf = weight.clone().requires_grad_()
    return torch.autograd.grad(torch.nn.functional.cross_entropy(x.to(leaf.dtype) @ leaf.T, y), [leaf])[0]


def numbers_in(result: object) -> list[float]:
    """The numbers that a call gave, in whatever form: a pair of floats is what two checks alone ask for."""
    items = result if isinstance(result, list | tuple) else [result]
    taken = (item.item() if isinstance(item, torch.Tensor) and item.numel() == 1 else item for item in items)
    return [item if type(item) is float else float(item) for item in taken if isinstance(item, int | float)]
