"""How each question is graded, from the source alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_NAME: Final = 200  # characters of the student's names in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a question is graded, from the source alone."""

    blocked: str = ""  # why it can't be graded
    indices: tuple[int, ...] = ()
    certain: bool = True
    forbidden: str = ""  # what the question uses against the rules, by its source or seen at run time
    background: bool = False  # executed once, beside the other checks, and shared by the question's own
    line: int = 0  # where the question's definition begins


def listed(names: Sequence[str]) -> str:
    """Names in a message: "a, b and c", or some of many."""
    shown = [name[:MAX_NAME] for name in names[:8]]
    *first, last = [*shown, f"{len(names) - 8} more"] if len(names) > 8 else shown
    return f"{', '.join(first)} and {last}" if first else last
