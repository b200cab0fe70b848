"""Mistakes in epoch, and what each of them gives."""

import math
from collections.abc import Callable, Mapping

import torch
from epoch_training import Pass, Training, gradient_of

from grader.suite import ANYTHING, Mistakes, mistakes, oracles

OPT_NONE = "without an optimizer opt is None: call its methods only under `if opt is not None`"
SHADOWED = "the name loss is bound to the loss of a batch, so that it can't be called for the next one"
LOADER_ERRORS = {
    "object of type 'generator' has no len()": "len(loader) is used; a loader is only something to iterate over",
    "'generator' object is not subscriptable": "loader[i] is used; a loader is only something to iterate over",
    "object has no attribute 'dataset'": "loader.dataset is used; a loader is only something to iterate over",
    "object has no attribute 'X'": "loader.X is used; a loader is only something to iterate over",
    "object has no attribute 'y'": "loader.y is used; a loader is only something to iterate over",
    "object has no attribute 'batch_size'": "loader.batch_size is used; a loader is only something to iterate over",
    "object is not an iterator": "next(loader) is called; a loader is only something to iterate over",
}
ERRORS = {
    "'NoneType' object has no attribute 'zero_grad'": OPT_NONE,
    "'NoneType' object has no attribute 'step'": OPT_NONE,
    "'Tensor' object is not callable": SHADOWED,
    "'CrossEntropyLoss' object has no attribute 'backward'": (
        "backward() is called on the loss function; call it on what loss(logits, y) gives"
    ),
    "does not require grad and does not have a grad_fn": (
        "backward() is called where no gradients are recorded: under no_grad, or on a detached value"
    ),
    "'SGD' object has no attribute": "opt is asked for more than zero_grad() and step(), which any optimizer has",
    "not implemented for 'Long'": "the loss is called with (y, logits); the order is (logits, y)",
    "missing 1 required positional argument: 'opt'": "opt has no default; it should be None",
    "unexpected keyword argument": "an argument has another name than in the hand-out: model, loader, loss, opt",
    **LOADER_ERRORS,
}
BACKWARD = {"backward() is called without an optimizer, too": ANYTHING}
FORMS = ("the average loss is a torch tensor; call .item()", "the average error is a torch tensor; call .item()")
FROZEN = "after an evaluation the model's weight does not require a gradient any more"


def wrong_results(result: object) -> Mistakes:
    """Mistakes in what is returned, and whether each was made."""
    return {
        "nothing is returned": result is None,
        "only the loss is returned; the average error is asked for, too": isinstance(result, float | torch.Tensor),
    }


def raised_mistakes(text: str) -> Mistakes:
    """Mistakes that lead to an exception of that text."""
    return {mistake: part in text for part, mistake in ERRORS.items()}


@mistakes
def wrong_averages(losses: list[float], passed: Pass) -> Mistakes:
    """Mistakes in the average of the batches' losses, and what they give."""
    counts, rows = passed.counts, sum(passed.counts)
    total = math.fsum(loss * n for loss, n in zip(losses, counts, strict=True))
    return {
        "the batches' averages are averaged, though batches differ in size: weight each by its rows": (
            math.fsum(losses) / len(losses)
        ),
        "the batches' averages are divided by the number of rows: multiply each by its rows first": (
            math.fsum(losses) / rows
        ),
        "the losses are summed over the rows: divide by the number of rows": total,
        "the batches' averages are summed, not averaged": math.fsum(losses),
        "only the first batch counts: a return stands inside the loop": losses[0],
        "the last batch is left out": (total - losses[-1] * counts[-1]) / (rows - counts[-1] or 1),
        "the results are swapped: (loss, error) is asked for": _wrong_rows(passed) / rows,
    }


def _wrong_rows(passed: Pass) -> int:
    """How many rows are classified wrongly."""
    pairs = zip(passed.batches, passed.weights, strict=True)
    return sum(int(((x.double() @ w.double().T).argmax(1) != y).sum()) for (x, y), w in pairs)


@mistakes
def own_losses(passed: Pass) -> Mistakes:
    """Losses that are computed in place of the one that is passed, and the average that they give."""
    own_loss = "the loss that is passed is not used, but a cross entropy of your own"
    return {own_loss: oracles.weighted_mean(passed.losses, passed.counts)}


