"""The forms that a submission takes, each turned into one text of top-level statements. Runs inside a worker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.boundary.places import Span


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
    code = (error.text or "").strip()[:200]
    at = line + max(error.lineno or 1, 1) - 1
    return Lost(line=at, text=str(error.msg)[:200], code=code, names=names_in(source))
