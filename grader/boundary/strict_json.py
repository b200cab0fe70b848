"""JSON as a header has it: no number that is no integer, no key twice, no text that can't be written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final


class AsJson(str):
    """A value that is written already: it is sent to many."""


def as_json(value: Any) -> AsJson:
    """The value as it is written."""
    return AsJson(_ENCODER.encode(value))


def write(header: Mapping[str, Any]) -> bytes:
    """An object of these keys, whose values may be written already. Raises ValueError for a number that JSON lacks."""
    told = (f"{as_json(key)}:{value if type(value) is AsJson else as_json(value)}" for key, value in header.items())
    return f"{{{','.join(told)}}}".encode()


def read(text: bytes, *, trusted: bool) -> Any:
    """The value of a text. trusted: it is the judge's. Raises ValueError or RecursionError for what is not strict."""
    if trusted:
        return json.loads(text)
    value = _DECODER.decode(text.decode("utf-8", "strict"))
    if b"\\ud" in text or b"\\uD" in text:  # an escaped surrogate, which must be one of a pair
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse(token: str) -> Any:
    raise ValueError(f"number {token[:20]!r} is not allowed")


def _small_int(token: str) -> int:
    if len(token) > 20:
        raise ValueError("integer is too long")
    return int(token)


_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse, parse_int=_small_int
)
