"""What crosses the boundary beside the plain values of grader.boundary.wire: exceptions, and what does not cross."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import torch

from grader.boundary import checked, wire
from grader.boundary.wire import Json, ProtocolError, Tensors

MAX_DESCRIPTION: Final = 200  # characters of what tells of an object


class Frame(NamedTuple):
    """One line of the student's code in a traceback."""

    line: int
    function: str
    code: str


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception in the worker: text, for people to read. frames: the student's own, the innermost last."""

    type_name: str
    text: str
    frames: tuple[Frame, ...]

    def write(self) -> Json:
        """As JSON."""
        return [self.type_name, self.text, [list(frame) for frame in self.frames]]

    @classmethod
    def read(cls, told: Json) -> Raised:
        """Raises ProtocolError."""
        type_name, text, frames = checked.items(told, 3)
        return cls(checked.a_text(type_name), checked.a_text(text), tuple(map(_frame, checked.a_list(frames))))


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that does not cross the boundary (a sparse tensor, an object of an own class): not equal to any."""

    description: str

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Leaf:
    """A tensor of the judge's that wants a gradient."""

    tensor: torch.Tensor


class Once(list[torch.Tensor]):
    """Tensors of a frame, each of which may be read once: a thousand references to one would be a thousand of its size.

    Raises ProtocolError at the second time.
    """

    def __init__(self, tensors: Sequence[torch.Tensor]) -> None:
        super().__init__(tensors)
        self._read: set[int] = set()

    def __getitem__(self, index: Any) -> Any:
        if index in self._read:
            raise ProtocolError("it told one tensor twice")
        self._read.add(index)
        return super().__getitem__(index)


def pack_result(value: object, tensors: Tensors, describe: Callable[[Any], str]) -> Json:
    """In the worker: a value for the judge. What can't cross is described."""

    def other(part: object) -> Json:
        return {"raised": part.write()} if type(part) is Raised else {"object": describe(part)[:MAX_DESCRIPTION]}

    return wire.pack(value, tensors, other)


def unpack_result(packed: Json, tensors: Sequence[torch.Tensor]) -> object:
    """In the judge: what pack_result has packed. Raises ProtocolError."""
    return wire.unpack(packed, tensors, _other_result)


def _other_result(tag: str, content: Json) -> object:
    if tag == "object" and type(content) is str:
        return Opaque(content[:MAX_DESCRIPTION])
    if tag == "raised":
        return Raised.read(content)
    raise ProtocolError("a value is not in a known form")


def _frame(told: Json) -> Frame:
    line, function, code = checked.items(told, 3)
    return Frame(checked.an_int(line), checked.a_text(function), checked.a_text(code))
