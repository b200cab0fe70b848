"""epoch(model, loader, loss, opt=None): one pass over the loader; average loss and error, training if opt is given.

Model, loss and optimizer are torch's own here, so a mistake in another question costs nothing in this one. Each check
looks at its own sentence: only those of the two averages ask for a pair of floats, and what holds in training and in
evaluation is looked at where one of the two works.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import torch
from epoch_mistakes import (
    BACKWARD,
    ERRORS,
    FORMS,
    FROZEN,
    LOADER_ERRORS,
    late_loss,
    late_numbers,
    own_losses,
    raised_mistakes,
    wrong_averages,
    wrong_results,
    wrong_shares,
    wrong_trainings,
)
from epoch_training import Batches, Pass, Training, numbers_in
from settings_kept import expect_settings, settings_of

from grader.suite import (
    Expected,
    Handle,
    Likely,
    Raised,
    RemoteSubmission,
    Values,
    attempt,
    check,
    claim,
    example,
    expect,
    given,
    oracles,
    show,
    strategies,
)

SIZES = strategies.split_sizes()
CLASSES = strategies.integers(2, 4)
ROWS = strategies.integers(1, 4)
VALUES = strategies.values(("halves", "normal"))
UNEQUAL = Values("halves", 1994)  # of 3, 1 and 2 rows: no two mistakes average losses and errors alike
MOVED = Values("halves", 0)  # a step changes loss and error
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


def optimizer(submission: RemoteSubmission, setting: Setting, learning_rate: float = 0.0) -> Handle:
    """Plain gradient descent; with the default, training leaves the model as it is."""
    opt: Handle = submission.torch.optim.SGD(setting.model.parameters(), learning_rate)
    return opt


def call_epoch(submission: RemoteSubmission, setting: Setting, *opt: Handle) -> Handle:
    """Call epoch as the hand-out does."""
    return submission.epoch(setting.model, setting.loader, setting.loss, *opt)


def evaluate_and_train(submission: RemoteSubmission, setting: Setting) -> list[Handle]:
    """What epoch gives in evaluation, and in training that changes nothing: an exception where it raises one."""
    opt = optimizer(submission, setting)
    return [attempt(call_epoch, submission, setting), attempt(call_epoch, submission, setting, opt)]


def that_came(results: list[Any], what: list[str]) -> Iterator[tuple[Any, str]]:
    """The results that came, and how to call them. One may be an exception: that is for the checks of that one."""
    raised = [result for result in results if type(result) is Raised]
    if len(raised) == len(results):
        message = f"{what[0]} raised {raised[0].type_name}: {raised[0].text}"
        expect.that(False, message, likely=raised_mistakes(f"{raised[0].type_name}: {raised[0].text}"))
    yield from ((result, name) for result, name in zip(results, what, strict=True) if type(result) is not Raised)


def expect_pairs(results: list[Handle], sizes: list[int], look: Callable[[Any, str], None], *, place: int) -> None:
    """look(number, what) finds nothing wrong with the float at that place of each result of `evaluate_and_train`."""

    def look_at_each(results: list[Any], what: list[str]) -> None:
        for result, call in that_came(results, what):
            is_pair(result, f"the result of {call}")
            name, number = f"the average {('loss', 'error')[place]} of {call}", result[place]
            shows = claim("assert isinstance({0}, float), type({0})", number)
            message = f"{name} is {show(number)}, expected a Python float"
            expect.that(
                type(number) is float, message, shows=shows, likely={FORMS[place]: isinstance(number, torch.Tensor)}
            )
            look(number, name)

    calls = [f"{kind} over batches of {sizes} rows" for kind in ("an evaluation", "a training")]
    expect.holds(look_at_each, results, calls)


def is_pair(result: Any, what: str) -> None:
    """A tuple of two, or a list."""
    shows, is_sequence = claim("assert len({0}) == 2, {0}", result), isinstance(result, list | tuple)
    message = f"{what} is {show(result)}, expected the average loss and the average error"
    expect.that(is_sequence, message, shows=shows, likely=wrong_results(result))
    expect.length(result, 2, what=what)


def is_share(actual: float, passed: Pass, what: str) -> None:
    """The share of rows that are classified wrongly."""
    ranges, rows = passed.wrong, sum(passed.counts)
    low, high = sum(least for least, _ in ranges), sum(most for _, most in ranges)
    wrong = f"{low} of {rows} rows are wrong" if low == high else f"{low} to {high} of {rows} rows are wrong"
    code = f"assert {low / rows - SLACK:.6f} < {{0}} < {high / rows + SLACK:.6f}, {{0}}  # {wrong}"
    message = f"{what} is {actual:.6g}, expected {low / rows:.6g} ({wrong})"
    inside = low / rows - SLACK <= actual <= high / rows + SLACK
    expect.that(inside, message, shows=claim(code, actual), likely=wrong_shares(actual, passed))


@check("epoch", hint="call the loss that is passed, loss(model(X), y); don't make one of your own", errors=ERRORS)
@given(classes=CLASSES, values=VALUES)
def test_given_loss(submission: RemoteSubmission, classes: int, values: Values) -> None:
    """The loss is the one that is passed, whichever it is; each argument can be given by its name."""
    setting = make(submission, [1], classes, values)  # one row: how rows are averaged is another check
    loss, opt = submission.torch.nn.MultiMarginLoss(), optimizer(submission, setting)
    result = submission.epoch(model=setting.model, loader=setting.loader, loss=loss, opt=opt)
    passed = setting.evaluation
    expect.holds(has_number, result, passed.margin_losses[0], "epoch(...)", own_losses(passed))


def has_number(result: Any, expected: Expected, what: str, likely: Likely) -> None:
    """One of the numbers that came, in whatever form, is the loss."""
    numbers = numbers_in(result)
    expect.that(bool(numbers), f"{what} is {show(result)}, expected the average loss and the average error")
    if not any(abs(number - expected.value.item()) <= expected.bound.item() for number in numbers):
        expect.close_float(numbers[0], expected, what=f"the average loss of {what}", likely=likely)


@check("epoch", hint="sum loss.item() * number of rows over the batches, and divide by the number of all rows")
@example(sizes=[3, 1, 2], classes=3, values=UNEQUAL)
@example(sizes=[1] * 40, classes=2, values=UNEQUAL)
@given(sizes=SIZES, classes=CLASSES, values=VALUES)
def test_average_loss(submission: RemoteSubmission, sizes: list[int], classes: int, values: Values) -> None:
    """The first result is the average loss over all rows: a float, each batch weighted by its size."""
    setting = make(submission, sizes, classes, values)
    passed, parts = setting.evaluation, setting.evaluation.losses
    expected = oracles.weighted_mean(parts, passed.counts)
    likely = wrong_averages([part.value.item() for part in parts], passed)
    results = evaluate_and_train(submission, setting)
    look = partial(expect.close_float, expected=expected, likely=likely)
    expect_pairs(results, sizes, lambda loss, what: look(loss, what=what), place=0)


@check("epoch", hint="count rows where logits.argmax(dim=1) differs from y, and divide by the number of all rows")
@example(sizes=[3, 1, 2], classes=3, values=UNEQUAL)
@given(sizes=SIZES, classes=CLASSES, values=VALUES)
def test_average_error(submission: RemoteSubmission, sizes: list[int], classes: int, values: Values) -> None:
    """The second result is the average error over all rows: a float, the share that is classified wrongly."""
    setting = make(submission, sizes, classes, values)
    results = evaluate_and_train(submission, setting)
    expect_pairs(results, sizes, lambda error, what: is_share(error, setting.evaluation, what), place=1)


@check("epoch", hint="without opt: no backward, no step; loss and error alone", errors=ERRORS)
@given(rows=ROWS, values=VALUES, stale=strategies.booleans())
@example(rows=2, values=UNEQUAL, stale=False)
@example(rows=2, values=UNEQUAL, stale=True)
def test_evaluation_changes_nothing(submission: RemoteSubmission, rows: int, values: Values, stale: bool) -> None:
    """Without an optimizer no parameter changes, no gradient is computed, and all goes on as before."""
    setting, settings = make(submission, [rows], 2, values), settings_of(submission)
    gradient = torch.ones_like(setting.weight) if stale else None
    setting.model.weight.grad = gradient
    expect.holds(gives_a_number, results := call_epoch(submission, setting), repr(results))
    held = setting.model.weight
    expect.equal(held, setting.weight, what="the model's weight after an evaluation")
    shows = claim("assert {0}.weight.requires_grad", setting.model)
    expect.is_true(held.requires_grad, otherwise=FROZEN, shows=shows)
    shows = claim("assert {0}.weight.grad is None, {0}.weight.grad", setting.model)
    expect.holds(gradient_problem, held.grad, gradient, shows=shows, likely=BACKWARD)
    expect_settings(submission, settings, after="an evaluation")


def gives_a_number(results: Any, what: str) -> None:
    """An evaluation took place: there is a number in what it gave, whatever its form."""
    shows = claim("assert {0} is not None", results)
    expect.that(bool(numbers_in(results)), f"{what} is {show(results)}, without a number", shows=shows)


def gradient_problem(after: object, before: torch.Tensor | None) -> str | None:
    """Why this is not the gradient that the model had before an evaluation, if it is not."""
    if before is None:
        return None if after is None else "an evaluation leaves a gradient in the model's parameters"
    expect.equal(after, before, what="the gradient that the model had before an evaluation")
    return None


@check("epoch", hint="for each batch: opt.zero_grad(), loss.backward(), opt.step(), in this order", errors=ERRORS)
@example(sizes=[2, 3, 1], classes=3, values=UNEQUAL, learning_rate=0.5)
@given(sizes=SIZES, classes=CLASSES, values=VALUES, learning_rate=strategies.sampled_from((0.5, 0.1, 0.01)))
def test_training_updates(
    submission: RemoteSubmission, sizes: list[int], classes: int, values: Values, learning_rate: float
) -> None:
    """With an optimizer each batch gives one update by its own gradient alone: zero_grad, backward, step."""
    setting = make(submission, sizes, classes, values)
    setting.model.weight.grad = torch.ones_like(setting.weight)  # what an earlier computation left behind
    call_epoch(submission, setting, optimizer(submission, setting, learning_rate))
    training = Training(setting.batches, setting.weight, learning_rate)
    what = f"the model's weight after training on {len(sizes)} {'batch' if len(sizes) == 1 else 'batches'}"
    expect.close(setting.model.weight, training.result, what=what, likely=wrong_trainings(training))


@check("epoch", hint="compute loss and error from the logits before opt.step()", errors=ERRORS)
@example(classes=2, values=MOVED, learning_rate=1.0)
@given(classes=CLASSES, values=VALUES, learning_rate=strategies.sampled_from((1.0, 0.3)))
def test_measured_before_the_step(
    submission: RemoteSubmission, classes: int, values: Values, learning_rate: float
) -> None:
    """In training, loss and error of a batch are those of the logits that the update is computed from."""
    setting = make(submission, [1], classes, values)  # one row: how rows are averaged is another check
    still = call_epoch(submission, setting, optimizer(submission, setting))
    moving = call_epoch(submission, setting, optimizer(submission, setting, learning_rate))
    training = Training(setting.batches, setting.weight, learning_rate)
    expect.holds(has_number, moving, training.average_loss, "a training", late_loss(training))
    expect.holds(are_same, moving, still, "a training", partial(late_numbers, training))


@check(
    "epoch", hint="only `for X, y in loader`, once: no len(loader), no loader.X, no second pass", errors=LOADER_ERRORS
)
@example(rows=2, values=UNEQUAL, training=True)
@given(rows=ROWS, values=VALUES, training=strategies.just(False))
def test_any_iterable(submission: RemoteSubmission, rows: int, values: Values, training: bool) -> None:
    """The loader may be any iterable of batches, and is read once: a generator gives what a list gives."""
    setting = make(submission, [rows], 3, values)
    generated = replace(setting, loader=submission.make_generator(setting.batches))
    opt = [optimizer(submission, setting)] if training else []
    of_list, of_generator = (call_epoch(submission, each, *opt) for each in (setting, generated))
    expect.holds(are_same, of_generator, of_list, "epoch(...) over a generator", dict)


def are_same(actual: Any, expected: Any, what: str, late: Callable[[], Mapping[str, float]]) -> None:
    """The numbers in the two results are the same but for rounding. late: gives mistakes, and the number of each."""
    came, right = numbers_in(actual), numbers_in(expected)
    expect.that(bool(right), f"{what} is {show(actual)}, expected the average loss and the average error")
    expect.that(len(came) == len(right), f"{what} is {show(actual)}, expected as before {show(expected)}")
    for number, other, name in zip(came, right, ("loss", "error"), strict=False):
        if not is_near(number, other):
            message = f"the average {name} of {what} is {number:.6g}, expected as before {other:.6g}"
            likely = {mistake: is_near(number, gives) for mistake, gives in late().items()}
            shows = claim("assert abs({0} - {1}) < 1e-4 * (1 + abs({1})), ({0}, {1})", number, other)
            expect.that(False, message, shows=shows, likely=likely)


def is_near(number: float, other: float) -> bool:
    """The same but for rounding."""
    return abs(number - other) < 1e-4 * (1 + abs(other))
