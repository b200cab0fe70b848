"""Values of an assignment.toml: of the kind that is asked for, and the line at which they stand."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from grader.errors import AssignmentInvalid

T = TypeVar("T")
_KINDS: Final[Mapping[type, str]] = {str: "text", list: "a list", dict: "a table", bool: "true or false"}


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table. Raises AssignmentInvalid."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise AssignmentInvalid(f"{path} can't be read: {error}") from None


def typed(table: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """The value of that key. Raises KeyError, or TypeError for a value of another kind (a truth value is no number)."""
    value = table[key]
    if type(value) is not kind:
        raise TypeError(f"{key} = {value!r} is not {_KINDS[kind]}")
    return value


def number(table: Mapping[str, Any], key: str) -> float:
    """The number of that key. Raises KeyError, or TypeError for what is no finite number."""
    value = table[key]
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError(f"{key} = {value!r} is not a number")
    return float(value)


def listed(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The names that are listed under that key, or none. Raises TypeError."""
    values = typed({key: [], **table}, key, list)
    if any(type(value) is not str for value in values):
        raise TypeError(f"{key} lists something that is no name")
    return tuple(values)


def line_of_key(path: Path, key: str, question: str = "") -> int:
    """The line at which a key stands, or one of those lists' texts, as far as a look at the text can tell; or 0.

    question: that it belongs to.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    begins = re.search(rf"^\s*name\s*=\s*[\"']{re.escape(question)}[\"']", text, re.MULTILINE) if question else None
    if question and begins is None:
        return 0
    start = begins.start() if begins else 0
    ends = text.find("[[question]]", start) if question else -1
    word = re.escape(key)
    pattern = re.compile(rf"^\s*(?:\[[\w.]+\.)?[\"']?{word}[\"']?\s*[=.\]]|[\"']{word}[\"']", re.MULTILINE)
    found = pattern.search(text, start, ends if ends >= 0 else len(text))
    if found is None:
        return 0
    return text.count("\n", 0, found.end()) + 1
