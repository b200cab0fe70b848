"""Claims: what an expectation says, as Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LAST: Final = object()  # as a part of a claim: the example's last request


@dataclass(frozen=True, slots=True)
class Claim:
    """What an expectation says, as a Python statement. `{0}` stands for the first part, `{1}` for the second, ...

    A part is a handle, a value that was fetched from one (or is inside it), LAST, or any value to be written out.
    """

    code: str
    parts: tuple[object, ...]


def claim(code: str, *parts: object) -> Claim:
    """A Claim: claim("assert {0} is {1}", iterator, loader)."""
    return Claim(code, parts)
