"""JSON that may be anything: taken as what it should be, by exact type, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.boundary import checked, wire
from grader.boundary.wire import ProtocolError

ANYTHING: tuple[Any, ...] = (None, True, 0, 1, "", "a", [], [1], [1, 2], [[1, 2]], {}, {"a": 1})
TAKES: dict[Callable[[Any], object], tuple[object, ...]] = {
    checked.a_list: ([], [1], [1, 2], [[1, 2]]),
    checked.a_table: ({}, {"a": 1}),
    checked.a_text: ("", "a"),
    checked.an_int: (0, 1),
    checked.a_bool: (True,),
    checked.pairs: ([], [[1, 2]]),
}


@pytest.mark.parametrize("told", ANYTHING, ids=repr)
@pytest.mark.parametrize("reader", TAKES, ids=lambda reader: reader.__name__)
def test_value_is_taken_as_it_is_or_refused(reader: Callable[[Any], object], told: object) -> None:
    if any(type(told) is type(right) and told == right for right in TAKES[reader]):
        assert reader(told) == told
    else:
        with pytest.raises(ProtocolError, match="is missing"):
            reader(told)


def test_table_with_a_key_that_is_no_text_is_refused() -> None:
    with pytest.raises(ProtocolError):
        checked.a_table({1: 2})


@pytest.mark.parametrize("told", [[1], [1, 2, 3], (1, 2), "ab", None], ids=repr)
def test_list_of_another_length_is_refused(told: object) -> None:
    assert checked.items([1, 2], 2) == [1, 2]
    with pytest.raises(ProtocolError, match="a list of 2 is missing"):
        checked.items(told, 2)


def test_lines_are_pairs_of_whole_numbers() -> None:
    assert checked.lines([[1, 2], [5, 5]]) == ((1, 2), (5, 5))
    told: Any
    for told in ([[1]], [[1, True]], [["1", 2]], {}, None):
        with pytest.raises(ProtocolError):
            checked.lines(told)


def test_text_of_a_tensor_is_utf_8() -> None:
    for text in ("", "caf\u00e9 \U0001f642"):
        assert checked.string_in(wire.text(text)) == text
    with pytest.raises(ProtocolError, match="not UTF-8"):
        checked.string_in(torch.tensor([0xFF], dtype=torch.uint8))
