"""What the judge asks of a worker's objects, and how its own values go along."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn

import torch

from grader.boundary import wire
from grader.boundary.values import Leaf
from grader.boundary.wire import Json, ProtocolError, Tensors

MAX_CALLS: Final = 200  # recorded calls told of one object: as many as fit into an answer
MAX_ARGUMENTS: Final = 8  # of a recorded call
MAX_NUMBERS: Final = 4  # that it returned
FEW: Final = 8  # arguments that are packed one by one


class Operation(enum.StrEnum):
    """What the worker can be asked to do. grader.worker.operations does it."""

    BEGIN = "begin"  # a new example: forget all objects, seed all random numbers, record gradients
    VALUE = "value"  # send the value of an object, as it is now
    NAME = "name"  # what the submission has under a name
    TORCH = "torch"  # an attribute of torch
    PART = "part"  # what the assignment's parts.py has under a name, and its text
    PUT = "put"  # a value of the judge's
    GET = "get"
    SET = "set"
    CALL = "call"
    ITEM = "item"
    ITER = "iter"
    NEXT = "next"
    TAKE = "take"  # at most so many items, as a list
    LIST = "list"
    GENERATOR = "generator"
    IS_INSTANCE = "isinstance"
    IS_SAME = "is"
    TYPE = "type"  # the name of the object's class
    RECORDED = "recorded"  # what the submission's own functions returned: see grader.worker.recorder


class Request(NamedTuple):
    """One operation, and the number of the object that it makes. The arguments are packed: see pack_argument."""

    operation: Operation
    result: int
    arguments: Sequence[Json]
    attempt: bool = False  # an exception is its result, and ends nothing


def pack_argument(value: Any, tensors: Tensors, number_of: Callable[[object], int | None]) -> Json:
    """A value of the judge's, in which objects of the worker's stand for their numbers.

    Raises TypeError for what would not arrive as it is, with the way to have it in the worker.
    """
    if (number := number_of(value)) is not None:
        return {"ref": number}
    kind = type(value)
    if kind is str:  # most of the rest
        return wire.pack(value, tensors, _refuse)
    if kind is dict and not value:
        return {"dict": []}
    if kind is tuple and len(value) <= FEW:  # what something is called with
        return {"tuple": [pack_argument(part, tensors, number_of) for part in value]}
    before, leaves = len(tensors), set[int]()

    def other(part: object) -> Json:
        if (number := number_of(part)) is not None:
            return {"ref": number}
        if isinstance(part, Leaf):
            leaves.add(len(tensors))
            tensors.append(part.tensor)
            return {"leaf": len(tensors) - 1}
        return _refuse(part)

    packed = wire.pack(value, tensors, other)
    for index in range(before, len(tensors)):
        _refuse_what_is_dropped(tensors[index], is_leaf=index in leaves)
    return packed


_VALUES: Final = "send numbers, texts, dense tensors on the CPU, and lists, tuples and dicts of them by text keys"
_SPARSE: Final = (
    "only dense tensors on the CPU cross, of torch's usual dtypes; make it there, "
    "as in submission.tensor(dense).to_sparse()"
)
_CODE: Final = (
    "code does not cross. A function or class of torch's is there already, as in submission.torch.relu; "
    "what the submission defines is a handle, and can be given back"
)


def _refuse(value: object) -> NoReturn:
    way = _SPARSE if isinstance(value, torch.Tensor) else _CODE if callable(value) else _VALUES
    raise TypeError(f"a check can't send a {type(value).__name__} to the worker: {way}")


def _refuse_what_is_dropped(tensor: torch.Tensor, *, is_leaf: bool) -> None:
    """Raises TypeError: a frame carries dtype, shape and numbers, and a check must not seem to test more."""
    if tensor.requires_grad and not is_leaf:
        raise TypeError(
            "a tensor that requires a gradient would arrive without: send submission.tensor(x, requires_grad=True), "
            "or submission.torch.nn.Parameter(x) for a parameter; x.detach() where no gradient is meant"
        )
    if not tensor.is_contiguous():
        raise TypeError(
            f"a tensor of shape {tuple(tensor.shape)} with strides {tensor.stride()} would arrive contiguous: make the "
            "view in the worker, as in submission.tensor(x).T; x.contiguous() where the strides don't matter"
        )


def argument_reader(tensors: Sequence[torch.Tensor], objects: Mapping[int, Any]) -> Callable[[Json], Any]:
    """In the worker: how arguments are read. Raises ProtocolError."""

    def other(tag: str, content: Json) -> Any:
        if tag == "ref":
            return objects[content]
        if tag == "leaf":
            return tensors[content].requires_grad_()
        raise ProtocolError(f"unknown tag {tag}")

    def read(packed: Json) -> Any:
        if type(packed) is dict:
            if "ref" in packed:  # most of them
                return objects[packed["ref"]]
            if "tuple" in packed:  # most of the rest: what something is called with
                return tuple(map(read, packed["tuple"]))
        return wire.unpack(packed, tensors, other)

    return read
