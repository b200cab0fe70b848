"""Strategies: what they draw is in its range, the same from the same seed, and shrinks to what a student can read."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import find, given, settings

from grader.suite import strategies
from grader.suite.strategies import Values

KINDS = ("counting", *strategies.MAGNITUDES)


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_values_begin_anew_when_they_are_rewound(kind: str, seed: int) -> None:
    values = Values(kind, seed)

    def drawn() -> list[torch.Tensor]:
        return [values(2, 3), values.labels(5, 3), values(4), values()]

    first, second = drawn(), drawn()
    strategies.rewind([1, "other", values])
    assert all(torch.equal(a, b) for a, b in zip(first, drawn(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_floats_and_labels_are_classes(kind: str, seed: int) -> None:
    values = Values(kind, seed)
    assert [(values(*shape).dtype, values(*shape).shape) for shape in ((), (0,), (2, 3))] == [
        (torch.float32, shape) for shape in ((), (0,), (2, 3))
    ]
    labels = values.labels(200, 3)
    assert (labels.dtype, labels.shape, {*labels.tolist()}) == (torch.int64, (200,), {0, 1, 2})


def test_rows_that_count_all_differ_from_one_call_to_the_next() -> None:
    values = Values("counting", 7)
    assert torch.cat([values(2, 2), values(1, 2)]).tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize("seed", [0, 5])
def test_halves_are_halves_and_large_values_are_whole(seed: int) -> None:
    halves, large = Values("halves", seed)(40, 5), Values("large", seed)(40, 5)
    assert torch.equal((2 * halves).round(), 2 * halves)
    assert halves.abs().max() == 3
    assert torch.equal(large.round() % (25 if seed == 0 else 1), torch.zeros(40, 5))
    assert large.abs().max() > 30


def test_values_shrink_to_the_easy_ones() -> None:
    simplest = find(strategies.values(), lambda _: True)
    assert repr(simplest) == "<halves values>"
    assert simplest(4).tolist() == [1, -2, 3, -1]
    assert repr(find(strategies.values(("small", "normal")), lambda _: True)) == "<small values>"


@given(size=strategies.sizes(4, (100, 784), least=2))
@settings(max_examples=60, database=None)
def test_size_is_in_its_range_or_one_of_the_larger_ones(size: int) -> None:
    assert size in {2, 3, 4, 100, 784}


SHRINKS: dict[str, tuple[Any, Any, Any]] = {
    "a size": (strategies.sizes(4, (100, 784), least=2), lambda _: True, 2),
    "a size of the range": (strategies.sizes(4, (100,)), lambda n: n > 3, 4),
    "the first of the larger sizes": (strategies.sizes(4, (100, 784)), lambda n: n > 4, 100),
    "the last of the larger sizes": (strategies.sizes(4, (100, 784)), lambda n: n > 100, 784),
    "no leading dimension": (strategies.leading_shapes(), lambda _: True, ()),
    "most leading dimensions": (strategies.leading_shapes(3, 4), lambda shape: len(shape) == 3, (1, 1, 1)),
    "the simplest learning rate": (strategies.learning_rates(), lambda _: True, 1.0),
    "one batch": (strategies.split_sizes(), lambda _: True, [1]),
    "two batches": (strategies.split_sizes(), lambda sizes: len(sizes) > 1, [1, 1]),
}


@pytest.mark.parametrize("name", SHRINKS)
def test_example_shrinks_to(name: str) -> None:
    strategy, condition, simplest = SHRINKS[name]
    assert find(strategy, condition, settings=settings(database=None, max_examples=2000)) == simplest


@given(shape=strategies.leading_shapes(2, 3), sizes=strategies.split_sizes(6, 5), rate=strategies.learning_rates())
@settings(max_examples=60, database=None)
def test_shapes_batches_and_rates_are_in_their_ranges(shape: tuple[int, ...], sizes: list[int], rate: float) -> None:
    assert len(shape) <= 2
    assert {*shape} <= {1, 2, 3}
    assert 1 <= len(sizes) <= 5
    assert {*sizes} <= {1, 2, 3, 4, 5, 6}
    assert rate > 0
