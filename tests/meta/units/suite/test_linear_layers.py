"""Which way a layer multiplies is told whatever was drawn (tests/hw3/linear_layers.py)."""

import pytest
import torch
from linear_layers import axes, is_crossed, lopsided, row_by_row, weight_gradient


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("number", [-1.0, 0.0, 1.0, 2.5])
@pytest.mark.parametrize("bias", [0.0, 7.0])
def test_axes_tell_which_way_a_layer_multiplies(size: int, number: float, bias: float) -> None:
    weight = lopsided(torch.full((size, size), number))  # as drawn, it looks alike both ways
    assert not is_crossed(axes(size) @ weight.T, weight)
    assert is_crossed(axes(size) @ weight + bias + 1e-5 * axes(size), weight)  # as rounding might have it
    assert not is_crossed(2 * axes(size) @ weight.T + bias, weight)
    assert not is_crossed(axes(size) @ weight + 0.1 * axes(size), weight)  # nearer to X W than to X W^T, and neither


def test_what_came_is_not_broadcast() -> None:
    """It may have millions of entries: with what is right they would be millions of matrices."""
    x, weight = torch.ones(2, 2), lopsided(torch.ones(2, 2))
    with pytest.raises(ValueError, match=r"the shape \(4, 1, 1\)"):
        is_crossed(torch.zeros(4, 1, 1), weight)
    with pytest.raises(ValueError, match=r"the shape \(4, 1, 1\)"):
        row_by_row(torch.zeros(2, 2), x, torch.zeros(4, 1, 1), weight)
    with pytest.raises(ValueError, match=r"the shape \(2, 9\)"):
        row_by_row(torch.zeros(2, 2), x, torch.zeros(2, 9), weight)


def test_gradient_of_a_layer_that_stores_its_weight_transposed_tells_the_right_one() -> None:
    x, weight, upstream = torch.ones(3, 2), lopsided(torch.ones(2, 2)), torch.tensor([[1.0, -2.0]] * 3)
    found = weight_gradient(axes(2) @ weight, x, weight, upstream)
    assert torch.equal(found.value, (x.T @ upstream).double())
    assert found.told is not None
    assert torch.equal(found.told.value, (upstream.T @ x).double())
    assert weight_gradient(axes(2) @ weight.T, x, weight, upstream).told is None
