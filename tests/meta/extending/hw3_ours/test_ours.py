"""Checks of our own, beside those of hw3."""

import torch
from ours import shifted

from grader.suite import RemoteSubmission, Values, check, expect, given, strategies, value


@check("Linear", hint="forward must not change the layer")
@given(rows=strategies.sizes(), values=strategies.values())
def test_same_answer_twice(submission: RemoteSubmission, rows: int, values: Values) -> None:
    """layer(X) is the same when it is asked again."""
    linear, x = submission.Linear(3, 2), values(rows, 3)
    expect.equal(linear(x), value(linear(x)))


@check("Linear", hint="0 rows in are 0 rows out")
def test_no_rows(submission: RemoteSubmission) -> None:
    """layer(X) of no rows has no rows."""
    expect.shape(submission.Linear(3, 2)(torch.zeros(0, 3)), (0, 2))


@check("CrossEntropyLoss", hint="a number that is added to all logits of a row changes nothing")
@given(values=strategies.values())
def test_shifted_logits(submission: RemoteSubmission, values: Values) -> None:
    """The loss does not change when the same number is added to all logits."""
    logits, y = values(3, 4), torch.tensor([0, 1, 3])
    expect.holds(shifted, submission.CrossEntropyLoss()(logits, y), submission.CrossEntropyLoss()(logits + 1, y))


@check("SGD", hint="subtract learning_rate times the gradient")
def test_no_learning_rate(submission: RemoteSubmission) -> None:
    """A learning rate of 0 changes no parameter."""
    weight = submission.torch.nn.Parameter(torch.ones(2))
    opt = submission.SGD(submission.make_list([weight]), learning_rate=0.0)
    weight.sum().backward()
    opt.step()
    expect.equal(weight, torch.ones(2))
