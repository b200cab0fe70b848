"""Mistakes in DataLoader, and what each of them gives."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch

from grader.suite import ANYTHING, Likely, Mistakes, expect, mistakes

PROTOCOL = {
    "iter() returned non-iterator of type 'NoneType'": "__iter__ does not return self",
    "object is not iterable": "the class has no __iter__, so that `for` can't go through it",
}
END = {"IndexError": "the end raises IndexError; it should raise StopIteration"}
NAMES = {
    "unexpected keyword argument": "an argument has another name than in the hand-out: X, y, batch_size",
    "required positional argument: 'batch_size'": "batch_size has no default; it should be 100",
}
CONTINUED = "the iteration goes on where the last one stopped: __iter__ must set the position back"
SHARED = "two loaders share their position: it must be an attribute of self, not of the class"
NO_LABELS = "the labels are missing: each batch is X alone; it should be (X, y)"
SWAPPED = {"the batch is (y, X); it should be (X, y)": ANYTHING}
LIST = "each batch is a list; it should be a tuple"
NOT_ITSELF: Final[Mapping[str, Callable[[str], bool]]] = {
    "__iter__ returns a generator; it should return self": lambda kind: kind == "generator",
    "__iter__ returns a new object; it should return self": lambda kind: True,
}
LENGTHS = {
    "each batch is empty: return self.X[start:end], self.y[start:end]": 0,
    "the labels are missing: each batch is (X,); it should be (X, y)": 1,
    "each batch has a third element; it should be (X, y)": 3,
}


def cut(rows: torch.Tensor, size: int) -> list[torch.Tensor]:
    """The rows in parts of that size; the last one may be shorter."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def items_of(batch: object) -> Sequence[Any]:
    """What is in a batch, of whatever form."""
    return batch if isinstance(batch, list | tuple) else [batch]


def same_entries(actual: object, expected: torch.Tensor) -> bool:
    """A tensor of these entries, of whatever dtype and shape."""
    if not isinstance(actual, torch.Tensor):
        return False
    return expect.same(actual.double().flatten(), expected.double().flatten())


def explaining_orders(actual: Sequence[object], orders: Likely, right: Sequence[torch.Tensor]) -> Likely:
    """Those that give exactly the X that came, of which `right` is expected.

    orders: mistakes in the order of the rows, and the X of all batches that each of them gives.
    """
    came = [next(iter(items_of(batch)), None) for batch in actual]

    def gives(order: list[torch.Tensor]) -> bool:
        seen = order[: len(right) + 2] if len(actual) > len(right) else order[: len(right)]
        return not expect.same(seen, [*right]) and expect.same(came, seen)

    return orders.where(gives) if not isinstance(orders, Mapping) else expect.NONE


@mistakes
def wrong_orders(x: torch.Tensor, size: int) -> Mistakes:
    """Mistakes with any batch size, and the X of the batches that each of them gives."""
    n, parts = len(x), cut(x, size)

    def batches_from(starts: Sequence[int], size: int = size) -> list[torch.Tensor]:
        return [x[start : start + size] for start in starts]

    return {
        "the last batch is missing: a shorter one counts too": [b for b in parts if len(b) == size],
        "the last batch is missing, though it is full": parts[:-1],
        "one batch too many at the end: stop when no row is left": [*parts, x[:0]],
        "nothing comes at all: __iter__ must set the position back to the first batch": [],
        "the first batch is left out": parts[1:],
        "the first row is left out: counting starts at 0": cut(x[1:], size),
        "each batch lacks its last row: a slice ends before its end": [b[:-1] for b in parts],
        "each full batch lacks its last row: a slice ends before its end": [b[: size - 1] for b in parts],
        "the row after each batch is left out": batches_from(range(0, n, size + 1)),
        "each batch starts with the last row of the batch before": batches_from(range(0, n, max(size - 1, 1))),
        "the batches come in reverse order": [x[max(end - size, 0) : end] for end in range(n, 0, -size)],
        "the batches come in reverse order: the last one first": parts[::-1],
        "the last batch is filled up with rows from the beginning": [torch.cat([b, x])[:size] for b in parts],
        "the last batch is filled up with rows from the batch before": batches_from(
            [max(min(start, n - size), 0) for start in range(0, n, size)]
        ),
        "the batch size is always 100, whatever is passed": cut(x, 100),
        "batch_size is taken as the number of batches": cut(x, -(-n // size)),
    }


@mistakes
def other_defaults(x: torch.Tensor) -> Mistakes:
    """Other default sizes of a batch, and the X of the batches that each of them gives."""
    sizes = (1, 10, 16, 20, 32, 50, 64, 128, 200, 256, 1000)
    return {f"the default batch size is {size}; it should be 100": cut(x, size) for size in sizes}


@mistakes
def continuing(x: torch.Tensor, size: int, taken: int) -> Mistakes:
    """An iteration that goes on where the last one stopped. taken: batches that were taken before."""
    return {CONTINUED: cut(x, size)[taken:]}


@mistakes
def wrong_labels(y: torch.Tensor, size: int) -> Mistakes:
    """Mistakes in the order of the labels, and the y of the batches that each of them gives."""
    return {"X and y do not belong together: the labels are one row late": cut(y.roll(-1), size)}


@mistakes
def wrong_forms(x: torch.Tensor, y: torch.Tensor) -> Mistakes:
    """Mistakes in the dtype and shape of one batch, and what they give."""
    return {
        "X is turned into float64": x.double(),
        "X is turned into float32": x.float(),
        "X is flattened into one long vector": x.flatten(),
        "the labels are turned into floats, which can't be used as indices": (y.float(), y.double()),
        "the dtype of the labels is changed to int32": y.int(),
        "the labels have the shape (N, 1)": y[:, None],
    }
