"""DataLoader(X, y, batch_size=100): iterates over (X, y) in minibatches, in order."""

from typing import Any

import torch
from data_loader_mistakes import (
    CONTINUED,
    INDEX_ERROR,
    NOT_ITSELF,
    Batches,
    cut,
    explaining_labels,
    explaining_orders,
    other_defaults,
    wrong_x,
    wrong_y,
)

from grader.suite import (
    Handle,
    Likely,
    RemoteSubmission,
    Values,
    advance,
    check,
    claim,
    expect,
    figures,
    given,
    iterate,
    show,
    strategies,
    take,
)

COUNTS = strategies.integers(3, 9)  # rows, and how many of them a batch has: never more than there are
BATCH_SIZES = strategies.integers(1, 3)
VALUES = strategies.values(("counting", "normal", "small"))  # rows that all differ
X_DTYPES = strategies.sampled_from((torch.float32, torch.float64, torch.uint8))
Y_DTYPES = strategies.sampled_from((torch.int64, torch.int32, torch.uint8))


def split(x: torch.Tensor, y: torch.Tensor, batch_size: int) -> Batches:
    """The batches asked for."""
    return list(zip(cut(x, batch_size), cut(y, batch_size), strict=True))


def take_all(loader: Handle, batches: Batches) -> Handle:
    """What iterating gives: these batches. Some more are taken, so that too many are seen."""
    return take(loader, len(batches) + 2)


def expect_batches(actual: Handle, batches: Batches, *, when: str = "", likely: Likely = expect.NONE) -> None:
    """What iterating gave is exactly these batches. likely: mistakes in the order of the rows that one check knows."""
    expect.holds(are_batches, actual, batches, f"{actual!r}{when}", likely)


def are_batches(actual: Any, batches: Batches, what: str, likely: Likely) -> None:
    """The list that came is exactly these batches."""
    orders, labels = explaining_orders(actual, batches, likely), explaining_labels(actual, batches)
    expect.length(actual, len(batches), what=what, likely=orders)
    for index, (batch, (x, y)) in enumerate(zip(actual, batches, strict=True)):
        is_batch(batch, x, y, f"{what}[{index}]", orders, labels)


def are_tuples(actual: Any, what: str) -> None:
    """Each batch that came is a tuple."""
    for index, batch in enumerate(actual):
        shows = claim("assert isinstance({0}, tuple), type({0})", batch)
        expect.that(type(batch) is tuple, f"{what}[{index}] is {show(batch)}, expected a tuple (X, y)", shows=shows)


def expect_batch(batch: Handle, x: torch.Tensor, y: torch.Tensor, *, what: str) -> None:
    """What came is this batch."""
    expect.holds(is_batch, batch, x, y, what)


def is_batch(
    batch: Any, x: torch.Tensor, y: torch.Tensor, what: str, orders: Likely = expect.NONE, labels: Likely = expect.NONE
) -> None:
    """What came is this one batch. orders, labels: mistakes in the order of the rows that explain all batches."""
    expect.length(batch, 2, what=what)
    expect.equal(batch[0], x, what=f"the X of {what}", likely=wrong_x(x, y) | orders)
    expect.equal(batch[1], y, what=f"the y of {what}", likely=wrong_y(y) | labels)


@check(
    "DataLoader", hint="batch i is X[i * batch_size : (i + 1) * batch_size]; raise StopIteration when no row is left"
)
@given(count=strategies.integers(1, 12), batch_size=strategies.integers(1, 15), values=VALUES)
def test_batches(submission: RemoteSubmission, count: int, batch_size: int, values: Values) -> None:
    """The batches are tuples (X, y) that cover each row exactly once, in order; the last one may be shorter."""
    x, y = values(count, 2), values.labels(count, 10)
    batches = split(x, y, batch_size)
    actual = take_all(submission.DataLoader(x, y, batch_size), batches)
    submission.attach(figures.coverage("how often each row came, in the last example", x, actual))
    expect_batches(actual, batches)
    expect.holds(are_tuples, actual, f"{actual!r}")


