"""What nobody is told of: in a file of its own, which is left out of what students get."""

import math

import torch

from grader.suite import RemoteSubmission, check, expect


@check("CrossEntropyLoss", hint="the secret hint")
def test_equal_logits(submission: RemoteSubmission) -> None:
    """The loss of equal logits is the logarithm of their number."""
    secret = torch.full((5, 7), 0.125)
    loss = submission.CrossEntropyLoss()(secret, torch.arange(5))
    expect.holds(lambda found: None if abs(float(found) - math.log(7)) < 1e-5 else "the secret message", loss)
