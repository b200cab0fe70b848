"""Variants: right submissions that are written differently. Each must get full marks.

Like a mutant, a variant is data: edits of the source of `reference/hw3.py`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Final, Literal

from tests.meta.mutants import Edit, edited

MODULES: Final = (
    "linear",
    "cross_entropy_loss",
    "sgd",
    "data_loader",
    "epoch",
    "networks",
    "forms",
    "top_level",
    "banned_names",
    "structure",
    "shown",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One right submission."""

    name: str  # kebab-case, unique
    what: str  # what is different, in a sentence
    edits: tuple[Edit, ...]
    newline: Literal["\n", "\r\n"] = "\n"


def apply(reference_source: str, variant: Variant) -> str:
    """The variant's source, with its own line ends: write it with `newline=""`. Raises EditError."""
    if variant.newline == "\n":
        return edited(reference_source, variant.edits, name=variant.name)
    source = edited(reference_source, variant.edits, name=variant.name) if variant.edits else reference_source
    return source.replace("\n", variant.newline)


def all_variants() -> tuple[Variant, ...]:
    """Every variant."""
    found: list[Variant] = []
    for module in MODULES:  # imported here, not above: they import Variant from this module
        found += importlib.import_module(f"{__name__}.{module}").VARIANTS
    return tuple(found)
