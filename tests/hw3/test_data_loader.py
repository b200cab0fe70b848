"""DataLoader(X, y, batch_size=100): iterates over (X, y) in minibatches, in order.

Each check looks at its own sentence. Only test_batches looks at the last batch and at the labels, only test_dtypes at
the form of a batch; the others take more than they look at, and any batch that holds the rows.
"""

from collections.abc import Sequence
from typing import Any

import torch
from data_loader_mistakes import (
    END,
    LENGTHS,
    LIST,
    NAMES,
    NO_LABELS,
    NOT_ITSELF,
    PROTOCOL,
    SHARED,
    SWAPPED,
    continuing,
    cut,
    explaining_orders,
    items_of,
    other_defaults,
    same_entries,
    wrong_forms,
    wrong_labels,
    wrong_orders,
)
from settings_kept import expect_settings, settings_of

from grader.suite import (
    Handle,
    Likely,
    Raised,
    RemoteSubmission,
    Values,
    advance,
    attempt,
    check,
    claim,
    deferrable,
    example,
    expect,
    figures,
    given,
    iterate,
    show,
    strategies,
    take,
)

COUNTS = strategies.integers(3, 4)  # batches, all of them full
SIZES = strategies.integers(2, 3)
VALUES = strategies.values(("counting", "normal", "small"))  # rows that all differ
COUNTING = Values("counting", 0)
DTYPES = strategies.sampled_from((torch.float32, torch.float64))
ANY_ROWS = "a batch should have the shape of the rows that are given: slice X, and don't reshape it"


def expect_rows(actual: Handle, parts: Sequence[torch.Tensor], *, when: str = "", likely: Likely = expect.NONE) -> None:
    """The first batches that iterating gave hold these rows."""
    expect.holds(hold_rows, actual, parts, f"{actual!r}{when}", likely)


def hold_rows(actual: Any, parts: Sequence[torch.Tensor], what: str, likely: Likely) -> None:
    """The first batches of the list hold these rows, whatever their form. likely: mistakes in the order of the rows."""
    likely = explaining_orders(actual, likely, parts)
    shows, count = claim("assert len({0}) >= {1}, len({0})", actual, len(parts)), len(actual)
    expect.that(count >= len(parts), f"{what} has {count} item{'s' * (count != 1)}", shows=shows, likely=likely)
    for index, (batch, rows) in enumerate(zip(actual, parts, strict=False)):
        holds_rows(batch, rows, f"{what}[{index}]", likely)


def holds_rows(batch: Any, rows: torch.Tensor, what: str, likely: Likely = expect.NONE) -> None:
    """The batch holds these rows, whatever its form."""
    if not any(same_entries(item, rows) for item in items_of(batch)):
        if not items_of(batch):
            expect.length(batch, 2, what=what)
        expect.equal(next(iter(items_of(batch)), batch), rows, what=f"the X of {what}", likely=likely)
        expect.that(False, f"{what} is {show(batch)}, without the rows that are expected")


def is_pair(batch: Any, x: torch.Tensor, y: torch.Tensor, what: str, orders: Likely, labels: Likely) -> None:
    """The batch is (X, y), whatever the form of it and of the two."""
    shows, no_labels = claim("assert isinstance({0}, tuple), type({0})", batch), {NO_LABELS: same_entries(batch, x)}
    is_sequence = isinstance(batch, list | tuple)
    expect.that(is_sequence, f"{what} is {show(batch)}, expected (X, y)", shows=shows, likely=no_labels)
    expect.length(batch, 2, what=what, likely=LENGTHS)
    is_swapped = same_entries(batch[0], y) and same_entries(batch[1], x)
    for item, right, name, likely in ((batch[0], x, "X", orders), (batch[1], y, "y", labels)):
        if not same_entries(item, right):
            expect.equal(item, right, what=f"the {name} of {what}", likely=SWAPPED if is_swapped else likely)


