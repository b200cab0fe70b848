"""Which submissions are alike: by shared fingerprints that few others have. It says alike, and never why.

What the template has counts on neither side, nor what many in the class have. No pair is compared unless it shares a
fingerprint: an index leads from each hash to who has it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from grader.gradebook.fingerprints import WINDOW, Fingerprint, K, fingerprint

COMMON: Final = 0.2  # of the class: what more of them have is how one writes this homework
FEW: Final = 4  # that many may share something in any case
MOST_PAIRS: Final = 3  # of one student
LEAST: Final = 3  # shared fingerprints
MOST_LOOKED_AT: Final = 10  # pairs of one student, token by token
MANY: Final = 12  # so many are not compared each with each: of a ring, each with the next two
LONG: Final = 120  # tokens in one piece are noticeable by themselves
SHORT: Final = 30  # less is not, whatever the ratio
SHARED: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One submission to compare. people: who handed it in. label: staff, an earlier term; nothing for this class."""

    name: str
    people: tuple[str, ...]
    text: str
    sha: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Lines that both have, first and last, and how many tokens."""

    left: tuple[int, int]
    right: tuple[int, int]
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikePair:
    """Two submissions that are alike. shared: of what the smaller one has of its own, 0 to 1."""

    left: Piece
    right: Piece
    fragments: tuple[Fragment, ...]
    shared: float
    rarity: float
    is_identical: bool

    @property
    def longest(self) -> int:
        """Tokens of the longest fragment that both have."""
        return max((fragment.tokens for fragment in self.fragments), default=0)


def alike(pieces: Sequence[Piece], template: Collection[int] = frozenset()) -> tuple[AlikePair, ...]:
    """The pairs that are alike, the most noticeable first. template: all hashes of what was handed out.

    Two of earlier terms, or two of staff, are not compared with each other, nor one with another of the same person.
    """
    prints = [fingerprint(piece.text, template) for piece in pieces]
    holders: dict[int, list[int]] = defaultdict(list)
    for number, own_print in enumerate(prints):
        for value in own_print.hashes:
            holders[value].append(number)
    here = sum(not piece.label for piece in pieces)
    most = max(FEW, math.ceil(COMMON * here))
    rare = {value: own for value, own in holders.items() if _people(pieces, own) <= most}
    common = holders.keys() - rare.keys()
    prints = [each.without(common) for each in prints]
    owned = Counter(number for own in rare.values() for number in own)
    shared: dict[tuple[int, int], list[int]] = defaultdict(list)
    for value, own in rare.items():
        for pair in _pairs(own):
            shared[pair].append(value)
    weights = {value: math.log(len(pieces) / len(own)) for value, own in rare.items()}
    candidates = list[tuple[bool, float, float, int, int]]()
    for (a, b), values in shared.items():
        identical = pieces[a].sha == pieces[b].sha
        ratio = len(values) / min(owned[a], owned[b])
        # So many windows are in a fragment that is long: nobody else is looked at token by token.
        is_long = len(values) >= LONG // WINDOW - 3 or (len(values) >= LEAST and ratio >= SHARED)
        if (identical or is_long) and _may_pair(pieces[a], pieces[b]):
            candidates.append((not identical, -sum(map(weights.__getitem__, values)), ratio, a, b))
    found, count = list[AlikePair](), Counter[int]()
    for differs, rarity, ratio, a, b in sorted(candidates):
        if count[a] < MOST_LOOKED_AT and count[b] < MOST_LOOKED_AT:
            count.update((a, b))
            alike_pair = AlikePair(
                left=pieces[a],
                right=pieces[b],
                fragments=_fragments(prints[a], prints[b], shared[a, b]),
                shared=ratio,
                rarity=-rarity,
                is_identical=not differs,
            )
            found += [alike_pair] if alike_pair.is_identical or _is_noticeable(alike_pair) else []
    found.sort(key=lambda p: (-p.is_identical, -p.longest * p.shared, -p.rarity, p.left.name, p.right.name))
    return _few_each(found)


def _is_noticeable(pair: AlikePair) -> bool:
    return pair.longest >= LONG or (pair.longest >= SHORT and pair.shared >= SHARED)


def _pairs(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Each with each; where they are many, each with the next two."""
    if len(numbers) <= MANY:
        return combinations(numbers, 2)
    return (pair for step in (1, 2) for pair in zip(numbers, numbers[step:], strict=False))


def _people(pieces: Sequence[Piece], numbers: Sequence[int]) -> int:
    """How many of this class have it."""
    return sum(not pieces[number].label for number in numbers)


def _may_pair(left: Piece, right: Piece) -> bool:
    return not ((left.label and right.label) or {*left.people} & {*right.people})


def _few_each(pairs: Sequence[AlikePair]) -> tuple[AlikePair, ...]:
    """At most three of each submission: one that all have taken must not fill the list."""
    count: Counter[str] = Counter()
    kept = []
    for pair in pairs:
        names = [piece.name for piece in (pair.left, pair.right) if not piece.label]
        if all(count[name] < MOST_PAIRS for name in names):
            count.update(names)
            kept.append(pair)
    return tuple(kept)


def _fragments(left: Fingerprint, right: Fingerprint, values: Sequence[int]) -> tuple[Fragment, ...]:
    """Runs of shared tokens, grown from the shared fingerprints as far as both go on alike."""
    seeds = sorted((a, b) for value in values for a in left.hashes[value][:4] for b in right.hashes[value][:4])
    done: dict[int, int] = {}  # of each diagonal: where its last run ended
    found: dict[tuple[int, int], Fragment] = {}
    for a, b in seeds:
        if done.get(a - b, -1) > a:
            continue
        start, end = _grown(left, right, a, b)
        done[a - b] = max(end, a)
        if end - start < WINDOW:
            continue
        shift = b - a
        fragment = Fragment(
            left=(left.line(start), left.line(end - 1)),
            right=(right.line(start + shift), right.line(end - 1 + shift)),
            tokens=end - start,
        )
        found[start, shift] = fragment
    return tuple(sorted(found.values(), key=lambda fragment: -fragment.tokens))[:50]


def _grown(left: Fingerprint, right: Fingerprint, a: int, b: int) -> tuple[int, int]:
    start, end = a, min(a + K, len(left.tokens))
    shift = b - a
    while start and start + shift and _is_same(left, right, start - 1, shift):
        start -= 1
    limit = min(len(left.tokens), len(right.tokens) - shift)
    while end < limit and _is_same(left, right, end, shift):
        end += 1
    while start < end and (start in left.given or start + shift in right.given):  # of a seed at the seam
        start += 1
    while start < end and (end - 1 in left.given or end - 1 + shift in right.given):
        end -= 1
    return start, end


def _is_same(left: Fingerprint, right: Fingerprint, place: int, shift: int) -> bool:
    """Whether both have the same token there, and neither has it of the template."""
    if place in left.given or place + shift in right.given:
        return False
    return left.tokens[place].kind == right.tokens[place + shift].kind
