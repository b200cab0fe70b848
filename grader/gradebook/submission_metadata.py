"""Who handed in what, of Gradescope's submission_metadata.yml.

Gradescope writes the file with Ruby: symbols for keys, two spaces a level, and of each submission a list of submitters
before its results and history, which are most of the file. The submitters alone are read here, line by line: that takes
milliseconds where a reader of all YAML takes seconds, and needs no library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from grader.submission import sendable

_FIELDS: Final[Mapping[str, str]] = {":name": "name", ":sid": "sis_id", ":email": "email"}
_KEY: Final = re.compile(r"""^(["']?)(:?[^\s'"#&*!|>%@`,\[\]{}-][^"'#]*?)\1:\s*(.*)$""")
_PAIR: Final = re.compile(r"""(:?\w+):\s+("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,}]*)""")
_ESCAPES: Final[Mapping[str, str]] = {"e": "\x1b", "0": "\0", "a": "\a", "v": "\v", " ": " ", "N": "\x85", "_": "\xa0"}


def submitters(text: str) -> Mapping[str, tuple[Mapping[str, str], ...]]:
    """Of each submission, by its folder or file: the name, sis_id and email of everybody who handed it in."""
    found: dict[str, tuple[Mapping[str, str], ...]] = {}
    for name, lines in _sections(text):
        found[name] = tuple(_people(lines))
    return found


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """The key of each submission, and the lines below it."""
    name, lines = "", list[str]()
    for line in text.replace("\r\n", "\n").split("\n"):
        if line[:1] in ("", " ", "#") or line.startswith(("---", "...", "- ")):
            lines.append(line)
        elif key := _KEY.match(line):
            if name:
                yield name, lines
            name, lines = _scalar(key[1] + key[2] + key[1]), []
    if name:
        yield name, lines


def _people(lines: list[str]) -> Iterator[Mapping[str, str]]:
    person: dict[str, str] | None = None
    last, inside, items = "", False, -1
    for line in lines:
        if line.startswith("  :") or (line.startswith("  ") and line[2:3] not in (" ", "-", "")):  # a key beside it
            inside = line.rstrip() == "  :submitters:"
            continue
        if not inside or not line.strip():
            continue
        content, indent = line.strip(), len(line) - len(line.lstrip(" "))
        if person is None and content.startswith("- "):
            items = indent
        if content.startswith("- ") and indent == items:
            if person:
                yield person
            person, last, content = {}, "", content[2:].strip()
        if person is None:
            continue
        if content.startswith("{"):
            person |= {_FIELDS[key]: _scalar(value) for key, value in _PAIR.findall(content) if key in _FIELDS}
        elif indent <= items + 2 and content.startswith(":") and (key := _KEY.match(content)):
            last = _FIELDS.get(key[2], "")
            if last:
                person[last] = _scalar(key[3])
        elif last:  # a long value goes on
            person[last] = _scalar(f"{person[last]} {content}")
    if person:
        yield person


def _scalar(text: str) -> str:
    text = text.strip()
    if text[:1] == "'" == text[-1:] and len(text) > 1:
        return text[1:-1].replace("''", "'")
    if text[:1] == '"' == text[-1:] and len(text) > 1:
        return _double_quoted(text)
    return "" if text in ("~", "null") else text


def _double_quoted(text: str) -> str:
    """The value: JSON's escapes, and those that YAML has beyond them."""

    def plain(escape: re.Match[str]) -> str:
        if escape[1]:
            return f"\\u00{escape[1]}"
        if escape[2]:
            return json.dumps(chr(min(int(escape[2], 16), 0x10FFFF)))[1:-1]
        return json.dumps(_ESCAPES[escape[3]])[1:-1] if escape[3] in _ESCAPES else escape[0]

    escaped = re.sub(r"\\(?:x([0-9A-Fa-f]{2})|U([0-9A-Fa-f]{8})|(.))", plain, text)
    try:
        return sendable(str(json.loads(escaped, strict=False)))  # half a character is no text
    except ValueError:
        return text[1:-1]
