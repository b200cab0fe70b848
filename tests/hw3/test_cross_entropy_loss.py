"""CrossEntropyLoss: the mean over the batch of log sum_j exp(z_j) - z_y."""

import math

import torch
from cross_entropy_mistakes import (
    A_FLOAT,
    CALL_ERRORS,
    DETACHED,
    IN_PLACE,
    kept_losses,
    wrong_gradients,
    wrong_losses,
)
from loss_scale import scaled
from settings_kept import expect_settings, settings_of

from grader.suite import (
    ANYTHING,
    Expected,
    Handle,
    Likely,
    RemoteSubmission,
    Values,
    check,
    example,
    expect,
    given,
    oracles,
    strategies,
)

EASY = Values("halves", 0)
GENTLE = strategies.values(("halves", "normal", "small"))  # large logits and unlikely classes: test_large_logits
LENIENT = 1000.0  # times the rounding: how exact the loss is, test_large_logits says


def number(submission: RemoteSubmission, loss: Handle) -> Handle:
    """The loss as a tensor without dimensions: test_mean_loss is about its form, test_loss_gradient about a float."""
    mean: Handle = submission.torch.mean(submission.torch.as_tensor(loss))
    return mean


@check(
    "CrossEntropyLoss",
    hint="log of the sum of exp(logits) minus the logit of the right class, averaged over the rows",
    errors=CALL_ERRORS,
)
@given(rows=strategies.sizes(7, also=(100,) * 6, least=2), classes=strategies.integers(2, 12), values=GENTLE)
@example(rows=2, classes=3, values=EASY)
@example(rows=100, classes=2, values=EASY)  # the homework's own batch size
@example(rows=7, classes=12, values=Values("normal", 1))
def test_mean_loss(submission: RemoteSubmission, rows: int, classes: int, values: Values) -> None:
    """The loss is the mean over the batch, as a scalar tensor."""
    batches = [(values(count, classes) / 2, values.labels(count, classes)) for count in (rows, rows + 1)]
    first, second = (oracles.cross_entropy(*batch).times(LENIENT) for batch in batches)
    loss = submission.CrossEntropyLoss()
    expect_loss(submission, loss(*batches[0]), first, wrong_losses(*batches[0]))
    expect_loss(submission, loss(*batches[1]), second, wrong_losses(*batches[1]) | kept_losses(first, second))


def expect_loss(submission: RemoteSubmission, loss: Handle, expected: Expected, likely: Likely) -> None:
    """The loss has that value, and is a float32 scalar as the logits are float32."""
    actual = submission.torch.as_tensor(loss)
    expect.close(actual, expected, what=repr(loss), likely=likely)
    expect.dtype(actual, torch.float32, what=repr(loss), why="as the logits")


@check(
    "CrossEntropyLoss",
    hint="torch.logsumexp of the logits: exp overflows above 88, softmax underflows to 0, and log(0) is -inf",
    errors=CALL_ERRORS,
)
@given(
    rows=strategies.integers(2, 6),
    classes=strategies.integers(2, 6),
    values=strategies.values(),
    scale=strategies.sampled_from((1e4, 1e3)),
    negative=strategies.booleans(),
)
@example(rows=3, classes=3, values=EASY, scale=1e4, negative=False)
@example(rows=3, classes=3, values=EASY, scale=1e4, negative=True)
@example(rows=3, classes=3, values=EASY, scale=1e3, negative=False)
def test_large_logits(
    submission: RemoteSubmission, rows: int, classes: int, values: Values, scale: float, negative: bool
) -> None:
    """The loss is right for logits as large as 10,000 and as small as -10,000."""
    spread, y = values(rows, classes), values.labels(rows, classes)
    unit = spread / 2.0 ** math.ceil(math.log2(spread.abs().max().clamp_min(1e-30).item()))  # in [-1, 1]
    logits = scale * ((unit - 1) / 2 if negative else unit)  # simple numbers stay simple
    gentle = number(submission, submission.CrossEntropyLoss()(unit, y))
    loss = submission.CrossEntropyLoss()(logits, y)
    expected = scaled(oracles.cross_entropy(logits, y), gentle, oracles.cross_entropy(unit, y))
    expect.close(number(submission, loss), expected, what=repr(loss), likely=wrong_losses(logits, y))


@check(
    "CrossEntropyLoss",
    hint="the gradient is (softmax - one-hot) / N: no .item(), .detach() or float() on the way",
    errors={
        "does not require grad": DETACHED,
        "'float' object has no attribute": A_FLOAT,
        "a leaf Variable that requires grad is being used in an in-place operation": IN_PLACE,
        **CALL_ERRORS,
    },
)
@given(rows=strategies.sizes(least=2), classes=strategies.integers(2, 12), values=GENTLE)
@example(rows=2, classes=3, values=EASY)
def test_loss_gradient(submission: RemoteSubmission, rows: int, classes: int, values: Values) -> None:
    """The gradient that reaches the logits is right, and neither the logits nor torch's settings are modified."""
    z, y = values(rows, classes) / 2, values.labels(rows, classes)
    logits, settings = submission.tensor(z, requires_grad=True), settings_of(submission)
    loss = submission.CrossEntropyLoss()(logits, y)
    expect_settings(submission, settings, after=repr(loss))
    loss.mean().backward()  # whether it is a mean already, test_mean_loss says
    right = scaled(oracles.cross_entropy_gradient(z, y).times(LENIENT), loss.mean(), oracles.cross_entropy(z, y))
    what = "the gradient that reaches the logits"
    expect.close(logits.grad, right, what=what, likely=wrong_gradients(z, y))
    expect.equal(logits, z, what="the logits after the call", likely={IN_PLACE: ANYTHING})


@check("CrossEntropyLoss", hint="look for .squeeze(), which also removes a batch dimension of 1", errors=CALL_ERRORS)
@given(rows=strategies.sampled_from((1, 2, 5)), classes=strategies.sampled_from((1, 2, 5)), values=GENTLE)
@example(rows=1, classes=3, values=EASY)
@example(rows=3, classes=1, values=EASY)
@example(rows=1, classes=1, values=EASY)
def test_single_row_or_class(submission: RemoteSubmission, rows: int, classes: int, values: Values) -> None:
    """A batch of one example, or a single class, is no special case."""
    if rows > 1:
        classes = 1
    logits, y = values(rows, classes) / 2, values.labels(rows, classes)
    loss = submission.CrossEntropyLoss()(logits, y)
    expected, size = oracles.cross_entropy(logits, y), submission.torch.abs(number(submission, loss))  # of any sign
    expect.close(size, expected.times(LENIENT), what=repr(loss), likely=wrong_losses(logits, y))
