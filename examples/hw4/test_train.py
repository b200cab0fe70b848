"""train(model, batches, opt): one pass, a step for each batch; the losses as a list of floats."""

import torch
from formulas import descended, mean_loss

from grader.suite import Handle, RemoteSubmission, Values, check, example, expect, given, strategies

EASY = Values("halves", 0)
Batches = list[tuple[torch.Tensor, torch.Tensor]]
COUNTS, LENGTHS = strategies.integers(1, 3), strategies.integers(2, 4)
KINDS = strategies.values(("halves", "normal"))
TOKENS = 4


def drawn(values: Values, count: int, length: int) -> tuple[torch.Tensor, Batches]:
    """The table of a model, and batches of (3, length) tokens and the next ones."""
    tokens = [values.labels(6 * length, TOKENS).roll(i).reshape(2, 3, length) for i in range(count)]
    return values(TOKENS, TOKENS), [(x, y) for x, y in tokens]


def trained(submission: RemoteSubmission, table: torch.Tensor, batches: Batches, rate: float) -> tuple[Handle, ...]:
    """What train gives, the model and the optimizer that it was given, and the batches."""
    parts = submission.parts
    model, loader = parts.Bigram(table), parts.CountingBatches(batches)
    opt = parts.CountingSGD(model.parameters(), rate)
    return submission.train(model, loader, opt), model, opt, loader


@check("train", hint="losses.append(loss.item()), of the mean cross entropy over all tokens of the batch")
@given(count=COUNTS, length=LENGTHS, values=KINDS)
@example(count=2, length=2, values=EASY)
def test_losses(submission: RemoteSubmission, count: int, length: int, values: Values) -> None:
    """train returns a list of floats: the mean cross entropy of each batch."""
    table, batches = drawn(values, count, length)
    losses, *_ = trained(submission, table, batches, 0.0)  # which stays as it is
    expect.length(losses, count, what="the list of losses")
    for place, (x, y) in enumerate(batches):
        expect.close_float(losses[place], mean_loss(table, x, y), what=f"the loss of batch {place}")


@check("train", hint="the loss that is returned is the one that backward() is called on")
@given(length=LENGTHS, values=KINDS)
@example(length=2, values=EASY)
def test_loss_before_step(submission: RemoteSubmission, length: int, values: Values) -> None:
    """Each loss is that of the model before the step."""
    table, batches = drawn(values, 1, length)
    losses, *_ = trained(submission, table, batches, 4.0)
    expect.holds(before_the_step, losses, mean_loss(table, *batches[0]).value)


def before_the_step(losses: list[float], before: torch.Tensor) -> str | None:
    """Why the loss is not the one before the step, or None: how exactly, test_losses says."""
    off = abs(float(losses[0]) - float(before))
    return f"the loss is {float(losses[0]):.4g}; before the step it is {float(before):.4g}" if off > 1e-3 else None


@check("train", hint="for X, Y in batches: one opt.step() in each")
@given(count=COUNTS, values=KINDS)
@example(count=2, values=EASY)
def test_one_step_a_batch(submission: RemoteSubmission, count: int, values: Values) -> None:
    """train goes through the batches once, and calls opt.step() once for each."""
    table, batches = drawn(values, count, 2)
    _, model, opt, loader = trained(submission, table, batches, 0.5)
    expect.equal(
        [loader.passes, loader.taken], [1, count], what="passes over the batches, and batches that were taken,"
    )
    expect.equal(opt.steps, count, what="calls of opt.step()")
    otherwise = "the model does not change"
    expect.holds(lambda after: otherwise if torch.equal(after, table) else None, model.table)


@check("train", hint="opt.zero_grad(), loss.backward(), opt.step()")
@given(count=COUNTS, length=LENGTHS, values=KINDS)
@example(count=1, length=2, values=EASY)
@example(count=3, length=2, values=EASY)
def test_updates(submission: RemoteSubmission, count: int, length: int, values: Values) -> None:
    """Each step follows the gradient of its own batch's loss alone."""
    table, batches = drawn(values, count, length)
    _, model, _, _ = trained(submission, table, batches, 0.5)
    expect.close(model.table, descended(table, batches, 0.5), what=f"the model's parameter after {count} batches")
