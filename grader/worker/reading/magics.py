"""A notebook's cell as Python: lines for the notebook and the shell are left out, whatever they would have run.

The lines keep their numbers. A line counts only where a statement may begin: `%` may also stand in a sum that goes on
over several lines, and `!` in a text.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Final

_BODY_IS_PYTHON: Final = ("%%capture", "%%prun", "%%time")  # and runs among the names of the notebook
_ASSIGNED: Final = re.compile(r"[\w.,\s\[\]*]+=\s*(?:!|%\w)")  # files = !ls
_HELP: Final = re.compile(r"\?{1,2}[\w.%*]+\s*$|[\w.%*]+\?{1,2}\s*$")
_TIMED: Final = re.compile(r"%time\s+(?=\S)")


def python_of(source: str) -> str:
    """The cell's Python, or nothing where its body is for something else."""
    lines = _dedented(source.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for i, line in enumerate(lines):
        if line.startswith("%%"):
            if line.split()[0] not in _BODY_IS_PYTHON:
                return "\n" * (len(lines) - 1)
            lines[i] = ""
        elif line.strip():
            break
    text = "\n".join(lines)
    return text if _parses(text) else "\n".join(_without_magics(lines))


def _dedented(lines: list[str]) -> list[str]:
    """Without the indentation that a pasted cell has as a whole."""
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return [line.removeprefix(indent) for line in lines]


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_magics(lines: list[str]) -> list[str]:
    kept, start, goes_on = [], _LineStart(), False
    for line in lines:
        if goes_on:  # `!pip install \` goes on below
            kept.append("")
            goes_on = line.endswith("\\")
            continue
        if start.is_start:
            body = line.lstrip()
            indent = line[: len(line) - len(body)]
            timed = _TIMED.match(body)
            if timed:
                line = indent + body[timed.end() :]
            elif body[:1] in ("%", "!") or _HELP.match(body) or _ASSIGNED.match(body):
                kept.append(f"{indent}pass")
                goes_on = line.endswith("\\")
                continue
        start.pass_over(line)
        kept.append(line)
    return kept


@dataclass(slots=True)
class _LineStart:
    """Where a line begins: inside brackets, inside a text, after a backslash, or where a statement may begin."""

    depth: int = 0
    quote: str = ""
    is_continued: bool = False

    @property
    def is_start(self) -> bool:
        return not (self.depth or self.quote or self.is_continued)

    def pass_over(self, line: str) -> None:
        self.is_continued = False
        at = 0
        while at < len(line):
            character = line[at]
            if character == "\\":
                self.is_continued = at == len(line) - 1
                at += 2
            elif self.quote:
                ends = line.startswith(self.quote, at)
                at += len(self.quote) if ends else 1
                self.quote = "" if ends else self.quote
            elif character in "'\"":
                self.quote = character * (3 if line.startswith(character * 3, at) else 1)
                at += len(self.quote)
            elif character == "#":
                break
            else:
                self.depth = max(0, self.depth + (character in "([{") - (character in ")]}"))
                at += 1
        if len(self.quote) == 1 and not self.is_continued:  # a text that is not closed ends with its line
            self.quote = ""
