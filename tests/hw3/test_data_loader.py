"""DataLoader(X, y, batch_size=100): iterates over (X, y) in minibatches, in order."""

from collections.abc import Sequence
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from grader import expect, figures, strategies
from grader.check import check
from grader.snippet import claim
from grader.strategies import Values
from grader.worker.handles import Handle, advance, fetch, is_same, iterate, prefetch, take

COUNTS = st.integers(3, 9)  # rows, and how many of them a batch has: never more than there are
BATCH_SIZES = st.integers(1, 3)
VALUES = strategies.values(("counting", "normal", "small"))  # rows that all differ


def split(x: torch.Tensor, y: torch.Tensor, batch_size: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The batches asked for."""
    return [(x[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(x), batch_size)]


def expect_batches(
    loader: Handle,
    batches: list[tuple[torch.Tensor, torch.Tensor]],
    *,
    taken: Handle | None = None,
    when: str = "",
    picture_for: Any = None,
) -> None:
    """Iterating over the loader gives exactly these batches; `picture_for` is the submission to attach a figure to.

    taken: what iterating gave, where that was asked for before.
    """
    what = f"list({loader!r}){when}"
    given = fetch(take(loader, len(batches) + 2) if taken is None else taken)
    if picture_for is not None and isinstance(given, list):
        rows = torch.cat([x for x, _ in batches])
        picture_for.attach(figures.coverage("how often each row came, in the last example", rows, given))
    likely = {
        "one batch too many at the end: stop when no row is left": len(batches) + 1,
        "the last batch is missing: a shorter one counts too": len(batches) - 1,
        "nothing comes at all: __iter__ must set the position back to the first batch": 0,
    }
    actual = expect.length(given, len(batches), what=what, likely=likely)
    for index, (batch, (x, y)) in enumerate(zip(actual, batches, strict=True)):
        expect.that(
            type(batch) is tuple,
            f"{what}[{index}] is {expect.show(batch)}, expected a tuple (X, y)",
            shows=claim("assert type({0}) is tuple, type({0})", batch),
        )
        pair = expect.length(batch, 2, what=f"{what}[{index}]")
        expect_pair(pair, x, y, batches, what=f"{what}[{index}]")


def expect_pair(
    pair: Sequence[Any],
    x: torch.Tensor,
    y: torch.Tensor,
    batches: list[tuple[torch.Tensor, torch.Tensor]],
    *,
    what: str,
) -> None:
    """One batch, and what a wrong one may be."""
    all_x, all_y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    reversed_x = [batch for batch, _ in reversed(batches)]
    at = next(i for i, batch in enumerate(batches) if batch[0] is x)
    begin, size = sum(len(batch) for batch, _ in batches[:at]), len(batches[0][0])
    expect.equal(
        pair[0],
        x,
        what=f"the X of {what}",
        likely=lambda: {
            "the batch is (y, X); it should be (X, y)": lambda: y,
            "each batch lacks its last row: a slice ends before its end": lambda: x[:-1],
            "the first row is left out: counting starts at 0": lambda: all_x[begin + 1 : begin + 1 + size],
            "the first batch is left out": lambda: batches[at + 1][0],
            "the iteration goes on where the last one stopped: __iter__ must set the position back": lambda: batches[
                at + 1
            ][0],
            "the batches come in reverse order": lambda: reversed_x[at],
            "the last batch is filled up with rows from the beginning": lambda: torch.cat([x, all_x])[:size],
            "the last batch is filled up with rows from the batch before": lambda: all_x[-size:],
            "the batch size is always 100, whatever is passed": lambda: all_x[100 * at : 100 * at + 100],
            "X is turned into float64": lambda: x.double(),
            "X is turned into float32": lambda: x.float(),
            "X is flattened into one long vector": lambda: x.flatten(),
        },
    )
    expect.equal(
        pair[1],
        y,
        what=f"the y of {what}",
        likely=lambda: {
            "the labels are turned into floats, which can't be used as indices": lambda: y.float(),
            "the dtype of the labels is changed to int32": lambda: y.int(),
            "the dtype of the labels is changed to int64": lambda: y.long(),
            "the labels have the shape (N, 1)": lambda: y[:, None],
            "X and y do not belong together: the labels are one row late": lambda: all_y.roll(-1)[begin : begin + size],
        },
    )


@check(
    "DataLoader", hint="batch i is X[i * batch_size : (i + 1) * batch_size]; raise StopIteration when no row is left"
)
@given(count=st.integers(1, 12), batch_size=st.integers(1, 15), values=VALUES)
def test_batches(submission: Any, count: int, batch_size: int, values: Values) -> None:
    """The batches are tuples (X, y) that cover each row exactly once, in order; the last one may be shorter."""
    x, y = values(count, 2), values.labels(count, 10)
    expect_batches(submission.DataLoader(x, y, batch_size), split(x, y, batch_size), picture_for=submission)


@check("DataLoader", hint="def __init__(self, X, y, batch_size=100)")
@given(count=st.sampled_from((100, 101, 250)), values=strategies.values(("counting", "normal")))
def test_default_batch_size(submission: Any, count: int, values: Values) -> None:
    """Without a batch_size, a batch has 100 rows."""
    x, y = values(count, 1), values.labels(count, 10)
    expect_batches(submission.DataLoader(x, y), split(x, y, 100))
    expect_batches(submission.DataLoader(x, y, batch_size=40), split(x, y, 40))


@check("DataLoader", hint="__iter__ resets the position and returns self; __next__ returns one batch")
@given(count=COUNTS, batch_size=BATCH_SIZES, values=VALUES)
def test_iter_returns_self(submission: Any, count: int, batch_size: int, values: Values) -> None:
    """iter(loader) returns the loader itself, and next(loader) the next batch."""
    x, y = values(count, 2), values.labels(count, 10)
    loader = submission.DataLoader(x, y, batch_size)
    iterator = iterate(loader)
    expect.that(
        is_same(iterator, loader),
        f"iter({loader!r}) is another object, expected the loader itself",
        shows=claim("assert {0} is {1}, {0}", iterator, loader),
    )
    batches = split(x, y, batch_size)
    taken = [advance((loader, iterator)[i % 2]) for i in range(len(batches))]  # one object has one position
    prefetch(*taken)
    for index, (first, second) in enumerate(batches):
        batch = expect.length(taken[index], 2, what=f"batch {index} of {loader!r}")
        expect_pair(batch, first, second, batches, what=f"batch {index} of {loader!r}")


@check("DataLoader", hint="__iter__ must set the position back to the first batch, always")
@given(count=COUNTS, batch_size=BATCH_SIZES, taken=st.integers(0, 5), values=VALUES)
def test_restart(submission: Any, count: int, batch_size: int, taken: int, values: Values) -> None:
    """A new iteration starts from the first batch: after the end, and in the middle."""
    x, y = values(count, 2), values.labels(count, 10)
    batches = split(x, y, batch_size)
    loader = submission.DataLoader(x, y, batch_size)
    taken = min(taken, len(batches))
    if taken:
        take(loader, taken)
    first, second = (take(loader, len(batches) + 2) for _ in range(2))
    prefetch(first, second)
    expect_batches(loader, batches, taken=first, when=f" after {taken} of {len(batches)} batches were taken")
    expect_batches(loader, batches, taken=second, when=" for the second time")


@check("DataLoader", hint="raise StopIteration whenever no batch is left; only __iter__ starts anew")
@given(count=COUNTS, batch_size=BATCH_SIZES, values=VALUES)
def test_stays_exhausted(submission: Any, count: int, batch_size: int, values: Values) -> None:
    """After the last batch next(loader) raises StopIteration, again and again, until a new iter(loader)."""
    x, y = values(count, 2), values.labels(count, 10)
    batches = split(x, y, batch_size)
    loader = submission.DataLoader(x, y, batch_size)
    iterate(loader)
    taken = [advance(loader) for _ in batches]
    prefetch(*taken)
    for index, (first, second) in enumerate(batches):
        batch = expect.length(taken[index], 2, what=f"batch {index} of {loader!r}")
        expect_pair(batch, first, second, batches, what=f"batch {index} of {loader!r}")
    for attempt in ("next", "a further next"):
        with expect.raises(
            "StopIteration", otherwise=f"{attempt}({loader!r}) after the last batch gives another batch"
        ):
            fetch(advance(loader))
    expect_batches(loader, batches, when=" after it was exhausted")


@check("DataLoader", hint="slice the tensors as they are given: no float(), no conversion")
@given(
    count=COUNTS,
    batch_size=BATCH_SIZES,
    dtypes=st.tuples(
        st.sampled_from((torch.float32, torch.float64, torch.uint8)),
        st.sampled_from((torch.int64, torch.int32, torch.uint8)),
    ),
    values=strategies.values(("counting", "halves")),
)
def test_dtypes(
    submission: Any, count: int, batch_size: int, dtypes: tuple[torch.dtype, torch.dtype], values: Values
) -> None:
    """The batches keep the dtypes of X and y, and the shape of a row."""
    x, y = values(count, 1, 2).abs().to(dtypes[0]), values.labels(count, 10).to(dtypes[1])
    expect_batches(submission.DataLoader(x, y, batch_size), split(x, y, batch_size))
