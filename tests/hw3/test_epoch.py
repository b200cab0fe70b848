"""epoch(model, loader, loss, opt=None): one pass over the loader; average loss and error, training if opt is given.

Model, loss and optimizer are torch's own here, so a mistake in another question costs nothing in this one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.suite import expect, oracles, strategies
from grader.suite.checks import check
from grader.suite.claims import claim
from grader.suite.handles import Handle, examine, later
from grader.suite.strategies import Values

SIZES = strategies.split_sizes()
CLASSES = st.integers(2, 4)
VALUES = strategies.values(("halves", "normal"))
Batches = list[tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Setting:
    """A linear model of torch's, its weight, and batches of different sizes."""

    model: Handle
    loss: Handle
    weight: torch.Tensor
    loader: Handle
    batches: Batches

    @property
    def counts(self) -> list[int]:
        """Rows of each batch."""
        return [len(y) for _, y in self.batches]


def make(submission: Any, sizes: list[int], classes: int, values: Values) -> Setting:
    """A model with two inputs and random data for it."""
    weight = values(classes, 2)
    model = submission.torch.nn.Linear(2, classes, bias=False)
    model.weight.data = weight
    batches = [(values(size, 2), values.labels(size, classes)) for size in sizes]
    return Setting(model, submission.torch.nn.CrossEntropyLoss(), weight, submission.make_list(batches), batches)


def call_epoch(submission: Any, look: Callable[[float, float], None], setting: Setting, *rest: object) -> None:
    """Look at epoch's two results, which must be Python floats."""
    examine(
        lambda called: look(*two_floats(called)), submission.epoch(setting.model, setting.loader, setting.loss, *rest)
    )


def two_floats(called: object) -> tuple[float, float]:
    """What epoch gave, if it is that."""
    pair = expect.length(called, 2, what="the result of epoch(...)")
    return expect.a_float(pair[0], what="the average loss"), expect.a_float(pair[1], what="the average error")


def expect_loss(actual: float, setting: Setting, weights: list[torch.Tensor], *, what: str) -> None:
    """The average over all rows of the losses, with weights[i] in force for batch i."""
    parts = [
        oracles.cross_entropy_of(oracles.linear(x, w), y) for (x, y), w in zip(setting.batches, weights, strict=True)
    ]
    likely = partial(wrong_averages, [part.value.item() for part in parts], setting, weights)
    expect.close_float(actual, oracles.weighted_mean(parts, setting.counts), what=what, likely=likely)


def wrong_averages(losses: list[float], setting: Setting, weights: list[torch.Tensor]) -> expect.Mistakes:
    """Mistakes in the average of the batches' losses, and what they give."""
    counts, rows = setting.counts, sum(setting.counts)
    total = math.fsum(loss * n for loss, n in zip(losses, counts, strict=True))
    return {
        "the batches' averages are averaged, though batches differ in size: weight each by its rows": lambda: (
            math.fsum(losses) / len(losses)
        ),
        "the batches' averages are divided by the number of rows: multiply each by its rows first": lambda: (
            math.fsum(losses) / rows
        ),
        "the losses are summed over the rows: divide by the number of rows": lambda: total,
        "the batches' averages are summed, not averaged": lambda: math.fsum(losses),
        "only the first batch counts: a return stands inside the loop": lambda: losses[0],
        "the last batch is left out": lambda: (total - losses[-1] * counts[-1]) / (rows - counts[-1] or 1),
        "the results are swapped: (loss, error) is asked for": lambda: wrong_rows(setting, weights) / rows,
    }


def wrong_rows(setting: Setting, weights: list[torch.Tensor]) -> int:
    """How many rows are classified wrongly, with weights[i] in force for batch i."""
    pairs = zip(setting.batches, weights, strict=True)
    return sum(int(((x.double() @ w.double().T).argmax(1) != y).sum()) for (x, y), w in pairs)


def expect_error(actual: float, setting: Setting, weights: list[torch.Tensor], *, what: str) -> None:
    """The share of rows that are classified wrongly, with weights[i] in force for batch i."""
    ranges = [oracles.error_range(oracles.linear(x, w), y) for (x, y), w in zip(setting.batches, weights, strict=True)]
    rows, low, high = sum(setting.counts), sum(r[0] for r in ranges), sum(r[1] for r in ranges)
    wrong = f"{low} of {rows} rows are wrong" if low == high else f"{low} to {high} of {rows} rows are wrong"
    slack = 1e-6  # a right sum of shares rounds in the seventh digit
    inside = low / rows - slack <= actual <= high / rows + slack
    asserted = f"assert {low / rows - slack:.6f} < {{0}} < {high / rows + slack:.6f}, {{0}}  # {wrong}"
    expect.that(
        inside,
        f"{what} is {actual:.6g}, expected {low / rows:.6g} ({wrong})",
        shows=claim(asserted, actual),
        likely=partial(wrong_shares, actual, ranges, setting.counts),
    )


