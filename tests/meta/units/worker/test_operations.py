"""Operations: one function for each, and what it does."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from grader.boundary.requests import Operation
from grader.worker.operations import OPERATIONS
from grader.worker.state import State


@pytest.fixture
def state() -> State:
    return State(namespace={"size": 3, "Layer": Layer})


class Layer:
    size = 3

    def __getitem__(self, key: object) -> object:
        return key


def test_each_operation_has_one_function_but_the_one_that_makes_no_object() -> None:
    assert set(OPERATIONS) == set(Operation) - {Operation.VALUE}
    assert len(set(OPERATIONS.values())) == len(OPERATIONS)


LAYER = Layer()
DOES: list[tuple[Operation, tuple[Any, ...], object]] = [
    (Operation.NAME, ("size",), 3),
    (Operation.TORCH, ("nn.Linear",), torch.nn.Linear),
    (Operation.PART, ("limit", "limit = 7"), 7),
    (Operation.PUT, ([1],), [1]),
    (Operation.GET, (LAYER, "size"), 3),
    (Operation.SET, (Layer(), "size", 4), None),
    (Operation.CALL, (dict, [[("a", 1)]], {"b": 2}), {"a": 1, "b": 2}),
    (Operation.ITEM, (LAYER, slice(1)), slice(1)),
    (Operation.NEXT, (iter([5]),), 5),
    (Operation.TAKE, (iter(range(9)), 3), [0, 1, 2]),
    (Operation.LIST, (1, 2), [1, 2]),
    (Operation.IS_INSTANCE, (True, int), True),
    (Operation.IS_INSTANCE, (1, str), False),
    (Operation.IS_SAME, (LAYER, LAYER), True),
    (Operation.IS_SAME, (LAYER, Layer()), False),
    (Operation.TYPE, (LAYER,), "Layer"),
    (Operation.RECORDED, (LAYER,), []),
]


@pytest.mark.parametrize(("operation", "arguments", "expected"), DOES, ids=lambda part: str(part)[:20])
def test_operation_does_what_it_says(
    state: State, operation: Operation, arguments: tuple[Any, ...], expected: object
) -> None:
    assert OPERATIONS[operation](state, *arguments) == expected


def test_all_operations_are_tried_here() -> None:
    others = {Operation.BEGIN, Operation.ITER, Operation.GENERATOR}
    assert {operation for operation, _, _ in DOES} | others == set(OPERATIONS)


def test_parts_are_executed_once_for_an_example_and_anew_for_the_next(state: State) -> None:
    part = OPERATIONS[Operation.PART]
    seen = part(state, "seen", "seen = []\ndef see(x): seen.append(x)")
    part(state, "see", "seen = []\ndef see(x): seen.append(x)")(1)
    assert seen == [1]
    OPERATIONS[Operation.BEGIN](state, 0)
    assert part(state, "seen", "seen = []\ndef see(x): seen.append(x)") == []


def test_set_sets(state: State) -> None:
    layer = Layer()
    OPERATIONS[Operation.SET](state, layer, "size", 4)
    assert layer.size == 4


def test_iterators_and_generators_go_through_once(state: State) -> None:
    for operation, arguments in ((Operation.ITER, ([1, 2],)), (Operation.GENERATOR, (1, 2))):
        made = OPERATIONS[operation](state, *arguments)
        assert iter(made) is made
        assert [*made, *made] == [1, 2]


def test_name_that_is_not_defined_raises_as_python_does(state: State) -> None:
    with pytest.raises(NameError, match="name 'Linear' is not defined"):
        OPERATIONS[Operation.NAME](state, "Linear")


def test_name_is_looked_at_by_the_guard(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(type(state.guard), "look_at", lambda guard, name, value: seen.append((name, value)))
    OPERATIONS[Operation.NAME](state, "size")
    assert seen == [("size", 3)]


def test_example_begins_without_objects_with_the_same_random_numbers_and_with_gradients(state: State) -> None:
    drawn = []
    for _ in range(2):
        state.objects[1] = object()
        torch.set_grad_enabled(False)
        OPERATIONS[Operation.BEGIN](state, 5)
        assert torch.is_grad_enabled()
        assert state.objects == {}
        drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
