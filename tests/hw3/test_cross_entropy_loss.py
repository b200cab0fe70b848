"""CrossEntropyLoss: the mean over the batch of log sum_j exp(z_j) - z_y."""

import math

from cross_entropy_mistakes import A_FLOAT, DETACHED, IN_PLACE, wrong_gradients, wrong_losses

from grader.suite import ANYTHING, RemoteSubmission, Values, check, expect, given, oracles, strategies


@check(
    "CrossEntropyLoss",
    hint="log of the sum of exp(logits) minus the logit of the right class, averaged over the rows",
)
@given(
    rows=strategies.sizes(7, also=(100,) * 6, least=2),  # half of them large: the homework's own batch size
    classes=strategies.integers(2, 12),
    values=strategies.values(("halves", "normal", "small")),
)
def test_mean_loss(submission: RemoteSubmission, rows: int, classes: int, values: Values) -> None:
    """The loss is the mean over the batch, as a scalar tensor."""
    logits, y = values(rows, classes), values.labels(rows, classes)
    loss = submission.CrossEntropyLoss()(logits, y)
    expect.close(loss, oracles.cross_entropy(logits, y), likely=wrong_losses(logits, y))


@check(
    "CrossEntropyLoss", hint="exp overflows above 88: subtract each row's largest logit first, or use torch.logsumexp"
)
@given(
    rows=strategies.integers(2, 6),
    classes=strategies.integers(2, 6),
    values=strategies.values(),
    scale=strategies.sampled_from((1e4, 1e3, 100.0)),
)
def test_large_logits(submission: RemoteSubmission, rows: int, classes: int, values: Values, scale: float) -> None:
    """The loss is right for logits as large as 10,000 and as small as -10,000."""
    spread = values(rows, classes)
    size = 2.0 ** math.ceil(math.log2(spread.abs().max().clamp_min(1e-30).item()))  # simple numbers stay simple
    logits, y = spread * (scale / size), values.labels(rows, classes)
    loss = submission.CrossEntropyLoss()(logits, y)
    expect.close(loss, oracles.cross_entropy(logits, y), likely=wrong_losses(logits, y))


@check(
    "CrossEntropyLoss",
    hint="the gradient is (softmax - one-hot) / N: no .item(), .detach() or float() on the way",
    errors={
        "does not require grad": DETACHED,
        "'float' object has no attribute 'backward'": A_FLOAT,
        "a leaf Variable that requires grad is being used in an in-place operation": IN_PLACE,
    },
)
@given(rows=strategies.sizes(least=2), classes=strategies.integers(2, 12), values=strategies.values())
def test_loss_gradient(submission: RemoteSubmission, rows: int, classes: int, values: Values) -> None:
    """The gradient that reaches the logits is right, and the logits are not modified."""
    z, y = values(rows, classes), values.labels(rows, classes)
    logits = submission.tensor(z, requires_grad=True)
    loss = submission.CrossEntropyLoss()(logits, y)
    loss.backward()
    expect.close(loss, oracles.cross_entropy(z, y), likely=wrong_losses(z, y))
    expected, what = oracles.cross_entropy_gradient(z, y), "the gradient that reaches the logits"
    expect.close(logits.grad, expected, what=what, likely=wrong_gradients(z, y))
    expect.equal(logits, z, what="the logits after the call", likely={IN_PLACE: ANYTHING})


@check("CrossEntropyLoss", hint="look for .squeeze(), which also removes a batch dimension of 1")
@given(rows=strategies.sampled_from((1, 2, 5)), classes=strategies.sampled_from((1, 2, 5)), values=strategies.values())
def test_single_row_or_class(submission: RemoteSubmission, rows: int, classes: int, values: Values) -> None:
    """A batch of one example, or a single class, is no special case."""
    if rows > 1:
        classes = 1
    logits, y = values(rows, classes), values.labels(rows, classes)
    loss = submission.CrossEntropyLoss()(logits, y)
    expect.close(loss, oracles.cross_entropy(logits, y), likely=wrong_losses(logits, y))
