"""epoch(model, loader, loss, opt=None): one pass over the loader; average loss and error, training if opt is given.

Model, loss and optimizer are torch's own here, so a mistake in another question costs nothing in this one.
"""

from dataclasses import dataclass, replace
from typing import Final

import torch
from epoch_mistakes import (
    BACKWARD,
    NOT_ONLY_ITERATED,
    late_losses,
    own_losses,
    wrong_averages,
    wrong_shares,
    wrong_trainings,
)
from epoch_training import Batches, Pass, Training

from grader.suite import (
    Expected,
    Handle,
    RemoteSubmission,
    Values,
    check,
    claim,
    deferrable,
    expect,
    given,
    oracles,
    strategies,
)

SIZES = strategies.split_sizes()
CLASSES = strategies.integers(2, 4)
VALUES = strategies.values(("halves", "normal"))
SLACK: Final = 1e-6  # a right sum of shares rounds in the seventh digit


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A linear model of torch's, its weight, and batches of different sizes."""

    model: Handle
    loss: Handle
    weight: torch.Tensor
    loader: Handle
    batches: Batches

    @property
    def evaluation(self) -> Pass:
        """A pass that leaves the weight as it is."""
        return Pass(self.batches, [self.weight] * len(self.batches))


def make(submission: RemoteSubmission, sizes: list[int], classes: int, values: Values) -> Setting:
    """A model with two inputs and random data for it."""
    weight = values(classes, 2)
    model = submission.torch.nn.Linear(2, classes, bias=False)
    model.weight.data = weight
    batches = [(values(size, 2), values.labels(size, classes)) for size in sizes]
    loss, loader = submission.torch.nn.CrossEntropyLoss(), submission.make_list(batches)
    return Setting(model=model, loss=loss, weight=weight, loader=loader, batches=batches)


def call_epoch(submission: RemoteSubmission, setting: Setting, *rest: object) -> Handle:
    """Call epoch. Its result is the average loss and the average error, as Python floats."""
    result = submission.epoch(setting.model, setting.loader, setting.loss, *rest)
    expect.length(result, 2, what="the result of epoch(...)")
    expect.a_float(result[0], what="the average loss")
    expect.a_float(result[1], what="the average error")
    return result


def expect_error(error: Handle, passed: Pass, *, what: str) -> None:
    """The share of rows that are classified wrongly."""
    ranges, rows = passed.wrong, sum(passed.counts)
    low, high = sum(least for least, _ in ranges), sum(most for _, most in ranges)
    wrong = f"{low} of {rows} rows are wrong" if low == high else f"{low} to {high} of {rows} rows are wrong"
    code = f"assert {low / rows - SLACK:.6f} < {{0}} < {high / rows + SLACK:.6f}, {{0}}  # {wrong}"
    shows, likely = claim(code, error), wrong_shares(error, passed)
    expect.holds(error_problem, error, low / rows, high / rows, what, wrong, shows=shows, likely=likely)


def error_problem(actual: float, low: float, high: float, what: str, wrong: str) -> str | None:
    """Why this is not the average error, if it is not."""
    inside = low - SLACK <= actual <= high + SLACK
    return None if inside else f"{what} is {actual:.6g}, expected {low:.6g} ({wrong})"


@check("epoch", hint="call the loss that is passed, loss(model(X), y); don't make one of your own")
@given(size=strategies.integers(1, 6), count=strategies.integers(1, 3), classes=CLASSES, values=VALUES)
def test_given_loss(submission: RemoteSubmission, size: int, count: int, classes: int, values: Values) -> None:
    """The loss is the one that is passed, whichever it is."""
    setting = make(submission, [size] * count, classes, values)  # of one size: how they are weighted is another check
    setting = replace(setting, loss=submission.torch.nn.MultiMarginLoss())
    result = call_epoch(submission, setting)
    passed = setting.evaluation
    parts, what = passed.margin_losses, "the average of torch.nn.MultiMarginLoss()"
    likely = own_losses(passed) | wrong_averages([part.value.item() for part in parts], passed)
    expect.close_float(result[0], oracles.weighted_mean(parts, passed.counts), what=what, likely=likely)


@check("epoch", hint="sum loss.item() * number of rows over the batches, and divide by the number of all rows")
@given(sizes=SIZES, classes=CLASSES, values=VALUES)
def test_average_loss(submission: RemoteSubmission, sizes: list[int], classes: int, values: Values) -> None:
    """The first result is the average loss over all rows: a float, each batch weighted by its size."""
    setting = make(submission, sizes, classes, values)
    result = call_epoch(submission, setting)
    passed, what = setting.evaluation, f"the average loss over batches of {sizes} rows"
    parts = passed.losses
    likely = wrong_averages([part.value.item() for part in parts], passed)
    expect.close_float(result[0], oracles.weighted_mean(parts, passed.counts), what=what, likely=likely)


