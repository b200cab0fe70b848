"""Who answers for a line, when code is seen to break the rules while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Who answers for which lines, when code is seen to break the rules while it runs."""

    own: Mapping[str, Sequence[Sequence[int]]] = field(default_factory=dict)  # by question: first and last lines
    dynamic: Sequence[Sequence[int]] = ()  # statements that execute strings: the line alone tells nothing
    last: int = 0  # of the text; 0: not known

    def owners(self, line: int, functions: Sequence[str], question: str, *, loading: bool) -> list[str]:
        """The questions that a use is charged to, seen while `question` was checked.

        line: 0 where it is not known. functions: outermost names of the running functions, the innermost first.
        loading: nothing was asked yet. What nobody owns is then an experiment at top level, and free; in an answer it
        is what the checked question does.
        """
        if self.last and line > self.last:  # of a text that gives itself out for the file
            line = 0
        if found := [name for name, lines in self.own.items() if _covers(lines, line)]:
            return found
        if not line or _covers(self.dynamic, line):
            named = [name for name in functions if name in self.own]
            if named:
                return named[:1]
        return [] if loading else [question]

    def statement_of(self, line: int) -> tuple[int, ...] | None:
        """First and last line of the statement of a question that the line is in, or None."""
        return next((tuple(span) for lines in self.own.values() for span in lines if span[0] <= line <= span[1]), None)

    def as_json(self) -> str:
        """For the worker."""
        own = {name: [list(span) for span in lines] for name, lines in self.own.items()}
        return json.dumps([own, [list(span) for span in self.dynamic], self.last])

    @classmethod
    def from_json(cls, text: str) -> Lines:
        """In the worker, which believes the judge."""
        own, dynamic, last = json.loads(text)
        return cls(own=own, dynamic=dynamic, last=last)


def _covers(lines: Iterable[Sequence[int]], line: int) -> bool:
    return any(first <= line <= last for first, last in lines)
