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
    """A Claim, for `shows`.

        claim("assert {0} == {1}", submission.Linear(3, 2).weight.shape, (2, 3))

    A part is a handle, a value that came from one, or any plain value.
    """
    return Claim(code, parts)
