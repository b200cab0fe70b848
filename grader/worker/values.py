"""Inside the worker: the values of one answer, packed where they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from grader.boundary.messages import Ran, Written
from grader.boundary.requests import Operation, Request
from grader.boundary.values import Raised, pack_result
from grader.boundary.wire import Json, Tensors
from grader.worker.telling import describe


class PackedValues:
    """The values of one answer, in order."""

    def __init__(self) -> None:
        self._packed: list[Json] = []
        self._tensors: Tensors = []

    def add(self, value: Any) -> None:
        """The next one, which nothing changes before it is written."""
        self._packed.append(pack_result(value, self._tensors, describe))

    def add_copy(self, value: Any) -> None:
        """The next one, as it is now."""
        tensors, before = self._tensors, len(self._tensors)
        self._packed.append(pack_result(value, tensors, describe))
        tensors[before:] = [_copy(tensor) for tensor in tensors[before:]]

    def written(self, raised: Raised | None = None, at: int = -1) -> Written:
        """The answer. raised: what ended it, and at which request."""
        return Ran.written(self._packed, self._tensors, raised, at)


def last_change(requests: Sequence[Request]) -> int:
    """The place of the last request that may change an object; -1: there is none."""
    return max((i for i, request in enumerate(requests) if request.operation != Operation.VALUE), default=-1)


def _copy(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().clone()