def wrong_shares(actual: float, wrong: list[tuple[int, int]], counts: list[int]) -> expect.Mistakes:
    """Mistakes in the average error, and whether they give what came. wrong: least and most rows of each batch."""
    rows = sum(counts)

    def gives(average: Callable[[list[int]], float]) -> Callable[[], bool]:
        least, most = sorted(average([batch[end] for batch in wrong]) for end in (0, 1))
        return lambda: least - 1e-6 < actual < most + 1e-6

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


@check("epoch", hint="call the loss that is passed, loss(model(X), y); don't make one of your own")
@given(size=st.integers(1, 6), count=st.integers(1, 3), classes=CLASSES, values=VALUES)
def test_given_loss(submission: Any, size: int, count: int, classes: int, values: Values) -> None:
    """The loss is the one that is passed, whichever it is."""
    sizes = [size] * count  # batches of one size: how they are weighted is another check
    setting = make(submission, sizes, classes, values)
    setting = replace(setting, loss=submission.torch.nn.MultiMarginLoss())
    parts = [oracles.multi_margin_of(oracles.linear(x, setting.weight), y) for x, y in setting.batches]
    own_loss = "the loss that is passed is not used, but a cross entropy of your own"

    def look(loss: float, error: float) -> None:
        expect.close_float(
            loss,
            oracles.weighted_mean(parts, setting.counts),
            what="the average of torch.nn.MultiMarginLoss()",
            likely=lambda: {
                own_loss: lambda: oracles.weighted_mean(
                    [oracles.cross_entropy_of(oracles.linear(x, setting.weight), y) for x, y in setting.batches],
                    setting.counts,
                ),
                **wrong_averages([part.value.item() for part in parts], setting, [setting.weight] * len(sizes)),
            },
        )

    call_epoch(submission, look, setting)


@check("epoch", hint="sum loss.item() * number of rows over the batches, and divide by the number of all rows")
@given(sizes=SIZES, classes=CLASSES, values=VALUES)
def test_average_loss(submission: Any, sizes: list[int], classes: int, values: Values) -> None:
    """The first result is the average loss over all rows: a float, each batch weighted by its size."""
    setting = make(submission, sizes, classes, values)
    what = f"the average loss over batches of {sizes} rows"
    weights = [setting.weight] * len(sizes)
    call_epoch(submission, lambda loss, error: expect_loss(loss, setting, weights, what=what), setting)


@check("epoch", hint="count rows where logits.argmax(dim=1) differs from y, and divide by the number of all rows")
@given(sizes=SIZES, classes=CLASSES, values=VALUES)
def test_average_error(submission: Any, sizes: list[int], classes: int, values: Values) -> None:
    """The second result is the average error over all rows: a float, the share that is classified wrongly."""
    setting = make(submission, sizes, classes, values)
    what = f"the average error over batches of {sizes} rows"
    weights = [setting.weight] * len(sizes)
    call_epoch(submission, lambda loss, error: expect_error(error, setting, weights, what=what), setting)


@check("epoch", hint="without opt: no backward, no step; loss and error alone")
@given(sizes=SIZES, classes=CLASSES, values=VALUES, stale=st.booleans())
def test_evaluation_changes_nothing(
    submission: Any, sizes: list[int], classes: int, values: Values, stale: bool
) -> None:
    """Without an optimizer no parameter changes and no gradient is computed."""
    setting = make(submission, sizes, classes, values)
    gradient = torch.ones_like(setting.weight) if stale else None
    setting.model.weight.grad = gradient
    later(two_floats, submission.epoch(setting.model, setting.loader, setting.loss))
    held = setting.model.weight
    examine(partial(expect_unchanged, setting, gradient), held, held.grad, held.requires_grad)


