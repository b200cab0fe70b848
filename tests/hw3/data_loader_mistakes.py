"""Mistakes in DataLoader, and what each of them gives."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch

from grader.suite import Likely, Mistakes, expect, mistakes

Batches = list[tuple[torch.Tensor, torch.Tensor]]
INDEX_ERROR = {"IndexError": "the end raises IndexError; it should raise StopIteration"}
CONTINUED = "the iteration goes on where the last one stopped: __iter__ must set the position back"
NOT_ITSELF: Final[Mapping[str, Callable[[str], bool]]] = {
    "__iter__ returns a generator; it should return self": lambda kind: kind == "generator",
    "__iter__ returns a new object; it should return self": lambda kind: True,
}


def cut(rows: torch.Tensor, size: int) -> list[torch.Tensor]:
    """The rows in parts of that size; the last one may be shorter."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def explaining_orders(actual: Sequence[object], batches: Batches, more: Likely) -> Likely:
    """The mistakes in the order of the rows that give exactly what came. more: mistakes that one check knows."""
    right = [x for x, _ in batches]

    def gives(order: list[torch.Tensor]) -> bool:
        is_wrong = not expect.same(order, right)
        return is_wrong and expect.same(_items(actual, 0), order[: len(right) + 2])

    return (wrong_orders(right) | more).where(gives)


def explaining_labels(actual: Sequence[object], batches: Batches) -> Likely:
    """The mistakes in the order of the labels that give exactly what came."""
    return wrong_labels([y for _, y in batches]).where(lambda order: expect.same(_items(actual, 1), order))


def _items(actual: Sequence[object], place: int) -> list[Any]:
    """The X of all batches, at place 0, or the y, at place 1; None where there is none."""
    return [batch[place] if isinstance(batch, tuple | list) and len(batch) > place else None for batch in actual]


@mistakes
def wrong_orders(parts: list[torch.Tensor]) -> Mistakes:
    """Mistakes with any batch size, and the X of the batches that each of them gives. parts: the right ones."""
    x, size = torch.cat(parts), len(parts[0])
    n = len(x)

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
def wrong_labels(parts: list[torch.Tensor]) -> Mistakes:
    """Mistakes in the order of the labels, and the y of the batches that each of them gives. parts: the right ones."""
    late = cut(torch.cat(parts).roll(-1), len(parts[0]))
    return {"X and y do not belong together: the labels are one row late": late}


@mistakes
def wrong_x(x: torch.Tensor, y: torch.Tensor) -> Mistakes:
    """Mistakes in the X of one batch, and what they give."""
    return {
        "the batch is (y, X); it should be (X, y)": y,
        "X is turned into float64": x.double(),
        "X is turned into float32": x.float(),
        "X is flattened into one long vector": x.flatten(),
    }


@mistakes
def wrong_y(y: torch.Tensor) -> Mistakes:
    """Mistakes in the y of one batch, and what they give."""
    return {
        "the labels are turned into floats, which can't be used as indices": y.float(),
        "the dtype of the labels is changed to int32": y.int(),
        "the dtype of the labels is changed to int64": y.long(),
        "the labels have the shape (N, 1)": y[:, None],
    }
