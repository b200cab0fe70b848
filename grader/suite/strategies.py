"""Hypothesis strategies for suites: small first, so that what a student sees after shrinking is small too.

    @given(k=strategies.sizes(12, also=(784,)), values=strategies.values())
    def test_f(submission, k, values):
        x = values(2, k)  # (2, k) float32
        y = values.labels(2, 10)  # (2,) int64 in [0, 10)

Each gives plain Python values, but for `values`, which gives a maker of tensors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy, booleans, floats, integers, just, lists, sampled_from, tuples

__all__ = [  # Hypothesis' own are here, too, so that a suite has one place for all
    "MAGNITUDES",
    "SearchStrategy",
    "Values",
    "booleans",
    "floats",
    "integers",
    "just",
    "leading_shapes",
    "learning_rates",
    "lists",
    "rewind",
    "sampled_from",
    "sizes",
    "split_sizes",
    "tuples",
    "values",
]

MAGNITUDES: Final = {"halves": 1.0, "normal": 1.0, "small": 1e-3, "large": 30.0}
_EASY: Final = (1.0, -2.0, 3.0, -1.0, 2.0, -3.0, 0.5, -1.5, 2.5, -0.5, 1.5, -2.5)  # signs matter to a ReLU


class Values:
    """Makes the tensors of one example. Each call draws anew from one seeded generator.

    kind: "counting" gives 1, 2, 3, ... (rows that all differ), "halves" multiples of 1/2 in [-3, 3], "large" integers
    of some 30, the others Gaussians of some size. Halves of seed 0 are not drawn: 1, -2, 3, -1, ..., which is what
    examples shrink to; large ones are 50 times that.
    """

    def __init__(self, kind: str, seed: int) -> None:
        self._kind, self._seed = kind, seed
        self._easy = kind == "counting" or (kind in ("halves", "large") and seed == 0)
        self._count = self._labels = 0
        self._generator = torch.Generator().manual_seed(seed)

    def rewind(self) -> None:
        """From now on it draws what it drew from the beginning."""
        self._count = self._labels = 0
        self._generator.manual_seed(self._seed)

    def __call__(self, *shape: int) -> torch.Tensor:
        """A float32 tensor of that shape."""
        if self._easy:
            return self._next(math.prod(shape)).reshape(shape)
        if self._kind == "halves":
            return torch.randint(-6, 7, shape, generator=self._generator) / 2
        drawn = torch.randn(shape, generator=self._generator) * MAGNITUDES[self._kind]
        return drawn.round() if self._kind == "large" else drawn

    def _next(self, count: int) -> torch.Tensor:
        places = torch.arange(self._count, self._count + count)
        self._count += count
        if self._kind == "counting":
            return places + 1.0
        return torch.tensor(_EASY)[places % len(_EASY)] * (50.0 if self._kind == "large" else 1.0)

    def labels(self, count: int, classes: int) -> torch.Tensor:
        """int64 labels in [0, classes), of shape (count,)."""
        if self._easy:
            places = torch.arange(self._labels, self._labels + count)
            self._labels += count
            return places % classes
        return torch.randint(0, classes, (count,), generator=self._generator)

    def __repr__(self) -> str:
        return f"<{self._kind} values>"


def rewind(drawn: Iterable[object]) -> None:
    """Have the makers of tensors among the arguments of an example begin anew."""
    for value in drawn:
        if isinstance(value, Values):
            value.rewind()


def values(kinds: tuple[str, ...] = tuple(MAGNITUDES)) -> SearchStrategy[Values]:
    """A maker of tensors (see Values), of one of these kinds: keys of MAGNITUDES, or "counting"."""
    return st.builds(Values, st.sampled_from(kinds), st.integers(0, 2**20))


def sizes(largest: int = 12, also: tuple[int, ...] = (), *, least: int = 1) -> SearchStrategy[int]:
    """A dimension from `least` to `largest`, or one of the larger ones in `also`."""
    # One integer and not `|`: an example with a larger dimension can then shrink to a small one.
    return st.integers(least, largest + len(also)).map(lambda i: i if i <= largest else also[i - largest - 1])


def leading_shapes(most_dims: int = 3, largest: int = 4) -> SearchStrategy[tuple[int, ...]]:
    """The dimensions before the last one, each in [1, largest]: from none (a single vector) to `most_dims`."""
    return st.lists(st.integers(1, largest), max_size=most_dims).map(tuple)


def learning_rates() -> SearchStrategy[float]:
    """A step size in (0, 1.7]: simple ones first."""
    return st.sampled_from((1.0, 0.5, 0.1, 0.01, 0.3, 0.007, 1.7))


def split_sizes(largest_batch: int = 6, most: int = 5) -> SearchStrategy[list[int]]:
    """The numbers of rows of the batches of a data set: 1 to `most` of them, each in [1, largest_batch]."""
    return st.lists(st.integers(1, largest_batch), min_size=1, max_size=most)
