"""Mutants: wrong submissions, each one likely mistake made in the reference, with the questions it must cost.

A mutant is data: edits of the source of `reference/hw3.py`. Nothing here is executed but by the worker that grades it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Final, Literal

from grader.doctor.corpus import Edit as Edit
from grader.doctor.corpus import edited as edited

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


def all_mutants() -> tuple[Mutant, ...]:
    """Every mutant, in the order of the homework's questions; those that break the rules come last."""
    found: list[Mutant] = []
    for module in MODULES:  # imported here, not above: they import Mutant from this module
        found += importlib.import_module(f"{__name__}.{module}").MUTANTS
    return tuple(found)
