"""A CSV file of somebody else's, in which single cells are set and every other byte stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = re.compile(r"-?\d+([.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its value, and where it stands in the text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The text and its cells by row."""

    text: str
    delimiter: str
    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def read(cls, raw: bytes) -> Sheet:
        """What is no UTF-8 stays as it is, too."""
        text = raw.decode("utf-8", "surrogateescape")
        first = re.sub(r'"[^"]*"', "", "\n".join(text.splitlines()[:3]))
        delimiter = max(",;\t", key=first.count)
        return cls(text=text, delimiter=delimiter, rows=_rows(text, delimiter))

    def value(self, row: int, column: int) -> str:
        """The value of a cell, without blanks around it; empty where the row is shorter."""
        return self.rows[row][column].value.strip() if 0 <= column < len(self.rows[row]) else ""

    @property
    def has_decimal_comma(self) -> bool:
        """Whether the numbers in it are written as 2,5."""
        found = [cell.value.strip() for row in self.rows for cell in row]
        signs = [match[1][0] for value in found if (match := _NUMBER.fullmatch(value)) and match[1]]
        return signs.count(",") > signs.count(".") or (not signs and self.delimiter == ";")

    def with_cells(self, values: Mapping[tuple[int, int], str]) -> bytes:
        """The bytes with these cells set. A cell that a short row lacks is added to it."""
        edits = list[tuple[int, int, str]]()
        for (row, column), value in values.items():
            cells = self.rows[row]
            if column < len(cells):
                edits.append((cells[column].start, cells[column].end, self._written(value)))
            else:
                gap = self.delimiter * (column - len(cells) + 1)
                edits.append((cells[-1].end, cells[-1].end, gap + self._written(value)))
        text = self.text
        for start, end, value in sorted(edits, reverse=True):
            text = text[:start] + value + text[end:]
        return text.encode("utf-8", "surrogateescape")

    def _written(self, value: str) -> str:
        if any(sign in value for sign in (self.delimiter, '"', "\n", "\r")):
            return '"' + value.replace('"', '""') + '"'
        return value


def _rows(text: str, delimiter: str) -> tuple[tuple[Cell, ...], ...]:
    rows, cells = list[tuple[Cell, ...]](), list[Cell]()
    place = 1 if text.startswith("\ufeff") else 0
    while place <= len(text):
        cell, place = _cell(text, place, delimiter)
        cells.append(cell)
        if place < len(text) and text[place] == delimiter:
            place += 1
            continue
        if cells[1:] or cells[0].end > cells[0].start:
            rows.append(tuple(cells))
        cells = []
        place += 2 if text[place : place + 2] == "\r\n" else 1
    return tuple(rows)


def _cell(text: str, start: int, delimiter: str) -> tuple[Cell, int]:
    """The cell that begins there, and the place after it."""
    place = start
    if text[start : start + 1] == '"':
        place += 1
        while place < len(text):
            if text[place] == '"':
                if text[place + 1 : place + 2] != '"':
                    break
                place += 1
            place += 1
        place += 1
        value = text[start + 1 : place - 1].replace('""', '"')
    else:
        value = ""
    tail = place
    while place < len(text) and text[place] not in (delimiter, "\n", "\r"):
        place += 1
    return Cell(value + text[tail:place], start, min(place, len(text))), place


def column_of(header: Sequence[str], wanted: str) -> int | None:
    """The column of that header: exactly, or in any case."""
    exact = [i for i, name in enumerate(header) if name.strip() == wanted.strip()]
    same = [i for i, name in enumerate(header) if name.strip().casefold() == wanted.strip().casefold()]
    found = exact or same
    return found[0] if len(found) == 1 else None
