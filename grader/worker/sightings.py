"""Inside the worker: the banned uses that were seen, few enough to be sent, and none that is charged left out."""

from __future__ import annotations

from typing import Final

from grader.boundary.messages import Sighting
from grader.boundary.owners import Lines
from grader.boundary.rules import MAX_USES

NOBODY: Final = ""  # in place of a question


class Sightings:
    """What was seen since it was last told. Of each owner one use is told: a flood of one hides none of another."""

    def __init__(self) -> None:
        self.lines: Lines | None = None  # who answers for which lines; None: not known, each use is told
        self.is_loading = False  # the submission is executed, and nothing is asked of it yet
        self._seen: dict[Sighting, None] = {}
        self._claimed: set[str] = set()

    def add(self, sighting: Sighting) -> None:
        """Note a use, unless its owners have one already."""
        if self.lines is not None:
            owners = self.lines.owners(sighting.line, sighting.functions, NOBODY, loading=self.is_loading) or [NOBODY]
            if self._claimed.issuperset(owners):
                return
            self._claimed.update(owners)
            # What else was running tells the judge nothing, and its names may be long.
            named = tuple(name for name in sighting.functions if name in self.lines.own)
            sighting = sighting._replace(functions=named)
        elif len(self._seen) >= MAX_USES:
            return
        self._seen[sighting] = None

    def take(self) -> list[Sighting]:
        """Those since the last time. What follows is told again: it may be charged to another question."""
        taken, self._seen = [*self._seen], {}
        if self.lines is not None:
            self._claimed.clear()
        return taken