@check("DataLoader", hint="def __init__(self, X, y, batch_size=100)")
@given(count=strategies.sampled_from((100, 101, 250)), values=strategies.values(("counting", "normal")))
def test_default_batch_size(submission: RemoteSubmission, count: int, values: Values) -> None:
    """Without a batch_size, a batch has 100 rows; it can be given by its name."""
    x, y = values(count, 1), values.labels(count, 10)
    few_x, few_y = x[:5], y[:5]
    few = split(few_x, few_y, 2)
    expect_batches(take_all(submission.DataLoader(few_x, few_y, batch_size=2), few), few)
    batches = split(x, y, 100)
    expect_batches(take_all(submission.DataLoader(x, y), batches), batches, likely=other_defaults(x))


@check("DataLoader", hint="__iter__ resets the position and returns self; __next__ returns one batch")
@given(count=COUNTS, batch_size=BATCH_SIZES, values=VALUES)
def test_iter_returns_self(submission: RemoteSubmission, count: int, batch_size: int, values: Values) -> None:
    """iter(loader) returns the loader itself, and next(loader) the next batch."""
    x, y = values(count, 2), values.labels(count, 10)
    loader = submission.DataLoader(x, y, batch_size)
    iterator = iterate(loader)
    otherwise = f"{iterator!r} is another object, of type {{type}}; expected the loader itself"
    shows = claim("assert {0} is {1}, {0}", iterator, loader)
    expect.is_same(iterator, loader, otherwise=otherwise, shows=shows, likely=NOT_ITSELF)
    for index, (few_x, few_y) in enumerate(split(x, y, batch_size)):
        batch = advance((loader, iterator)[index % 2])  # one object has one position
        expect_batch(batch, few_x, few_y, what=f"batch {index} of {loader!r}")


@check("DataLoader", hint="__iter__ must set the position back to the first batch, always")
@given(count=COUNTS, batch_size=BATCH_SIZES, taken=strategies.integers(0, 5), values=VALUES)
def test_restart(submission: RemoteSubmission, count: int, batch_size: int, taken: int, values: Values) -> None:
    """A new iteration starts from the first batch: after the end, and in the middle."""
    x, y = values(count, 2), values.labels(count, 10)
    batches = split(x, y, batch_size)
    loader, taken = submission.DataLoader(x, y, batch_size), min(taken, len(batches))
    if taken:
        take(loader, taken)
    when, left = f" after {taken} of {len(batches)} batches were taken", cut(x, batch_size)[taken:]
    expect_batches(take_all(loader, batches), batches, when=when, likely={CONTINUED: left})
    expect_batches(take_all(loader, batches), batches, when=" for the second time")


@check(
    "DataLoader", hint="raise StopIteration whenever no batch is left; only __iter__ starts anew", errors=INDEX_ERROR
)
@given(count=COUNTS, batch_size=BATCH_SIZES, values=VALUES)
def test_stays_exhausted(submission: RemoteSubmission, count: int, batch_size: int, values: Values) -> None:
    """After the last batch next(loader) raises StopIteration, again and again, until a new iter(loader)."""
    x, y = values(count, 2), values.labels(count, 10)
    batches = split(x, y, batch_size)
    loader = submission.DataLoader(x, y, batch_size)
    iterate(loader)
    for index, (few_x, few_y) in enumerate(batches):
        expect_batch(advance(loader), few_x, few_y, what=f"batch {index} of {loader!r}")
    for attempt in ("next", "a further next"):
        goes_on = f"{attempt}({loader!r}) after the last batch gives another batch"
        expect.raises("StopIteration", advance, loader, otherwise=goes_on)
    expect_batches(take_all(loader, batches), batches, when=" after it was exhausted")


@check("DataLoader", hint="slice the tensors as they are given: no float(), no conversion")
@given(
    count=COUNTS,
    batch_size=BATCH_SIZES,
    dtypes=strategies.tuples(X_DTYPES, Y_DTYPES),
    values=strategies.values(("counting", "halves")),
)
def test_dtypes(
    submission: RemoteSubmission, count: int, batch_size: int, dtypes: tuple[torch.dtype, torch.dtype], values: Values
) -> None:
    """The batches keep the dtypes of X and y, and the shape of a row."""
    x, y = values(count, 1, 2).abs().to(dtypes[0]), values.labels(count, 10).to(dtypes[1])
    batches = split(x, y, batch_size)
    expect_batches(take_all(submission.DataLoader(x, y, batch_size), batches), batches)
