"""What the judge asks of a worker's objects, and how its own values go along."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import torch

from grader.boundary import wire
from grader.boundary.values import Leaf
from grader.boundary.wire import Json, ProtocolError, Tensors

MAX_CALLS: Final = 200  # recorded calls told of one object: as many as fit into an answer
MAX_ARGUMENTS: Final = 8  # of a recorded call
MAX_NUMBERS: Final = 4  # that it returned


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


def pack_argument(value: object, tensors: Tensors, number_of: Callable[[object], int | None]) -> Json:
    """A value of the judge's, in which objects of the worker's stand for their numbers. Raises TypeError."""
    if (number := number_of(value)) is not None:
        return {"ref": number}

    def other(part: object) -> Json:
        if (number := number_of(part)) is not None:
            return {"ref": number}
        if isinstance(part, Leaf):
            tensors.append(part.tensor)
            return {"leaf": len(tensors) - 1}
        raise TypeError(f"a check can't send a {type(part).__name__} to the worker")

    return wire.pack(value, tensors, other)


def argument_reader(tensors: Sequence[torch.Tensor], objects: Mapping[int, Any]) -> Callable[[Json], Any]:
    """In the worker: how arguments are read. Raises ProtocolError."""

    def other(tag: str, content: Json) -> Any:
        if tag == "ref":
            return objects[content]
        if tag == "leaf":
            return tensors[content].requires_grad_()
        raise ProtocolError(f"unknown tag {tag}")

    def read(packed: Json) -> Any:
        if type(packed) is dict and "ref" in packed:  # most of them
            return objects[packed["ref"]]
        return wire.unpack(packed, tensors, other)

    return read