@check("epoch", hint="count rows where logits.argmax(dim=1) differs from y, and divide by the number of all rows")
@given(sizes=SIZES, classes=CLASSES, values=VALUES)
def test_average_error(submission: RemoteSubmission, sizes: list[int], classes: int, values: Values) -> None:
    """The second result is the average error over all rows: a float, the share that is classified wrongly."""
    setting = make(submission, sizes, classes, values)
    result = call_epoch(submission, setting)
    expect_error(result[1], setting.evaluation, what=f"the average error over batches of {sizes} rows")


@check("epoch", hint="without opt: no backward, no step; loss and error alone")
@given(sizes=SIZES, classes=CLASSES, values=VALUES, stale=strategies.booleans())
def test_evaluation_changes_nothing(
    submission: RemoteSubmission, sizes: list[int], classes: int, values: Values, stale: bool
) -> None:
    """Without an optimizer no parameter changes and no gradient is computed."""
    setting = make(submission, sizes, classes, values)
    gradient = torch.ones_like(setting.weight) if stale else None
    setting.model.weight.grad = gradient
    call_epoch(submission, setting)
    held = setting.model.weight
    expect.equal(held, setting.weight, what="the model's weight after an evaluation")
    otherwise = "after an evaluation the model's weight does not require a gradient any more"
    shows = claim("assert {0}.weight.requires_grad", setting.model)
    expect.is_true(held.requires_grad, otherwise=otherwise, shows=shows)
    shows = claim("assert {0}.weight.grad is None, {0}.weight.grad", setting.model)
    expect.holds(gradient_problem, held.grad, gradient, shows=shows, likely=BACKWARD)


def gradient_problem(after: object, before: torch.Tensor | None) -> str | None:
    """Why this is not the gradient that the model had before an evaluation, if it is not."""
    if before is None:
        return None if after is None else "an evaluation leaves a gradient in the model's parameters"
    expect.equal(after, before, what="the gradient that the model had before an evaluation")
    return None


@check("epoch", hint="for each batch: opt.zero_grad(), loss.backward(), opt.step(), in this order")
@given(sizes=SIZES, classes=CLASSES, values=VALUES, learning_rate=strategies.sampled_from((0.5, 0.1, 0.01)))
def test_training_updates(
    submission: RemoteSubmission, sizes: list[int], classes: int, values: Values, learning_rate: float
) -> None:
    """With an optimizer each batch gives one update by its own gradient alone: zero_grad, backward, step."""
    setting = make(submission, sizes, classes, values)
    setting.model.weight.grad = torch.ones_like(setting.weight)  # what an earlier computation left behind
    opt = submission.torch.optim.SGD(setting.model.parameters(), learning_rate)
    call_epoch(submission, setting, opt)
    training = Training(setting.batches, setting.weight, learning_rate)
    what = f"the model's weight after training on {len(sizes)} batches"
    expect.close(setting.model.weight, training.result, what=what, likely=wrong_trainings(training))


@check("epoch", hint="compute loss and error from the logits before opt.step()")
@given(sizes=SIZES, classes=CLASSES, values=VALUES, learning_rate=strategies.sampled_from((1.0, 0.3)))
def test_measured_before_the_step(
    submission: RemoteSubmission, sizes: list[int], classes: int, values: Values, learning_rate: float
) -> None:
    """In training, loss and error of a batch are those of the logits that the update is computed from."""
    setting = make(submission, sizes, classes, values)
    opt = submission.torch.optim.SGD(setting.model.parameters(), learning_rate)
    result = call_epoch(submission, setting, opt)
    training = Training(setting.batches, setting.weight, learning_rate)
    passed = training.passed
    likely = late_losses(training) | wrong_averages(training.losses.value.tolist(), passed)
    expect.close_float(result[0], training.average_loss, what="the average loss while training", likely=likely)
    expect_error(result[1], passed, what="the average error while training")


@check(
    "epoch",
    hint="only `for X, y in loader`, once: no len(loader), no loader.X, no second pass",
    errors=NOT_ONLY_ITERATED,
)
@given(sizes=SIZES, classes=CLASSES, values=VALUES, training=strategies.booleans())
def test_any_iterable(
    submission: RemoteSubmission, sizes: list[int], classes: int, values: Values, training: bool
) -> None:
    """The loader may be any iterable of batches, and is read once: a generator gives what a list gives."""
    setting = make(submission, sizes, classes, values)
    opt = [submission.torch.optim.SGD(setting.model.parameters(), 0.0)] if training else []
    of_list = call_epoch(submission, setting, *opt)
    setting.model.weight.data = setting.weight
    generated = replace(setting, loader=submission.make_generator(setting.batches))
    result = call_epoch(submission, generated, *opt)
    for i, name in enumerate(("loss", "error")):
        what = f"the average {name} over a generator of the batches"
        expect.close_float(result[i], but_for_rounding(of_list[i]), what=what)


@deferrable
def but_for_rounding(number: float) -> Expected:
    """The number, which other arithmetic gives with some rounding."""
    return oracles.exact(torch.tensor(number)).times(16)
