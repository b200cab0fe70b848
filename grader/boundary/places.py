"""Where a line stands: the text that is executed may be put together of cells and files that the student sees apart."""

from __future__ import annotations

import bisect
import json
from collections.abc import Sequence
from dataclasses import dataclass

MAX_SPANS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Lines of the executed text that stand together in one cell or file, from `first` to the next span."""

    first: int
    file: str
    line: int = 1  # of that file or cell
    cell: int = 0  # of a notebook; 0 elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Lines of the executed text, counted from 1, as people find them."""

    file: str  # the main one
    spans: Sequence[Span] = ()  # by `first`; none: the text is the file

    def at(self, line: int) -> str:
        """For messages: "hw.py, line 3", "hw.ipynb, cell 7, line 3"; the file alone where the line is not known."""
        place, number = self.apart(line)
        return f"{place}, line {number}" if number else place

    def apart(self, line: int) -> tuple[str, int]:
        """File or cell, and the line there: "hw.ipynb, cell 7", 3; 0 where the line is not known."""
        span = self._span(line)
        if span is None:
            return self.file, max(line, 0) if not self.spans else 0
        return f"{span.file}{f', cell {span.cell}' if span.cell else ''}", line - span.first + span.line

    def line_in_file(self, line: int) -> int:
        """The line of the main file, or 0 where it stands in a cell or in another file."""
        span = self._span(line)
        if span is None:
            return max(line, 0) if not self.spans else 0
        return 0 if span.cell or span.file != self.file else line - span.first + span.line

    def _span(self, line: int) -> Span | None:
        index = bisect.bisect_right(self.spans, line, key=lambda span: span.first) - 1
        return self.spans[index] if line > 0 and index >= 0 else None

    def as_json(self) -> str:
        """For the channel."""
        return json.dumps([self.file, *([s.first, s.file, s.line, s.cell] for s in self.spans)])

    @classmethod
    def from_json(cls, text: str) -> Places:
        """Raises ValueError or TypeError where it is not what as_json writes."""
        loaded = json.loads(text)
        if type(loaded) is not list:
            raise TypeError("places are malformed")
        file, *spans = loaded
        found = [Span(first=first, file=name, line=line, cell=cell) for first, name, line, cell in spans]
        if len(found) > MAX_SPANS or type(file) is not str:
            raise ValueError("places are malformed")
        if any(type(n) is not int for s in found for n in (s.first, s.line, s.cell)):
            raise TypeError("a place is malformed")
        if any(type(s.file) is not str for s in found):
            raise TypeError("a place is malformed")
        return cls(file=file, spans=found)
