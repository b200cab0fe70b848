"""Embedding(num_embeddings, dim): a table with a row for each token."""

import torch

from grader.suite import (
    RemoteSubmission,
    Values,
    check,
    example,
    expect,
    given,
    oracles,
    stats,
    strategies,
    take,
    value,
)

EASY = Values("halves", 0)
SHAPES = strategies.sampled_from(((), (4,), (2, 3), (2, 1, 3)))


@check(
    "Embedding", hint="self.weight = Parameter(torch.randn(num_embeddings, dim)) in __init__, and no other parameter"
)
@given(rows=strategies.sizes(), dim=strategies.sizes(), values=strategies.values())
@example(rows=2, dim=3, values=EASY)
def test_table(submission: RemoteSubmission, rows: int, dim: int, values: Values) -> None:
    """The table is a Parameter `.weight` of shape (num_embeddings, dim), the only one of the layer."""
    embedding, numbers = submission.Embedding(rows, dim), values(rows, dim)
    expect.shape(embedding.weight, (rows, dim))
    expect.dtype(embedding.weight, torch.float32)
    parameters = take(embedding.parameters(), 3)
    expect.length(parameters, 1, what=f"list({embedding!r}.parameters())")
    parameters[0].data = numbers
    expect.equal(embedding.weight, numbers, what="the weight, after the only parameter was filled,")


@check("Embedding", hint="self.weight[Y] takes tokens of any shape")
@given(shape=SHAPES, rows=strategies.sizes(least=2), dim=strategies.sizes(), values=strategies.values())
@example(shape=(2, 3), rows=3, dim=2, values=EASY)
@example(shape=(), rows=3, dim=1, values=EASY)
def test_rows(submission: RemoteSubmission, shape: tuple[int, ...], rows: int, dim: int, values: Values) -> None:
    """embedding(Y) has the row of each token, for tokens of any shape."""
    embedding, table = submission.Embedding(rows, dim), values(rows, dim)
    embedding.weight.data = submission.tensor(table).view_as(embedding.weight)
    tokens = values.labels(torch.Size(shape).numel(), rows).reshape(shape)
    expect.close(embedding(tokens), oracles.exact(table[tokens]))


@check("Embedding", hint="index the Parameter itself, not .data or .detach()")
@given(rows=strategies.sizes(least=2), dim=strategies.sizes(), values=strategies.values())
@example(rows=2, dim=2, values=EASY)
def test_row_gradients(submission: RemoteSubmission, rows: int, dim: int, values: Values) -> None:
    """A row that is taken several times gets the sum of the gradients, one that is not taken none."""
    embedding, upstream = submission.Embedding(rows, dim), values(5, dim)
    tokens = values.labels(5, rows)
    embedding(tokens).backward(upstream)
    sums = oracles.of(lambda gradient: torch.zeros(rows, dim).double().index_add(0, tokens, gradient))(upstream)
    expect.close(embedding.weight.grad, sums, what="the gradient of the weight")


@check("Embedding", hint="torch.randn(num_embeddings, dim)")
def test_initial_rows(submission: RemoteSubmission) -> None:
    """The table begins with independent Gaussians of mean 0 and standard deviation 1."""
    sizes = [(200, 100), (100, 200), (200, 100)]
    weights = [value(submission.Embedding(*size).weight) for size in sizes]
    names = [f"Embedding{size}.weight" for size in sizes]
    expect.holds(drawn_problem, names, weights)


def drawn_problem(names: list[str], weights: list[torch.Tensor]) -> str | None:
    """Why the tables are not what is asked for, or None."""
    return stats.initialisation_problem(list(zip(names, weights, strict=True)), std_of=lambda dim: 1.0)
