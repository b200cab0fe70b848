"""A loss that is a multiple of the right one is checked as such, and told what is right (tests/hw3/loss_scale.py)."""

import torch
from loss_scale import scaled

from grader.suite import Expected

RIGHT = Expected(torch.tensor(2.0).double(), torch.tensor(1e-6).double())
GRADIENT = Expected(torch.tensor([1.0, -2.0]).double(), torch.full((2,), 1e-6).double())


def test_sum_in_place_of_a_mean_is_checked_as_a_sum_and_told_the_mean() -> None:
    found = scaled(GRADIENT, torch.tensor(8.0), RIGHT)
    assert found.value.tolist() == [4, -8]
    assert found.told is GRADIENT


def test_right_loss_is_checked_as_it_is() -> None:
    assert scaled(GRADIENT, torch.tensor(2.0), RIGHT) is GRADIENT
    assert scaled(GRADIENT, torch.tensor(0.0), RIGHT) is GRADIENT  # no factor