@check(
    "DataLoader",
    hint="batch i is X[i * batch_size : (i + 1) * batch_size]; raise StopIteration when no row is left",
    errors=PROTOCOL,
)
@example(count=5, batch_size=2, values=COUNTING)
@example(count=4, batch_size=2, values=COUNTING)
@example(count=2, batch_size=3, values=COUNTING)
@example(count=3, batch_size=1, values=COUNTING)
@example(count=130, batch_size=120, values=COUNTING)
@example(count=120, batch_size=3, values=COUNTING)
@given(count=strategies.integers(1, 12), batch_size=strategies.integers(1, 15), values=VALUES)
def test_batches(submission: RemoteSubmission, count: int, batch_size: int, values: Values) -> None:
    """The batches (X, y) cover each row exactly once, in order, with its label; the last one may be shorter."""
    x, y = values(count, 2), values.labels(count, 10)
    pairs = list(zip(cut(x, batch_size), cut(y, batch_size), strict=True))
    actual = take(submission.DataLoader(x, y, batch_size), len(pairs) + 2)  # some more: too many are seen
    submission.attach(figures.coverage("how often each row came", x, actual))
    orders, labels = wrong_orders(x, batch_size), wrong_labels(y, batch_size)
    expect.holds(are_pairs, actual, pairs, repr(actual), orders, labels)


def are_pairs(
    actual: Any, pairs: Sequence[tuple[torch.Tensor, torch.Tensor]], what: str, orders: Likely, labels: Likely
) -> None:
    """The list that came is exactly these batches."""
    orders = explaining_orders(actual, orders, [x for x, _ in pairs])
    came = [items_of(batch)[-1] if len(items_of(batch)) > 1 else None for batch in actual]
    late = explaining_orders([[y] for y in came], labels, [y for _, y in pairs])
    expect.length(actual, len(pairs), what=what, likely=orders)
    for index, (batch, (x, y)) in enumerate(zip(actual, pairs, strict=True)):
        is_pair(batch, x, y, f"{what}[{index}]", orders, late)


@check("DataLoader", hint="def __init__(self, X, y, batch_size=100)", errors=NAMES)
@given(batches=strategies.integers(2, 3), values=strategies.values(("counting", "normal")))
def test_default_batch_size(submission: RemoteSubmission, batches: int, values: Values) -> None:
    """Without a batch_size, a batch has 100 rows; each argument can be given by its name."""
    few, x = values(6, 1), values(100 * batches, 1)
    labels = values.labels(len(few), 10), values.labels(len(x), 10)
    loader_of_few = submission.DataLoader(X=few, y=labels[0], batch_size=2)
    loader = submission.DataLoader(x, labels[1])
    expect_rows(take(loader_of_few, 2), cut(few, 2)[:2], likely=wrong_orders(few, 2))
    expect_rows(take(loader, 1), [x[:100]], likely=other_defaults(x))


@check("DataLoader", hint="__iter__ resets the position and returns self; __next__ returns one batch")
@given(count=COUNTS, batch_size=SIZES, values=VALUES)
def test_iter_returns_self(submission: RemoteSubmission, count: int, batch_size: int, values: Values) -> None:
    """iter(loader) returns the loader itself, and next(loader) its next batch, whatever other loaders do."""
    x, y = values(count * batch_size, 2), values.labels(count * batch_size, 10)
    loader, other = [submission.DataLoader(x, y, batch_size) for _ in range(2)]
    iterator = iterate(loader)
    otherwise = f"{iterator!r} is another object, of type {{type}}; expected the loader itself"
    shows = claim("assert {0} is {1}, {0}", iterator, loader)
    expect.is_same(iterator, loader, otherwise=otherwise, shows=shows, likely=NOT_ITSELF)
    iterate(other)
    for index, rows in enumerate(cut(x, batch_size)[:-1]):
        batch = advance((loader, iterator)[index % 2])  # one object has one position
        ahead = {SHARED: cut(x, batch_size)[min(2 * index, count - 1)] if index else None}
        expect.holds(holds_rows, batch, rows, f"batch {index} of {loader!r}", ahead)
        advance(other)


