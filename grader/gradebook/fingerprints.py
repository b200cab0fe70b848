"""Fingerprints of code by winnowing: what stays the same when names, layout and comments change, or parts move.

Python is read as tokens (keywords and operators as they are; names, numbers and texts by their kind), k of them at a
time are hashed with a fixed hash, and of each window the smallest hash is kept. So any shared run of k + window - 1
tokens is found, wherever it stands.
"""

from __future__ import annotations

import hashlib
import io
import json
import keyword
import re
import tokenize
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

K: Final = 17  # tokens: some two lines
WINDOW: Final = 8
MAX_TEXT: Final = 1 << 19  # characters that are compared
MAX_RAW: Final = 8 * MAX_TEXT  # characters that are looked through for these
MAX_LINE: Final = 1000  # of a line that is split into tokens; longer ones are no code that people write
MAX_TOKENS: Final = 60_000
_WORD: Final = re.compile(r"[^\W\d]\w*|\d[\w.]*|\S")
_LEFT_OUT: Final = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
    | {tokenize.ENDMARKER}
)


@dataclass(frozen=True, slots=True)
class Token:
    """What it counts as, and its line in the text."""

    kind: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Of one submission: where each kept hash stands, as the index of its first token."""

    tokens: tuple[Token, ...]
    hashes: Mapping[int, tuple[int, ...]]
    given: frozenset[int] = frozenset()  # the tokens that the template has, too

    def line(self, index: int) -> int:
        """The line of that token."""
        return self.tokens[min(index, len(self.tokens) - 1)].line

    def without(self, common: Collection[int]) -> Fingerprint:
        """The same, where what has these hashes counts as given."""
        places = [place for value, own in self.hashes.items() if value in common for place in own]
        return replace(self, given=self.given.union(place + i for place in places for i in range(K)))


def fingerprint(text: str, template: Collection[int] = frozenset()) -> Fingerprint:
    """The fingerprint of Python source; of what Python can't tokenize, of its words. template: all hashes of one."""
    tokens = tuple(tokens_of(text))[:MAX_TOKENS]
    hashes = grams([token.kind for token in tokens])
    found: dict[int, list[int]] = {}
    for place, value in winnowed(hashes):
        if value not in template:
            found.setdefault(value, []).append(place)
    given = {place + i for place, value in enumerate(hashes) if value in template for i in range(K)}
    places = {value: tuple(found[value]) for value in found}
    return Fingerprint(tokens=tokens, hashes=places, given=frozenset(given))


def all_grams(text: str) -> frozenset[int]:
    """Every hash of a text, not the winnowed ones alone: what a template has is found wherever it stands."""
    return frozenset(grams([token.kind for token in tokens_of(text)]))


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens that count, of the first MAX_TEXT characters. Docstrings are none: given, or said in other words."""
    numbers, code = _code_in(text)
    lines = code[:MAX_TEXT].split("\n")
    try:
        if max(map(len, lines)) > MAX_LINE:
            raise ValueError("tokenize takes the square of a line's length")
        found = list(tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline))
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError, MemoryError):
        for number, line in zip(numbers, lines, strict=False):
            for word in _WORD.findall(line.partition("#")[0]):
                yield Token(_kind_of_word(word), number)
        return
    begins = True
    for token in found:
        if token.type in _LEFT_OUT:
            begins = begins or token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
            continue
        place = numbers[token.start[0] - 1]
        if token.type == tokenize.STRING:
            if not begins:
                yield Token("S", place)
        elif token.type == tokenize.NAME:
            yield Token(token.string if keyword.iskeyword(token.string) else "N", place)
        elif token.type == tokenize.NUMBER:
            yield Token("0", place)
        else:
            yield Token(token.string, place)
        begins = False


def is_compared_whole(text: str) -> bool:
    """Whether nothing of it is left out for being too much."""
    _, code = _code_in(text)
    is_known = len(text) <= MAX_RAW and len(code) <= MAX_TEXT
    return is_known and (len(code) <= MAX_TOKENS or sum(1 for _ in tokens_of(text)) <= MAX_TOKENS)


def _code_in(text: str) -> tuple[list[int], str]:
    """The lines with code, and their numbers: no lines of comments, and no comments at the end of long ones.

    They would fill what is compared.
    """
    numbers, lines = list[int](), list[str]()
    for number, line in enumerate(text[:MAX_RAW].split("\n"), 1):
        if len(line) > MAX_LINE:
            start = line.find(" #", max(line.rfind("'"), line.rfind('"')) + 1)
            line = line if start < 0 else line[:start]
        if (bare := line.strip()) and not bare.startswith("#"):
            numbers.append(number)
            lines.append(line)
    return numbers, "\n".join(lines)


def _kind_of_word(word: str) -> str:
    if word[0].isdigit():
        return "0"
    return word if keyword.iskeyword(word) or not word.isidentifier() else "N"


def grams(kinds: Sequence[str], k: int = K) -> list[int]:
    """The hash of each k tokens: the same in every process."""
    words = {kind: hashlib.blake2b(kind.encode("utf-8", "replace"), digest_size=8).digest() for kind in {*kinds}}
    row = b"".join(words[kind] for kind in kinds)
    starts = range(0, 8 * (len(kinds) - k + 1), 8)
    return [int.from_bytes(hashlib.blake2b(row[i : i + 8 * k], digest_size=8).digest(), "big") for i in starts]


def winnowed(hashes: Sequence[int], window: int = WINDOW) -> Iterator[tuple[int, int]]:
    """(place, hash): of each window the smallest, the last of several."""
    last = -1
    for start in range(max(1, len(hashes) - window + 1) if hashes else 0):
        part = hashes[start : start + window]
        smallest = min(part)
        place = start + len(part) - 1 - part[::-1].index(smallest)
        if place != last:
            last = place
            yield place, smallest


def source_of(name: str, raw: bytes) -> str:
    """The code of a .py file or of a notebook's cells, without magics. Nothing of it is executed."""
    text = raw.decode("utf-8", "replace").lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not name.lower().endswith(".ipynb"):
        return text
    try:
        cells = json.loads(text).get("cells", [])
        code = ["".join(cell.get("source", "")) for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return ""
    lines = (line for cell in code for line in cell.splitlines() if not line.lstrip().startswith(("%", "!")))
    return "\n".join(lines).encode("utf-8", "replace").decode()  # JSON may hold half a character