@mistakes
def late_loss(training: Training) -> Mistakes:
    """The average that a late measurement of the loss gives."""
    return {"the loss is measured after the step": training.average_loss_after}


def late_numbers(training: Training) -> Mapping[str, float]:
    """The averages that late measurements of loss and error give."""
    after = Pass(training.batches, [weight.float() for weight in training.weights()[1:]])
    return {
        "the loss is measured after the step": training.average_loss_after.value.item(),
        "the error is measured after the step": _wrong_rows(after) / sum(after.counts),
    }


@mistakes
def wrong_shares(actual: float, passed: Pass) -> Mistakes:
    """Mistakes in the average error, and whether they give what came."""
    ranges, counts, rows = passed.wrong, passed.counts, sum(passed.counts)

    def gives(average: Callable[[list[int]], float]) -> bool:
        least, most = sorted(average([batch[end] for batch in ranges]) for end in (0, 1))
        return least - 1e-6 < actual < most + 1e-6

    def shares(wrong: list[int]) -> list[float]:
        return [w / n for w, n in zip(wrong, counts, strict=True)]

    return {
        "this is the accuracy; the error is 1 minus it": gives(lambda wrong: 1 - sum(wrong) / rows),
        "the error is in percent; it should be a fraction": gives(lambda wrong: 100 * sum(wrong) / rows),
        "the wrong rows are counted: divide by the number of rows": gives(sum),
        "the batches' errors are averaged, though batches differ in size: weight each by its rows": gives(
            lambda wrong: sum(shares(wrong)) / len(wrong)
        ),
        "the batches' shares are divided by the number of rows: add the counts of wrong rows": gives(
            lambda wrong: sum(shares(wrong)) / rows
        ),
        "only the first batch counts: a return stands inside the loop": gives(lambda wrong: shares(wrong)[0]),
    }


@mistakes
def wrong_trainings(training: Training) -> Mistakes:
    """Mistakes in the steps of the training, and the weight that they lead to. What was in .grad before is ones."""
    start, rate = training.weight.double(), training.learning_rate
    stale = torch.ones_like(start)
    gradients = [gradient_of(start, x, y) for x, y in training.batches]

    def run(next_step: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]) -> torch.Tensor:
        """next_step(this batch's gradient, the sum of what was in .grad before and of those since, rows)."""
        weight, kept = start, stale
        for x, y in training.batches:
            gradient = gradient_of(weight, x, y)
            weight = weight - rate * next_step(gradient, kept, len(y))
            kept = kept + gradient
        return weight

    def late() -> torch.Tensor:
        weight, kept = start, stale
        for x, y in training.batches:
            weight, kept = weight - rate * kept, gradient_of(weight, x, y)
        return weight

    def zeroed_after() -> torch.Tensor:
        weight, kept = start, stale
        for x, y in training.batches:
            weight, kept = weight - rate * (kept + gradient_of(weight, x, y)), torch.zeros_like(stale)
        return weight

    return {
        "the weight does not change: step() is not called, or zero_grad() stands before it": training.weight,
        "the gradients are never set to zero, so that those of all batches add up: opt.zero_grad()": run(
            lambda gradient, kept, rows: kept + gradient
        ),
        "the gradients are set to zero once an epoch, not before each batch": run(
            lambda gradient, kept, rows: kept + gradient - stale
        ),
        "the gradients are set to zero after the step only, so that the first step uses what was left": zeroed_after(),
        "step() comes before backward(), so that it uses the gradient of the batch before": late(),
        "step() is called twice a batch": run(lambda gradient, kept, rows: 2 * gradient),
        "step() is called once an epoch, not once a batch": start - rate * gradients[-1],
        "one step is made for the whole epoch, with the sum of all gradients": start - rate * sum(gradients),
        "the gradient is that of the sum over the batch, not of the average": run(
            lambda gradient, kept, rows: rows * gradient
        ),
        "the last batch is left out": training.weights()[-2],
        "the gradient is added, so that every step climbs the loss": run(lambda gradient, kept, rows: -gradient),
    }
