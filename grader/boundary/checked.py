"""JSON that may be anything, read as what it should be. Each function raises ProtocolError where it is not that."""

from __future__ import annotations

import json

import torch

from grader.boundary.wire import Json, ProtocolError


def a_list(told: Json) -> list[Json]:
    """A list. Raises ProtocolError."""
    if type(told) is not list:
        raise ProtocolError("a list is missing")
    return told


def items(told: Json, count: int) -> list[Json]:
    """A list of that length. Raises ProtocolError."""
    if type(told) is not list or len(told) != count:
        raise ProtocolError(f"a list of {count} is missing")
    return told


def a_table(told: Json) -> dict[str, Json]:
    """A table with texts for keys. Raises ProtocolError."""
    if type(told) is not dict or any(type(key) is not str for key in told):
        raise ProtocolError("a table is missing")
    return told


def a_text(told: Json) -> str:
    """A text. Raises ProtocolError."""
    if type(told) is not str:
        raise ProtocolError("a text is missing")
    return told


def an_int(told: Json) -> int:
    """A whole number, which a truth value is not. Raises ProtocolError."""
    if type(told) is not int:
        raise ProtocolError("a whole number is missing")
    return told


def a_bool(told: Json) -> bool:
    """A truth value. Raises ProtocolError."""
    if type(told) is not bool:
        raise ProtocolError("a truth value is missing")
    return told


def pairs(told: Json) -> list[list[Json]]:
    """A list of lists of two. Raises ProtocolError."""
    return [items(pair, 2) for pair in a_list(told)]


def lines(told: Json) -> tuple[tuple[int, int], ...]:
    """First and last lines. Raises ProtocolError."""
    return tuple((an_int(first), an_int(last)) for first, last in pairs(told))


def string_in(tensor: torch.Tensor) -> str:
    """The text that a tensor carries: see wire.text. Raises ProtocolError."""
    try:
        return tensor.numpy().tobytes().decode()
    except UnicodeDecodeError:
        raise ProtocolError("a text is not UTF-8") from None


def json_in(tensor: torch.Tensor) -> str:
    """The JSON text that a tensor carries; a half character in it would break a report. Raises ProtocolError."""
    text = string_in(tensor)
    if "\\ud" in text or "\\uD" in text:  # an escaped surrogate, which must be one of a pair
        try:
            json.dumps(json.loads(text), ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"a text is not strict JSON: {str(error)[:80]}") from error
    return text