def expect_unchanged(
    setting: Setting, gradient: torch.Tensor | None, weight: object, after: object, trainable: object
) -> None:
    """What there is after an evaluation is what there was before."""
    expect.equal(weight, setting.weight, what="the model's weight after an evaluation")
    expect.that(
        trainable is True,
        "after an evaluation the model's weight does not require a gradient any more",
        shows=claim("assert {0}.weight.requires_grad", setting.model),
    )
    if gradient is None:
        expect.that(
            after is None,
            "an evaluation leaves a gradient in the model's parameters",
            shows=claim("assert {0}.weight.grad is None, {0}.weight.grad", setting.model),
            likely=lambda: {"backward() is called without an optimizer, too": lambda: after is not None},
        )
    else:
        expect.equal(after, gradient, what="the gradient that the model had before an evaluation")


@check("epoch", hint="for each batch: opt.zero_grad(), loss.backward(), opt.step(), in this order")
@given(sizes=SIZES, classes=CLASSES, values=VALUES, learning_rate=st.sampled_from((0.5, 0.1, 0.01)))
def test_training_updates(
    submission: Any, sizes: list[int], classes: int, values: Values, learning_rate: float
) -> None:
    """With an optimizer each batch gives one update by its own gradient alone: zero_grad, backward, step."""
    setting = make(submission, sizes, classes, values)
    setting.model.weight.grad = torch.ones_like(setting.weight)  # what an earlier computation left behind
    opt = submission.torch.optim.SGD(setting.model.parameters(), learning_rate)
    later(two_floats, submission.epoch(setting.model, setting.loader, setting.loss, opt))
    expect.close(
        setting.model.weight,
        oracles.rounding_of(lambda dtype: _train(setting, learning_rate, dtype)[-1]),
        what=f"the model's weight after training on {len(sizes)} batches",
        likely=partial(wrong_trainings, setting, learning_rate),
    )


def wrong_trainings(setting: Setting, learning_rate: float) -> expect.Mistakes:
    """Mistakes in the steps of the training, and the weight that they lead to."""
    stale = torch.ones_like(setting.weight, dtype=torch.float64)

    def run(next_step: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]) -> Callable[[], torch.Tensor]:
        """next_step(this batch's gradient, what was in .grad after the last step, rows): what the step subtracts."""

        def trained() -> torch.Tensor:
            weight, kept = setting.weight.double(), stale
            for x, y in setting.batches:
                gradient = _gradient(weight, x, y)
                weight = weight - learning_rate * next_step(gradient, kept, len(y))
                kept = kept + gradient
            return weight

        return trained

    def late() -> torch.Tensor:
        """step() before backward(): each step uses the gradient of the batch before."""
        weight, kept = setting.weight.double(), stale
        for x, y in setting.batches:
            gradient = _gradient(weight, x, y)
            weight, kept = weight - learning_rate * kept, gradient
        return weight

    def zeroed_after() -> torch.Tensor:
        weight, kept = setting.weight.double(), stale
        for x, y in setting.batches:
            weight, kept = weight - learning_rate * (kept + _gradient(weight, x, y)), torch.zeros_like(stale)
        return weight

    def all_but_last() -> torch.Tensor:
        return _train(setting, learning_rate, torch.float64)[-2]

    def once(sum_up: bool) -> Callable[[], torch.Tensor]:
        gradients = [_gradient(setting.weight.double(), x, y) for x, y in setting.batches]
        total = torch.stack(gradients).sum(0) if sum_up else gradients[-1]
        return lambda: setting.weight.double() - learning_rate * total

    return {
        "the weight does not change: step() is not called, or zero_grad() stands before it": lambda: setting.weight,
        "the gradients are never set to zero, so that those of all batches add up: opt.zero_grad()": run(
            lambda gradient, kept, rows: kept + gradient
        ),
        "the gradients are set to zero once an epoch, not before each batch": run(
            lambda gradient, kept, rows: kept + gradient - stale
        ),
        "the gradients are set to zero after the step only, so that the first step uses what was left": zeroed_after,
        "step() comes before backward(), so that it uses the gradient of the batch before": late,
        "step() is called twice a batch": run(lambda gradient, kept, rows: 2 * gradient),
        "step() is called once an epoch, not once a batch": once(sum_up=False),
        "one step is made for the whole epoch, with the sum of all gradients": once(sum_up=True),
        "the gradient is that of the sum over the batch, not of the average": run(
            lambda gradient, kept, rows: rows * gradient
        ),
        "the last batch is left out": all_but_last,
        "the gradient is added, so that every step climbs the loss": run(lambda gradient, kept, rows: -gradient),
    }


