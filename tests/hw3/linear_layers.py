"""What is right for the layer that was handed in, whether it stores its weight transposed or not.

A weight of shape (in_dim, out_dim) that is used as such costs test_weight, and no check of products or gradients.
"""

from dataclasses import replace

import torch

from grader.suite import Expected, deferrable, oracles

ALIKE = 0.01  # of the largest weight: far more than rounding, far less than the difference between W and its transpose


@deferrable
def as_rows(weight: torch.Tensor, in_dim: int, out_dim: int) -> torch.Tensor:
    """The weight as (out_dim, in_dim), which differ. Raises ValueError where it has no such shape, nor transposed."""
    if weight.shape not in ((out_dim, in_dim), (in_dim, out_dim)):
        raise ValueError(f"a weight of shape {tuple(weight.shape)}")
    return weight if weight.shape == (out_dim, in_dim) else weight.T


@deferrable
def filled(weight: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """What `weight.data = numbers.view_as(weight)` makes of it, as (out_dim, in_dim), the shape of the numbers."""
    out_dim, in_dim = numbers.shape
    return as_rows(numbers.reshape(weight.shape), in_dim, out_dim)


@deferrable
def initial_product(out: torch.Tensor, x: torch.Tensor, weight: torch.Tensor) -> Expected:
    """X W^T with the initial weights, and whatever came where those are no finite float32: that costs other checks."""
    if weight.dtype != torch.float32 or not weight.isfinite().all():
        return oracles.exact(out)
    return oracles.linear(x, weight)


def lopsided(weight: torch.Tensor) -> torch.Tensor:
    """A square weight that differs from its transpose."""
    weight[0, 1] = -1 if weight[1, 0] > 0 else 1
    return weight


def axes(size: int) -> torch.Tensor:
    """The unit vectors and the null vector, (size + 1, size): the products with them tell all of a weight."""
    return torch.eye(size + 1, size)


@deferrable
def weight_gradient(out: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, upstream: torch.Tensor) -> Expected:
    """The gradient by a lopsided weight. out: what the layer gives for the axes, which tells whether it transposes."""
    by_weight, _ = oracles.linear_gradients(x, weight, upstream)
    if is_crossed(out, weight):
        by_columns, _ = oracles.linear_gradients(x, weight.T, upstream)
        return Expected(by_columns.value.T, by_columns.bound.T, told=by_weight)
    return by_weight


@deferrable
def input_gradient(out: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, upstream: torch.Tensor) -> Expected:
    """The gradient by the input of such a layer; see weight_gradient."""
    _, by_x = oracles.linear_gradients(x, weight, upstream)
    if is_crossed(out, weight):
        _, by_columns = oracles.linear_gradients(x, weight.T, upstream)
        return replace(by_columns, told=by_x)
    return by_x


def is_crossed(out: torch.Tensor, weight: torch.Tensor) -> bool:
    """Whether what comes for the axes X is not X W^T, and differs as X W does: in this, a bias has no part."""
    x = axes(len(weight))
    straight = oracles.linear(x, weight)
    if out.dim() > 2:  # with what is right it would be broadcast to millions of matrices
        raise ValueError(f"what came for {tuple(x.shape)} has the shape {tuple(out.shape)}")
    if bool(((out - straight.value).abs() <= straight.bound).all()):
        return False
    steps, moves = x[1:] - x[:1], out[1:] - out[:1]
    return torch.allclose(moves.double(), (steps @ weight).double(), rtol=0, atol=ALIKE * float(weight.abs().max()))


@deferrable
def row_by_row(rows: torch.Tensor, x: torch.Tensor, identity: torch.Tensor, weight: torch.Tensor) -> Expected:
    """What the layer gives for x, by what it gives for the rows of x as one batch, whatever that is.

    rows: that, (n, out_dim). x: (..., in_dim). identity: what the layer gives for the identity matrix, which says how
    large the products are that are summed. weight: the layer's, (out_dim, in_dim), for what is told.
    """
    if identity.shape != (x.shape[-1], rows.shape[-1]):  # else it is multiplied by the number of rows
        raise ValueError(f"what came for the identity has the shape {tuple(identity.shape)}")
    right = rows.double().reshape(*x.shape[:-1], rows.shape[-1])
    told = oracles.linear(x, weight)
    same_shape = told.value.shape == right.shape
    bound = 2 * oracles.linear(x, identity.T).bound + oracles.exact(right).bound
    return Expected(right, bound, told=told if same_shape else None)
