"""How much a worker is kept from."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Tier(enum.StrEnum):
    """How much a worker is kept from."""

    PROCESS = "process"
    JAIL = "jail"
    NAMESPACES = "namespaces"


@dataclass(frozen=True, slots=True)
class Isolation:
    """The tier that the workers have, and what it is made of, or why it is not more."""

    tier: Tier
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.tier}: {self.detail}" if self.detail else str(self.tier)