def _gradient(weight: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Of the cross entropy by the weight."""
    leaf = weight.clone().requires_grad_()
    return torch.autograd.grad(torch.nn.functional.cross_entropy(x.to(leaf.dtype) @ leaf.T, y), [leaf])[0]


@check("epoch", hint="compute loss and error from the logits before opt.step()")
@given(sizes=SIZES, classes=CLASSES, values=VALUES, learning_rate=st.sampled_from((1.0, 0.3)))
def test_measured_before_the_step(
    submission: Any, sizes: list[int], classes: int, values: Values, learning_rate: float
) -> None:
    """In training, loss and error of a batch are those of the logits that the update is computed from."""
    setting = make(submission, sizes, classes, values)
    opt = submission.torch.optim.SGD(setting.model.parameters(), learning_rate)
    weights = [weight.float() for weight in _train(setting, learning_rate, torch.float64)[:-1]]
    parts = oracles.rounding_of(lambda dtype: _losses(setting, learning_rate, dtype))
    total = sum(setting.counts)
    shares = torch.tensor(setting.counts, dtype=torch.float64) / total
    expected = oracles.Expected(
        (parts.value * shares).sum(), (parts.bound * shares).sum() + 1e-6 * parts.value.abs().max()
    )

    def look(loss: float, error: float) -> None:
        expect.close_float(
            loss,
            expected,
            what="the average loss while training",
            likely=lambda: {
                "the loss is measured after the step": lambda: loss_after_the_steps(setting, learning_rate, shares),
                **wrong_averages(parts.value.tolist(), setting, weights),
            },
        )
        expect_error(error, setting, weights, what="the average error while training")

    call_epoch(submission, look, setting, opt)


def loss_after_the_steps(setting: Setting, learning_rate: float, shares: torch.Tensor) -> oracles.Expected:
    """The average loss where that of each batch is measured after its step."""
    after = oracles.rounding_of(lambda dtype: (_losses(setting, learning_rate, dtype, after=True) * shares).sum())
    return oracles.Expected(after.value, after.bound + 1e-6)  # losses near 0 round at the size of the logits


@check(
    "epoch",
    hint="only `for X, y in loader`, once: no len(loader), no loader.X, no second pass",
    errors={
        "object of type 'generator' has no len()": "len(loader) is used; a loader is only something to iterate over",
        "'generator' object is not subscriptable": "loader[i] is used; a loader is only something to iterate over",
    },
)
@given(sizes=SIZES, classes=CLASSES, values=VALUES, training=st.booleans())
def test_any_iterable(submission: Any, sizes: list[int], classes: int, values: Values, training: bool) -> None:
    """The loader may be any iterable of batches, and is read once: a generator gives what a list gives."""
    setting = make(submission, sizes, classes, values)
    opt = [submission.torch.optim.SGD(setting.model.parameters(), 0.0)] if training else []
    with_list = submission.epoch(setting.model, setting.loader, setting.loss, *opt)
    later(two_floats, with_list)
    setting.model.weight.data = setting.weight
    loader = submission.make_generator(setting.batches)
    examine(expect_same, submission.epoch(setting.model, loader, setting.loss, *opt), with_list)


def expect_same(with_generator: object, with_list: object) -> None:
    """What a generator gives is what a list gives, but for rounding."""
    for name, value, same in zip(("loss", "error"), two_floats(with_generator), two_floats(with_list), strict=True):
        what = f"the average {name} over a generator of the batches"
        expect.close_float(value, oracles.exact(torch.tensor(same)).times(16), what=what)


def _train(setting: Setting, learning_rate: float, dtype: torch.dtype) -> list[torch.Tensor]:
    """The weight before each batch, and after the last one."""
    weights = [setting.weight.to(dtype)]
    for x, y in setting.batches:
        weights.append(weights[-1] - learning_rate * _gradient(weights[-1], x, y))
    return weights


def _losses(setting: Setting, learning_rate: float, dtype: torch.dtype, *, after: bool = False) -> torch.Tensor:
    """The loss of each batch while training, before its step or after it. (number of batches,)."""
    weights = _train(setting, learning_rate, dtype)
    weights = weights[1:] if after else weights[:-1]
    losses = [
        torch.nn.functional.cross_entropy(x.to(dtype) @ w.T, y)
        for (x, y), w in zip(setting.batches, weights, strict=True)
    ]
    return torch.stack(losses)
