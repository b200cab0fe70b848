"""What a check is run on. A check that fails may be tried again where the fault is not its question's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The statements that the question needs or the whole file; the student's own parts or stand-ins for some."""

    whole: bool = False
    stand_ins: tuple[str, ...] = ()  # questions whose parts are replaced by known-good ones


OWN: Final = Attempt()
