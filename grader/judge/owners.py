"""Who answers for a line, when code is seen to break the rules while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Who answers for which lines, when code is seen to break the rules while it runs."""

    own: Mapping[str, Sequence[Sequence[int]]]  # by question: first and last line of each statement
    dynamic: Sequence[Sequence[int]] = ()  # statements that execute strings: the line alone tells nothing

    def owners(self, line: int, functions: Sequence[str], question: str) -> list[str]:
        """The questions that a use is charged to, seen while `question` was checked.

        line: 0 where it is not known. functions: outermost names of the running functions, the innermost first.
        """
        if found := [name for name, lines in self.own.items() if _covers(lines, line)]:
            return found
        if line and not _covers(self.dynamic, line):
            return []
        named = [name for name in functions if name in self.own]
        return named[:1] or ([] if line else [question])

    def statement_of(self, line: int) -> tuple[int, ...] | None:
        """First and last line of the statement of a question that the line is in, or None."""
        return next((tuple(span) for lines in self.own.values() for span in lines if span[0] <= line <= span[1]), None)


def _covers(lines: Iterable[Sequence[int]], line: int) -> bool:
    return any(first <= line <= last for first, last in lines)
