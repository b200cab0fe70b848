"""DataLoader(X, y, batch_size=100): iterates over (X, y) in minibatches, in order."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.suite import expect, figures, strategies
from grader.suite.checks import check
from grader.suite.claims import claim
from grader.suite.handles import Handle, advance, examine, is_same, iterate, later, take, type_name
from grader.suite.strategies import Values

COUNTS = st.integers(3, 9)  # rows, and how many of them a batch has: never more than there are
BATCH_SIZES = st.integers(1, 3)
VALUES = strategies.values(("counting", "normal", "small"))  # rows that all differ
Batches = list[tuple[torch.Tensor, torch.Tensor]]


def split(x: torch.Tensor, y: torch.Tensor, batch_size: int) -> Batches:
    """The batches asked for."""
    return list(zip(cut(x, batch_size), cut(y, batch_size), strict=True))


def cut(x: torch.Tensor, size: int) -> list[torch.Tensor]:
    """The rows in parts of that size; the last one may be shorter."""
    return [x[start : start + size] for start in range(0, len(x), size)]


CONTINUED = "the iteration goes on where the last one stopped: __iter__ must set the position back"
Orders = Mapping[str, Callable[[], Sequence[torch.Tensor]]]
"""Mistakes in the order of the rows, and the X of the batches that each of them gives."""


def expect_batches(
    loader: Handle,
    batches: Batches,
    given: object = None,
    *,
    when: str = "",
    likely: Callable[[], Orders] = dict,
    picture_for: Any = None,
) -> None:
    """Iterating over the loader gives exactly these batches; `picture_for` is the submission to attach a figure to.

    given: what iterating gave, where that was asked for before. likely: mistakes beside those of `wrong_orders`.
    """
    if given is None:
        look = partial(expect_batches, loader, batches, when=when, likely=likely, picture_for=picture_for)
        examine(look, take(loader, len(batches) + 2))
        return
    what = f"list({loader!r}){when}"
    if picture_for is not None and isinstance(given, list):
        rows = torch.cat([x for x, _ in batches])
        picture_for.attach(figures.coverage("how often each row came, in the last example", rows, given))
    if isinstance(given, list) and len(given) != len(batches):
        causes = tuple(explaining(given, batches, likely))
        actual = expect.length(given, len(batches), what=what, likely=dict.fromkeys(causes, len(given)))
    else:
        actual = expect.length(given, len(batches), what=what)
    for index, (batch, (x, y)) in enumerate(zip(actual, batches, strict=True)):
        expect.that(
            type(batch) is tuple,
            f"{what}[{index}] is {expect.show(batch)}, expected a tuple (X, y)",
            shows=claim("assert type({0}) is tuple, type({0})", batch),
        )
        pair = expect.length(batch, 2, what=f"{what}[{index}]")
        order, labels = partial(explaining, actual, batches, likely), partial(explaining_labels, actual, batches)
        expect_pair(pair, x, y, what=f"{what}[{index}]", order=order, labels=labels)


def explaining(given: Sequence[Any], batches: Batches, likely: Callable[[], Orders]) -> list[str]:
    """The mistakes in the order of the rows that give exactly what came. Each differs from what is right."""
    right = [x for x, _ in batches]
    found = [batch[0] if isinstance(batch, tuple) and batch else None for batch in given]
    results = [(text, way()) for text, way in {**wrong_orders(torch.cat(right), len(right[0])), **likely()}.items()]
    ways = [(text, way) for text, way in results if not same_batches(way, right)]
    return [text for text, way in ways if same_batches(found, way[: len(right) + 2])]


def explaining_labels(given: Sequence[Any], batches: Batches) -> list[str]:
    """The mistakes in the order of the labels that give exactly what came."""
    late = cut(torch.cat([y for _, y in batches]).roll(-1), len(batches[0][1]))
    text = "X and y do not belong together: the labels are one row late"
    return [text] if same_batches([batch[1] for batch in given if isinstance(batch, tuple)], late) else []


def same_batches(given: Any, batches: Any) -> bool:
    """Whether two lists have the same tensors."""
    tensors = all(isinstance(x, torch.Tensor) for x in given)
    return tensors and len(given) == len(batches) and all(map(torch.equal, given, batches))


def wrong_orders(x: torch.Tensor, size: int) -> Orders:
    """Mistakes with any batch size. x: (n, ...)."""
    n, parts = len(x), cut(x, size)

    def batches_from(starts: Sequence[int], size: int = size) -> list[torch.Tensor]:
        return [x[start : start + size] for start in starts]

    return {
        "the last batch is missing: a shorter one counts too": lambda: [b for b in parts if len(b) == size],
        "the last batch is missing, though it is full": lambda: parts[:-1],
        "one batch too many at the end: stop when no row is left": lambda: [*parts, x[:0]],
        "nothing comes at all: __iter__ must set the position back to the first batch": lambda: [],
        "the first batch is left out": lambda: parts[1:],
        "the first row is left out: counting starts at 0": lambda: cut(x[1:], size),
        "each batch lacks its last row: a slice ends before its end": lambda: [b[:-1] for b in parts],
        "each full batch lacks its last row: a slice ends before its end": lambda: [b[: size - 1] for b in parts],
        "the row after each batch is left out": lambda: batches_from(range(0, n, size + 1)),
        "each batch starts with the last row of the batch before": lambda: batches_from(range(0, n, max(size - 1, 1))),
        "the batches come in reverse order": lambda: [x[max(end - size, 0) : end] for end in range(n, 0, -size)],
        "the batches come in reverse order: the last one first": lambda: parts[::-1],
        "the last batch is filled up with rows from the beginning": lambda: [torch.cat([b, x])[:size] for b in parts],
        "the last batch is filled up with rows from the batch before": lambda: batches_from(
            [max(min(start, n - size), 0) for start in range(0, n, size)]
        ),
        "the batch size is always 100, whatever is passed": lambda: cut(x, 100),
        "batch_size is taken as the number of batches": lambda: cut(x, -(-n // size)),
    }


def expect_pair(
    pair: Sequence[Any],
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    what: str,
    order: Callable[[], list[str]] = list,
    labels: Callable[[], list[str]] = list,
) -> None:
    """One batch, and what a wrong one may be. order, labels: mistakes in the order of rows that explain all batches."""
    expect.equal(
        pair[0],
        x,
        what=f"the X of {what}",
        likely=lambda: {
            "the batch is (y, X); it should be (X, y)": lambda: y,
            "X is turned into float64": lambda: x.double(),
            "X is turned into float32": lambda: x.float(),
            "X is flattened into one long vector": lambda: x.flatten(),
            **dict.fromkeys(order(), lambda: pair[0]),
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
            **dict.fromkeys(labels(), lambda: pair[1]),
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
    """Without a batch_size, a batch has 100 rows; it can be given by its name."""
    x, y = values(count, 1), values.labels(count, 10)
    few_x, few_y = x[:5], y[:5]
    few = submission.DataLoader(few_x, few_y, batch_size=2)
    later(partial(expect_batches, few, split(few_x, few_y, 2)), take(few, 5))
    expect_batches(submission.DataLoader(x, y), split(x, y, 100), likely=partial(other_defaults, x))


def other_defaults(x: torch.Tensor) -> Orders:
    """Other default sizes of a batch."""
    sizes = (1, 10, 16, 20, 32, 50, 64, 128, 200, 256, 1000)
    return {f"the default batch size is {size}; it should be 100": partial(cut, x, size) for size in sizes}


@check("DataLoader", hint="__iter__ resets the position and returns self; __next__ returns one batch")
@given(count=COUNTS, batch_size=BATCH_SIZES, values=VALUES)
def test_iter_returns_self(submission: Any, count: int, batch_size: int, values: Values) -> None:
    """iter(loader) returns the loader itself, and next(loader) the next batch."""
    x, y = values(count, 2), values.labels(count, 10)
    loader = submission.DataLoader(x, y, batch_size)
    iterator = iterate(loader)
    later(partial(expect_itself, loader, iterator), is_same(iterator, loader))
    batches = split(x, y, batch_size)
    taken = [advance((loader, iterator)[i % 2]) for i in range(len(batches))]  # one object has one position
    later(partial(expect_each, loader, batches), *taken)


def expect_itself(loader: Handle, iterator: Handle, is_itself: object) -> None:
    """iter(loader) is the loader."""
    if is_itself is not True:
        kind = type_name(iterator)
        expect.that(
            False,
            f"iter({loader!r}) is another object, of type {kind}; expected the loader itself",
            shows=claim("assert {0} is {1}, {0}", iterator, loader),
            likely=lambda: {
                "__iter__ returns a generator; it should return self": lambda: kind == "generator",
                "__iter__ returns a new object; it should return self": lambda: True,
            },
        )


def expect_each(loader: Handle, batches: Batches, *given: object) -> None:
    """What next() gave are these batches."""
    for index, (batch, (x, y)) in enumerate(zip(given, batches, strict=True)):
        what = f"batch {index} of {loader!r}"
        expect_pair(expect.length(batch, 2, what=what), x, y, what=what)


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
    left: Callable[[], Orders] = lambda: {CONTINUED: lambda: cut(x, batch_size)[taken:]}  # noqa: E731
    when = f" after {taken} of {len(batches)} batches were taken"
    later(partial(expect_batches, loader, batches, when=when, likely=left), take(loader, len(batches) + 2))
    expect_batches(loader, batches, when=" for the second time")


@check(
    "DataLoader",
    hint="raise StopIteration whenever no batch is left; only __iter__ starts anew",
    errors={"IndexError": "the end raises IndexError; it should raise StopIteration"},
)
@given(count=COUNTS, batch_size=BATCH_SIZES, values=VALUES)
def test_stays_exhausted(submission: Any, count: int, batch_size: int, values: Values) -> None:
    """After the last batch next(loader) raises StopIteration, again and again, until a new iter(loader)."""
    x, y = values(count, 2), values.labels(count, 10)
    batches = split(x, y, batch_size)
    loader = submission.DataLoader(x, y, batch_size)
    iterate(loader)
    later(partial(expect_each, loader, batches), *[advance(loader) for _ in batches])
    for attempt in ("next", "a further next"):
        goes_on = f"{attempt}({loader!r}) after the last batch gives another batch"
        expect.raises(advance(loader), "StopIteration", otherwise=goes_on)
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
