"""What a submission may use: names as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_USES: Final = 20  # uses of a question that are told of, at most
MAX_PARTS: Final = 32  # of a dotted name that count
MAX_CLAIMS: Final = 100  # uses that come with one answer, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Names as data. "torch.nn.*" is what is in torch.nn, but not the module itself; "torch.nn.Module" is the class."""

    banned: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()  # exceptions from what is banned: the longer entry decides
    advice: str = ""  # what to do in place of a banned use

    def bans(self, name: str) -> bool:
        """Whether using the thing with this dotted name breaks the rules."""
        if name.count(".") >= MAX_PARTS:  # no entry is that long, and what begins so is banned or not
            name = ".".join(name.split(".", MAX_PARTS)[:MAX_PARTS])
        if f"{name}.*" in self.banned:
            return False
        base, star = name, ""
        while base:
            for entry in (base, star):
                if entry in self.allowed:
                    return False
                if entry in self.banned:
                    return True
            base = base.rpartition(".")[0]
            star = f"{base}.*"
        return False

    def explain(self, place: str, name: str) -> str:
        """What the student is told."""
        return f"{place} uses {name}, which the homework does not allow: {self.advice}"

    def as_dict(self) -> dict[str, Any]:
        """For the worker."""
        return {"banned": sorted(self.banned), "allowed": sorted(self.allowed), "advice": self.advice}

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Rules:
        """From the worker's header or assignment.toml. Raises KeyError or TypeError."""
        banned, allowed, advice = table["banned"], table["allowed"], table["advice"]
        if type(advice) is not str or any(type(names) is not list for names in (banned, allowed)):
            raise TypeError("[rules] has lists of names, banned and allowed, and a text, advice")
        if any(type(name) is not str or name.count(".") >= MAX_PARTS for name in (*banned, *allowed)):
            raise TypeError("[rules] lists something that is no name")
        return cls(banned=frozenset(banned), allowed=frozenset(allowed), advice=advice)
