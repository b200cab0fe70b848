"""Requests: the judge's values and the worker's objects, side by side in one message."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from grader.boundary.requests import Operation, Request, argument_reader, pack_argument
from grader.boundary.values import Leaf
from grader.boundary.wire import ProtocolError


class Stand:
    """Stands for an object of the worker's, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


def number_of(value: object) -> int | None:
    return value.number if isinstance(value, Stand) else None


def through(value: object, objects: dict[int, Any]) -> Any:
    """The argument as the worker reads it."""
    tensors: list[torch.Tensor] = []
    packed = json.loads(json.dumps(pack_argument(value, tensors, number_of)))
    return argument_reader(tensors, objects)(packed)


def test_object_of_the_worker_arrives_as_itself_at_any_depth() -> None:
    layer = object()
    objects = {7: layer}
    assert through(Stand(7), objects) is layer
    assert through([Stand(7), ("x", {"k": Stand(7)})], objects) == [layer, ("x", {"k": layer})]
    assert through(slice(Stand(7), None), objects) == slice(layer, None)


@pytest.mark.parametrize("value", [(), {}, (1, "x"), ((), ({},)), {"k": ()}, tuple(range(20))], ids=repr)
def test_what_a_call_is_given_arrives_as_what_it_is(value: object) -> None:
    assert through(value, {}) == value
    assert through((Stand(7), value), {7: "layer"}) == ("layer", value)


def test_tensor_arrives_with_a_gradient_where_one_is_wanted() -> None:
    plain, leaf = through([torch.ones(2), Leaf(torch.zeros(3))], {})
    assert torch.equal(plain, torch.ones(2))
    assert not plain.requires_grad
    assert torch.equal(leaf, torch.zeros(3))
    assert leaf.requires_grad
    assert leaf.is_leaf


@pytest.mark.parametrize(
    "value", [object(), {1: 2}, b"bytes", torch.ones(1).to_sparse(), [int]], ids=lambda value: type(value).__name__
)
def test_value_that_can_not_be_sent_is_refused_by_its_type(value: object) -> None:
    part = value[0] if isinstance(value, list) else value
    with pytest.raises(TypeError, match=f"a check can't send a {type(part).__name__} to the worker"):
        pack_argument(value, [], number_of)


@pytest.mark.parametrize(
    ("value", "way"),
    [
        (torch.ones(2, 3).T, "submission.tensor(x).T"),
        ([torch.ones(4)[::2]], "submission.tensor(x).T"),
        ({"x": torch.ones(1).expand(3)}, "x.contiguous()"),
        (Leaf(torch.ones(2, 3).T), "submission.tensor(x).T"),
        (torch.ones(1, 3, 2, 2).to(memory_format=torch.channels_last), "strides"),
        (torch.ones(2, requires_grad=True), "submission.tensor(x, requires_grad=True)"),
        ((2 * torch.ones(2, requires_grad=True),), "x.detach()"),
        (torch.nn.Parameter(torch.ones(2)), "submission.torch.nn.Parameter(x)"),
        (abs, "submission.torch.relu"),
        ([lambda x: x], "submission.torch.relu"),
        (torch.relu, "submission.torch.relu"),
        (torch.ones(2).to_sparse(), "submission.tensor(dense).to_sparse()"),
        (torch.ones(2, dtype=torch.complex64), "of torch's usual dtypes"),
        (b"text", "dicts of them by text keys"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_would_be_dropped_on_the_way_is_refused_with_the_way_to_have_it_there(value: object, way: str) -> None:
    with pytest.raises(TypeError) as refused:
        pack_argument(value, [], number_of)
    assert way in str(refused.value)


@pytest.mark.parametrize(
    "value",
    [torch.ones(6)[3:], torch.ones(2, 3)[1], torch.ones(1, 3).T, torch.ones(0, 3).T, torch.ones(2, 3).T.contiguous()],
    ids=str,
)
def test_view_that_arrives_with_its_strides_is_sent(value: torch.Tensor) -> None:
    arrived = through(value, {})
    assert torch.equal(arrived, value)
    assert arrived.is_contiguous()


def test_leaf_may_be_of_a_tensor_that_wants_a_gradient_itself() -> None:
    leaf = through(Leaf(torch.ones(2, requires_grad=True)), {})
    assert leaf.requires_grad
    assert leaf.is_leaf


def test_tag_of_another_kind_is_refused() -> None:
    with pytest.raises(ProtocolError, match="unknown tag object"):
        argument_reader([], {})({"object": "x"})


def test_operations_are_plain_text_and_requests_plain_lists_on_the_way() -> None:
    request = Request(Operation.CALL, 3, [{"ref": 1}])
    assert json.loads(json.dumps(request)) == ["call", 3, [{"ref": 1}], False]
    assert Request(*json.loads(json.dumps(request))) == request
