"""Mutants: wrong submissions, each one likely mistake made in the reference, with the questions it must cost.

A mutant is data: edits of the source of `reference/hw3.py`. Nothing here is executed but by the worker that grades it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Edit = tuple[str, str]  # (old, new): `old` stands in the reference exactly once

MODULES: Final = (
    "linear",
    "cross_entropy_loss",
    "sgd",
    "data_loader",
    "epoch",
    "eval_linear_model",
    "two_layer_nn",
    "eval_two_layer_nn",
    "multi_layer_nn",
    "rules",
)


class EditError(Exception):
    """An edit does not fit the reference. The message names the mutant or variant and the text it looks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One wrong submission."""

    name: str  # kebab-case, unique
    questions: tuple[str, ...]  # lose points; no other question does, since errors are carried forward
    mistake: str  # for the student, in a sentence
    edits: tuple[Edit, ...]
    verdict: Literal["failed", "forbidden"] = "failed"  # forbidden: right values, but by what the rules ban


def apply(reference_source: str, mutant: Mutant) -> str:
    """The mutant's source. Raises EditError."""
    return edited(reference_source, mutant.edits, name=mutant.name)


def edited(source: str, edits: Iterable[Edit], *, name: str) -> str:
    """`source` with all edits made. Their order is of no importance: each is looked up in `source` as it was given.

    Raises EditError where an old text is not there exactly once, where two of them overlap, or where nothing changes.
    """
    places: list[tuple[int, int, str]] = []
    for old, new in edits:
        count = source.count(old) if old else 0
        if count != 1:
            raise EditError(f"{name}: the reference has this text {count} times, expected once:\n{old}")
        start = source.index(old)
        places.append((start, start + len(old), new))
    pieces, end = [], 0
    for start, stop, new in sorted(places):
        if start < end:
            raise EditError(f"{name}: two edits overlap at:\n{source[start:stop]}")
        pieces += [source[end:start], new]
        end = stop
    changed = "".join([*pieces, source[end:]])
    if changed == source:
        raise EditError(f"{name}: the edits change nothing")
    return changed


def all_mutants() -> tuple[Mutant, ...]:
    """Every mutant, in the order of the homework's questions; those that break the rules come last."""
    found: list[Mutant] = []
    for module in MODULES:  # imported here, not above: they import Mutant from this module
        found += importlib.import_module(f"{__name__}.{module}").MUTANTS
    return tuple(found)