@check("DataLoader", hint="__iter__ must set the position back to the first batch, always")
@given(count=COUNTS, batch_size=SIZES, taken=strategies.integers(1, 2), values=VALUES)
def test_restart(submission: RemoteSubmission, count: int, batch_size: int, taken: int, values: Values) -> None:
    """A new iteration starts from the first batch: in the middle, and after the end; torch's settings stay."""
    x, y = values(count * batch_size, 2), values.labels(count * batch_size, 10)
    first, settings = cut(x, batch_size)[:2], settings_of(submission)
    loader = submission.DataLoader(x, y, batch_size)
    take(loader, taken)
    expect_settings(submission, settings, after=f"{taken} {'batch' if taken == 1 else 'batches'} of {loader!r}")
    when, goes_on = f" after {taken} of {count} batches were taken", continuing(x, batch_size, taken)
    expect_rows(take(loader, 2), first, when=when, likely=goes_on)
    attempt(take, loader, len(x) + 2)  # how it ends is another check
    expect_rows(take(loader, 2), first, when=" after all were taken", likely=continuing(x, batch_size, count))


@check("DataLoader", hint="raise StopIteration whenever no batch is left; only __iter__ starts anew", errors=END)
@given(count=COUNTS, batch_size=SIZES, values=VALUES)
def test_stays_exhausted(submission: RemoteSubmission, count: int, batch_size: int, values: Values) -> None:
    """After the last batch next(loader) raises StopIteration, again and again."""
    x, y = values(count * batch_size, 2), values.labels(count * batch_size, 10)
    loader = submission.DataLoader(x, y, batch_size)
    expect.length(take(loader, 1), 1)  # one that has nothing has no last batch either
    attempt(take, loader, len(x) + 2)
    for again in ("next", "a further next"):
        goes_on = f"{again}({loader!r}) after the last batch gives another batch"
        expect.raises("StopIteration", advance, loader, otherwise=goes_on)


@check("DataLoader", hint="return self.X[start:end], self.y[start:end]: a tuple of slices, without a conversion")
@example(count=3, batch_size=2, dtype=torch.float32, values=COUNTING)
@example(count=3, batch_size=2, dtype=torch.float64, values=COUNTING)
@given(count=COUNTS, batch_size=SIZES, dtype=DTYPES, values=strategies.values(("counting", "halves")))
def test_dtypes(submission: RemoteSubmission, count: int, batch_size: int, dtype: torch.dtype, values: Values) -> None:
    """A batch is a tuple, and keeps the dtypes of X and y and the shape of a row."""
    x, y = values(count * batch_size, 2).to(dtype), values.labels(count * batch_size, 10)
    actual = take(submission.DataLoader(x, y, batch_size), 1)
    expect.holds(keeps_form, actual, x[:batch_size], y[:batch_size], f"{actual!r}[0]")
    images = x.reshape(-1, 2, 1)  # the hand-out asks for two dimensions, so that others cost no points
    taken = attempt(take, attempt(submission.DataLoader, images, y, batch_size), 1)
    submission.note(advice_for(taken, images[:batch_size]))


def keeps_form(actual: Any, x: torch.Tensor, y: torch.Tensor, what: str) -> None:
    """The first batch is a tuple, and each tensor in it has the form of x or of y."""
    batch = actual[0]
    shows = claim("assert isinstance({0}, tuple), type({0})", batch)
    expect.that(not isinstance(batch, list), f"{what} is a list, expected a tuple", shows=shows, likely={LIST: True})
    tensors = [item for item in items_of(batch) if isinstance(item, torch.Tensor)]
    shows = claim("assert isinstance({0}, tuple) and len({0}) == 2, {0}", batch)
    expect.that(bool(tensors), f"{what} is {show(batch)}, expected a tuple (X, y)", shows=shows)
    for index, tensor in enumerate(tensors):
        if not any(tensor.dtype == right.dtype and tensor.shape[1:] == right.shape[1:] for right in (x, y)):
            name, right = ("y", y) if index and index == len(tensors) - 1 else ("X", x)
            expect.equal(tensor, right, what=f"the {name} of {what}", likely=wrong_forms(x, y))


@deferrable
def advice_for(taken: Any, rows: torch.Tensor) -> str | None:
    """The advice, where the rows did not keep their shape. taken: what came of a loader of such rows."""
    came = [] if type(taken) is Raised else [item for batch in taken for item in items_of(batch)]
    return None if any(expect.same(item, rows) for item in came) else ANY_ROWS
