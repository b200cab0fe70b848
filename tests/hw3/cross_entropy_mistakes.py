"""Mistakes in CrossEntropyLoss, and what each of them gives."""

import math

import torch

from grader.suite import Expected, Mistakes, mistakes

DETACHED = "the loss is cut off from the logits (.item(), .detach(), torch.tensor(...)), so that nothing can be learned"
IN_PLACE = "the logits are changed in place: -= works on the tensor of the caller"
A_FLOAT = "the loss is a Python float; backward() needs a tensor: leave .item() to the caller"
CALL_ERRORS = {
    "'CrossEntropyLoss' object is not callable": (
        "CrossEntropyLoss is no Module: class CrossEntropyLoss(Module) makes it callable"
    ),
    "super(type, obj): obj": "super() names another class than this one: super().__init__() needs no names",
}


@mistakes
def wrong_losses(logits: torch.Tensor, y: torch.Tensor) -> Mistakes:
    """Mistakes in the formula, and what they give."""
    z, (n, k) = logits.double(), logits.shape
    rows = torch.arange(n)
    total, right = z.logsumexp(1), z[rows, y]
    losses, p = total - right, z.softmax(1)
    smoothed = (total - 0.9 * right - 0.1 * z.mean(1)).mean()
    return {
        "the losses are summed over the batch: divide by the number of rows": lambda: losses.sum(),
        "the losses of the rows are not averaged": lambda: losses,
        "the loss has the shape (1,); a scalar has none": lambda: losses.mean().reshape(1),
        "divided by the number of classes, not by the number of rows": lambda: losses.sum() / k,
        "averaged over all entries of the one-hot product, so that it is k times too small": lambda: losses.mean() / k,
        "divided by N - 1, not by N": lambda: losses.sum() / max(n - 1, 1),
        "the sign is wrong: the logarithm of a probability is negative": lambda: -losses.mean(),
        "the logarithm has base 2; the homework asks for the natural one": lambda: losses.mean() / math.log(2),
        "the logarithm is taken of the mean probability; the loss is the mean of the logarithms": lambda: (
            -p[rows, y].mean().log()
        ),
        "softmax is applied twice: the loss takes logits": lambda: (p.logsumexp(1) - p[rows, y]).mean(),
        "softmax runs over the rows (dim=0), not over the classes (dim=1)": lambda: (z.logsumexp(0)[y] - right).mean(),
        "the labels are taken to start at 1; they start at 0": lambda: (total - z[rows, y - 1]).mean(),
        "the logit of the predicted class is taken, not that of the class y": lambda: (total - z.amax(1)).mean(),
        "squared differences of probabilities and labels are not cross entropy": lambda: (
            (p - torch.nn.functional.one_hot(y, k)).square().sum(1).mean()
        ),
        "the labels are smoothed; the homework's are not": lambda: smoothed,
        "the largest logit is subtracted inside the log-sum-exp, and not added back": lambda: (
            losses - z.amax(1)
        ).mean(),
        **unstable_losses(logits, y),
    }


def unstable_losses(logits: torch.Tensor, y: torch.Tensor) -> Mistakes:
    """What is right on paper and not in float32, and what it gives."""
    rows = torch.arange(len(y))
    right, shift, p = logits[rows, y], logits.max(), logits.softmax(1)[rows, y]
    return {
        "exp overflows: subtract each row's largest logit first": lambda: (
            (logits.exp().sum(1).log() - right).mean(),
            -(logits.exp() / logits.exp().sum(1, keepdim=True))[rows, y].log().mean(),
        ),
        "softmax underflows to 0, and its logarithm is -inf: take logsumexp of the logits": lambda: -p.log().mean(),
        "a constant is added inside the logarithm, which changes the loss of unlikely classes": lambda: (
            -(p + 1e-7).log().mean()
        ),
        "the probabilities are clamped, which bounds the loss": lambda: -p.clamp(min=1e-12).log().mean(),
        "the logits are clamped, which changes the loss of large ones": lambda: torch.nn.functional.cross_entropy(
            logits.clamp(-50, 50), y
        ),
        "the largest logit of the whole batch is subtracted, not that of each row": lambda: (
            (logits - shift).exp().sum(1).log() + shift - right
        ).mean(),
    }


@mistakes
def kept_losses(first: Expected, second: Expected) -> Mistakes:
    """What a loss that remembers the batch before this one gives."""
    both = first.value + second.value
    return {"the loss keeps something of earlier batches; each is a new one": (first.value, both, both / 2)}


@mistakes
def wrong_gradients(logits: torch.Tensor, y: torch.Tensor) -> Mistakes:
    """Mistakes that only the gradient shows, and what they give."""
    (n, k), softmax = logits.shape, logits.double().softmax(1)
    return {
        DETACHED: lambda: None,
        "the log-sum-exp is detached: the gradient lacks the softmax": lambda: (
            -torch.nn.functional.one_hot(y, k).double() / n
        ),
        "the logit of the right class is detached: the gradient is the softmax alone": lambda: softmax / n,
        "the gradient is zero: rounding or a comparison stands on the way": lambda: torch.zeros_like(softmax),
    }
