"""Mutants and variants as an author writes them: tables of TOML in `mutants/` and `variants/` beside the checks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.meta.mutants import edited


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One submission: the reference with edits."""

    name: str
    source: str
    loses: frozenset[str]  # checks, or questions of which one or more checks are lost; a variant loses nothing
    verdict: str = "failed"


def written(folder: Path, reference: str) -> Iterator[Written]:
    """All that the tables of the folder have, in the order of the files. Raises EditError."""
    for path in sorted(folder.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            edits = [tuple(edit) for edit in table.get("edits", [])] or [(table["old"], table["new"])]
            yield Written(
                name=name,
                source=edited(reference, edits, name=name),
                loses=frozenset(table.get("loses", ())),
                verdict=table.get("verdict", "failed"),
            )
