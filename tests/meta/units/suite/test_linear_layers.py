"""Which way a layer multiplies is told whatever was drawn (tests/hw3/linear_layers.py)."""

import pytest
import torch
from linear_layers import axes, is_crossed, lopsided


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("number", [-1.0, 0.0, 1.0, 2.5])
@pytest.mark.parametrize("bias", [0.0, 7.0])
def test_axes_tell_which_way_a_layer_multiplies(size: int, number: float, bias: float) -> None:
    weight = lopsided(torch.full((size, size), number))  # as drawn, it looks alike both ways
    assert not is_crossed(axes(size) @ weight.T, weight)
    assert is_crossed(axes(size) @ weight + bias, weight)
    assert not is_crossed(2 * axes(size) @ weight.T + bias, weight)
