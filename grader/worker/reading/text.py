"""The forms that a submission takes, each turned into one text of top-level statements. Runs inside a worker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grader.boundary.places import Span

MOST_BEFORE: Final = 40  # columns of a long line that are shown before the caret
MOST: Final = 72  # columns of it in all


class Unreadable(Exception):
    """The submission can't be read; the message goes after the path, as a value and the next step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A cell that Python can't read: it costs what it defines."""

    line: int  # of the executed text
    text: str
    code: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is executed."""

    source: str
    spans: Sequence[Span] = ()
    lost: Sequence[Lost] = ()


_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)


def names_in(source: str) -> frozenset[str]:
    """The functions and classes that a text would define, which need not be Python."""
    return frozenset(_DEFINITION.findall(source))


def lost(source: str, error: Exception, line: int) -> Lost:
    """What is told of a text that begins on that line of the executed text, and can't be parsed for that reason."""
    if not isinstance(error, SyntaxError):
        return Lost(line=line, text=f"{type(error).__name__}: {error}"[:200], code="", names=names_in(source))
    at = line + max(error.lineno or 1, 1) - 1
    return Lost(line=at, text=str(error.msg)[:200], code=pointed_at(error, source), names=names_in(source))


def pointed_at(error: SyntaxError, source: str) -> str:
    """The line that can't be read, without its indentation, and below it carets at what is wrong there."""
    lines = (error.text or source).split("\n")  # the compiler does not say the line, the parser does
    number = 0 if error.text else (error.lineno or 0) - 1
    line = lines[number].rstrip() if 0 <= number < len(lines) else ""
    code = line.lstrip()
    if not code:
        return ""
    at = (error.offset or 0) - 1 - (len(line) - len(code))
    if at < 0:
        return code[:MOST]
    end = (error.end_offset or 0) - 1 - (len(line) - len(code)) if error.end_lineno == error.lineno else 0
    first = max(at - MOST_BEFORE, 0) if len(code) > MOST else 0
    shown = code[first : first + MOST]
    before = "".join("\t" if c == "\t" else " " for c in code[first:at]).ljust(at - first)
    return f"{shown}\n{before}{'^' * max(min(end - at, len(shown) - (at - first)), 1)}"
