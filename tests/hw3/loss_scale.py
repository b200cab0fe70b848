"""What is right for the loss that was handed in, up to a constant factor.

A sum in place of the mean, a wrong sign or another logarithm costs test_mean_loss, and neither the check of large
logits nor that of gradients: those are measured against what the loss gives for gentle logits.
"""

import torch

from grader.suite import Expected, deferrable

LEAST, MOST = 1e-3, 1e3  # factors that a mistake has; a loss that is constant or zero has none
SAME = 0.01  # a factor so near to 1 is no other one: no batch here has a hundred rows


@deferrable
def scaled(expected: Expected, given: torch.Tensor, right: Expected) -> Expected:
    """The same, multiplied as the submission's loss is. given: what it gave, 0-d, where `right` was expected."""
    factor = (given.double() / right.value).item()
    if not LEAST <= abs(factor) <= MOST or abs(factor - 1) < SAME:
        return expected
    inexact = 2 * (right.bound / right.value) * expected.value.abs()
    return Expected(expected.value * factor, (expected.bound + inexact) * abs(factor), told=expected)
