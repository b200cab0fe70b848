"""The student's own lines around the one that a result names: cut, bounded, and as they stand in the file or cell."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final

from grader.judge.plans import Reading
from grader.scorecard import Excerpt, Verdict

MAX_LINES: Final = 24
MAX_WIDTH: Final = 200  # characters of a line
BEFORE: Final = 8  # lines above the named one, where not all of its statement fits
_SHOWN: Final = (Verdict.FAILED, Verdict.FORBIDDEN, Verdict.TIMED_OUT, Verdict.CRASHED)
_NAMED: Final = re.compile(r"line (\d{1,7})(?!\d)")


def excerpt_of(reading: Reading, verdict: Verdict, message: str, raised_at: int, begins: int) -> Excerpt | None:
    """The statement of the named line, or a part of it; nothing where there is nothing to show.

    raised_at, begins: lines of the executed text that raised, and where the question begins; 0: not known. What the
    message names comes between: where the time was over, what the rules ban, what ended a training.
    """
    if verdict not in _SHOWN:
        return None
    has_raised = raised_at and verdict in (Verdict.FAILED, Verdict.CRASHED)
    line = raised_at if has_raised else _named_in(message, reading) or begins
    place, number = reading.places.apart(line)
    text = _lines_of(reading.source)
    if not 0 < line <= len(text) or not number:
        return None
    first, last = reading.lines.statement_of(line) or (line - BEFORE, line + BEFORE)
    first, last = max(first, 1), min(last, len(text))
    if last - first >= MAX_LINES:
        first = max(first, line - BEFORE)
        last = min(last, first + MAX_LINES - 1)
    inside = [at for at in range(first, last + 1) if reading.places.apart(at)[0] == place]
    shown = _without_blank_ends([(reading.places.apart(at)[1], text[at - 1]) for at in inside], number)
    lines = tuple(code if len(code) <= MAX_WIDTH else f"{code[:MAX_WIDTH]} ..." for _, code in shown)
    return Excerpt(place=place, first=shown[0][0], named=number, lines=lines)


@functools.lru_cache(maxsize=2)
def _lines_of(source: str) -> Sequence[str]:
    """By line feeds alone, as Python counts them."""
    return source.split("\n")


def _named_in(message: str, reading: Reading) -> int:
    """The line of the executed text that a message names first, or 0."""
    for found in _NAMED.finditer(message):
        number = int(found[1])
        for line in [number, *(span.first + number - span.line for span in reading.places.spans)]:
            if message[: found.end()].endswith(reading.places.at(line)):
                return line
    return 0


def _without_blank_ends(lines: Sequence[tuple[int, str]], named: int) -> Sequence[tuple[int, str]]:
    written = [i for i, (number, code) in enumerate(lines) if code.strip() or number == named]
    return lines[written[0] : written[-1] + 1]
