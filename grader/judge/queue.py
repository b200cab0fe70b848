"""Requests that wait to be sent together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch

from grader.boundary.messages import Run
from grader.boundary.requests import Operation, Request, pack_argument
from grader.boundary.strict_json import as_json
from grader.boundary.wire import Json
from grader.suite.handles import Handle, number_of
from grader.suite.secret import Secret

MAX_BATCH: Final = 384
MAX_BATCH_BYTES: Final = 48 << 20
MAX_BATCH_TEXT: Final = 32 * 1024  # characters: half a header, so that the request that passes it may be as long
PER_REQUEST: Final = 40  # characters of it beside its arguments
PER_TENSOR: Final = 64  # characters of its dtype and shape
NEARLY: Final = 0.5  # of each, where an example ends: the next one is sent whole


class Queue:
    """The requests of one message to come, packed as they are asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.secrets: list[tuple[int, int, Secret]] = []  # and where they are: which request, which argument
        self._tensors: list[torch.Tensor] = []
        self._versions: list[int] = []  # of the tensors when they were given
        self._size = 0
        self._text_size = 0

    @property
    def is_full(self) -> bool:
        """Whether it is to be sent before anything else is asked."""
        return self._is_over(1.0)

    @property
    def is_nearly_full(self) -> bool:
        """Whether it is better sent before the next example."""
        return self._is_over(NEARLY)

    def _is_over(self, part: float) -> bool:
        sizes = (len(self.requests), MAX_BATCH - 1), (self._size, MAX_BATCH_BYTES), (self._text_size, MAX_BATCH_TEXT)
        return any(size > part * most for size, most in sizes)

    def add(self, operation: Operation, number: int, arguments: Sequence[object]) -> None:
        """One request more. Raises TypeError for an argument that can't be sent."""
        tensors, before = self._tensors, len(self._tensors)
        packed = [pack_argument(self._told(i, argument), tensors, _number) for i, argument in enumerate(arguments)]
        self.requests.append(Request(operation, number, packed))
        for tensor in tensors[before:]:
            self._size += tensor.nbytes
            self._versions.append(tensor._version)
        self._text_size += PER_REQUEST + sum(map(_length, packed)) + PER_TENSOR * (len(tensors) - before)

    def _told(self, place: int, argument: object) -> object:
        if type(argument) is not Secret:
            return argument
        self.secrets.append((len(self.requests), place, argument))
        return argument.text

    def attempt_last(self, number: int) -> None:
        """Let an exception be the result of the last request. Raises ValueError if that has another number."""
        if not self.requests or self.requests[-1].result != number:
            raise ValueError("what is to be attempted is not what was asked last")
        self.requests[-1] = self.requests[-1]._replace(attempt=True)

    def take(self) -> Run:
        """The message; the queue is empty then. Raises ValueError where a tensor was changed since it was given."""
        changed = [t for t, version in zip(self._tensors, self._versions, strict=True) if t._version != version]
        message = Run(self.requests, self._tensors)
        self.requests, self.secrets, self._tensors, self._versions = [], [], [], []
        self._size = self._text_size = 0
        if changed:
            raise ValueError(
                f"a tensor of shape {tuple(changed[0].shape)} was changed after it was given to the submission; "
                "clone() it before changing it"
            )
        return message


def _length(packed: Json) -> int:
    """Characters of an argument as it is written."""
    return 24 if type(packed) is dict and "ref" in packed else len(as_json(packed))


def _number(value: object) -> int | None:
    return number_of(value) if type(value) is Handle else None
