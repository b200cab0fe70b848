"""Values of one answer: packed where they are asked for, and copied where something may change them."""

from typing import Any, cast

import torch

from grader.boundary.messages import Ran
from grader.boundary.requests import Operation, Request
from grader.boundary.values import Raised
from grader.worker.values import PackedValues, last_change


def test_values_are_written_in_the_order_in_which_they_were_added() -> None:
    values, tensor = PackedValues(), torch.zeros(2)
    values.add(1)
    values.add([tensor, "text"])
    values.add_copy(tensor)
    header, tensors = values.written()
    told = Ran.read(header, [*tensors])
    assert (told.raised, told.at) == (None, -1)
    one, several, last = cast(Any, told.values)
    assert (one, several[1]) == (1, "text")
    assert several[0] is tensor
    assert torch.equal(last, tensor)


def test_copy_is_of_the_moment_and_has_no_history() -> None:
    values, tensor = PackedValues(), torch.ones(2, requires_grad=True)
    values.add_copy(tensor * 1)
    values.add_copy(tensor)
    values.add(tensor)
    with torch.no_grad():
        tensor.fill_(7)
    _, (computed, copied, itself) = values.written()
    assert not computed.requires_grad
    assert not copied.requires_grad
    assert [each.tolist() for each in (computed, copied, itself)] == [[1, 1], [1, 1], [7, 7]]


def test_what_ended_them_is_told_with_its_place() -> None:
    values = PackedValues()
    values.add(1)
    raised = Raised("ValueError", "no", ())
    header, tensors = values.written(raised, 3)
    assert Ran.read(header, [*tensors]) == Ran(values=(1,), raised=raised, at=3)


def test_last_change_is_the_last_request_for_anything_but_a_value() -> None:
    put, value = Request(Operation.PUT, 1, [1]), Request(Operation.VALUE, 0, [{"ref": 1}])
    assert last_change([put, value, put, value, value]) == 2
    assert last_change([value]) == -1
    assert last_change([]) == -1
