"""The queue: packed as it is asked, sent before it is too large, and refused where a tensor has changed since."""

from __future__ import annotations

import pytest
import torch

from grader.boundary import wire
from grader.boundary.messages import write_message
from grader.boundary.requests import Operation, Request
from grader.boundary.values import Leaf
from grader.boundary.wire import MAX_TEXT
from grader.judge.queue import MAX_BATCH, MAX_BATCH_BYTES, MAX_BATCH_TEXT, Queue
from tests.meta.fakes.worker import told


def test_message_holds_what_was_added_in_order_and_the_queue_is_empty_then() -> None:
    queue = Queue()
    queue.add(Operation.BEGIN, 1, (0,))
    queue.add(Operation.PUT, 2, (torch.ones(2),))
    message = queue.take()
    assert list(message.requests) == [
        Request(Operation.BEGIN, 1, [0]),
        Request(Operation.PUT, 2, [{"tensor": 0}]),
    ]
    assert len(message.tensors) == 1
    assert (queue.requests, list(queue.take().requests)) == ([], [])


def test_handle_is_sent_as_the_number_of_its_object() -> None:
    _, _, submission = told("f = 1")
    handle = submission.f
    queue = Queue()
    queue.add(Operation.LIST, 9, ([handle], handle))
    assert queue.requests == [Request(Operation.LIST, 9, [{"list": [{"ref": 1}]}, {"ref": 1}])]


def test_value_that_can_not_be_sent_is_refused() -> None:
    with pytest.raises(TypeError, match="a check can't send a set to the worker"):
        Queue().add(Operation.PUT, 1, ({1},))


def test_attempt_belongs_to_the_last_request() -> None:
    queue = Queue()
    queue.add(Operation.PUT, 1, (1,))
    queue.add(Operation.PUT, 2, (2,))
    queue.attempt_last(2)
    assert [request.attempt for request in queue.requests] == [False, True]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_attempt_of_what_was_not_added_last_is_refused(number: int) -> None:
    queue = Queue()
    with pytest.raises(ValueError, match="not what was asked last"):
        queue.attempt_last(number)
    queue.add(Operation.PUT, 1, (1,))
    queue.add(Operation.PUT, 2, (2,))
    with pytest.raises(ValueError, match="not what was asked last"):
        queue.attempt_last(number)


# --- full -------------------------------------------------------------------------------------------------------------


def test_queue_is_nearly_full_before_it_is_full() -> None:
    """The next example is sent whole then, if it is not larger than half a message."""
    queue = Queue()
    for number in range(MAX_BATCH):
        assert queue.is_nearly_full is (number >= MAX_BATCH // 2)
        queue.add(Operation.ITER, number, ())
    large = Queue()
    large.add(Operation.PUT, 1, (torch.zeros(MAX_BATCH_BYTES // 2 + 1, dtype=torch.uint8),))
    long = Queue()
    long.add(Operation.PUT, 1, ("x" * MAX_TEXT,) * (MAX_BATCH_TEXT // MAX_TEXT // 2 + 1))
    for each in (large, long):
        assert each.is_nearly_full
        assert not each.is_full


@pytest.mark.parametrize(
    "argument",
    [[0.1] * 10, [0.1] * 200, "\u00e9" * 600, ["x" * 2000], (torch.zeros(1, 1, 1),) * 8, {"key": [True] * 50}, 2**60],
    ids=["floats", "more", "escaped", "texts", "tensors", "table", "integer"],
)
def test_full_queue_fits_into_a_frame(argument: object) -> None:
    queue = Queue()
    number = 100_000
    while not queue.is_full:
        number += 1
        queue.add(Operation.CALL, number, (argument, argument))
    assert len(queue.requests) > 1
    wire.encode(*write_message(queue.take(), number))


def test_queue_is_full_of_many_requests() -> None:
    queue = Queue()
    for number in range(MAX_BATCH):
        assert not queue.is_full
        queue.add(Operation.ITER, number, ())
    assert queue.is_full
    queue.take()
    assert not queue.is_full


def test_queue_is_full_of_large_tensors() -> None:
    queue = Queue()
    large = torch.zeros(MAX_BATCH_BYTES // 8)  # half of it
    for _ in range(2):
        queue.add(Operation.PUT, 1, (large,))
    assert not queue.is_full
    queue.add(Operation.PUT, 1, (torch.zeros(1),))
    assert queue.is_full
    queue.take()
    assert not queue.is_full


def test_queue_is_full_of_long_texts() -> None:
    queue = Queue()
    for _ in range(MAX_BATCH_TEXT // 8000):
        assert not queue.is_full
        queue.add(Operation.PUT, 1, ("x" * 8000,))
    queue.add(Operation.PUT, 1, ("x" * 8000,))
    assert queue.is_full


# --- tensors that change ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapped", [False, True])
def test_tensor_that_was_changed_after_it_was_given_is_refused(wrapped: bool) -> None:
    queue, given = Queue(), torch.zeros(2, 3)
    queue.add(Operation.PUT, 1, (torch.ones(1),))
    queue.add(Operation.PUT, 2, ([Leaf(given) if wrapped else given],))
    given += 1
    with pytest.raises(ValueError, match=r"a tensor of shape \(2, 3\) was changed after it was given .* clone\(\) it"):
        queue.take()
    assert list(queue.take().requests) == []


@pytest.mark.parametrize("change", [torch.Tensor.zero_, lambda t: t[0].fill_(1), lambda t: t.view(-1).add_(1)])
def test_change_through_a_view_is_one(change: object) -> None:
    queue, given = Queue(), torch.ones(2, 3)
    queue.add(Operation.PUT, 1, (given,))
    change(given)  # type: ignore[operator]
    with pytest.raises(ValueError, match="was changed"):
        queue.take()


def test_tensor_that_was_changed_before_it_was_given_or_after_it_was_sent_is_fine() -> None:
    queue, given = Queue(), torch.zeros(2)
    given += 1
    queue.add(Operation.PUT, 1, (given,))
    queue.take()
    given += 1
    queue.add(Operation.PUT, 2, (given,))
    assert torch.equal(queue.take().tensors[0], torch.full((2,), 2.0))
