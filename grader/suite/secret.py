"""Texts that nothing in the worker can know before it is told them."""

from __future__ import annotations

import secrets
from typing import Final

LENGTH: Final = 8  # bytes


class Secret:
    """Such a text. Where a check's requests are sent to another submission, it is drawn anew."""

    __slots__ = ("_prefix", "text")

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.renew()

    def renew(self) -> None:
        """Draw another one."""
        self.text = f"{self._prefix}{secrets.token_hex(LENGTH)}"
