"""The list of made mutants that are right code after all, each with its reason: `equivalents.toml` of a homework."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.doctor.made import Key, MadeMutant, normalised
from grader.errors import AssignmentInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalent:
    """Mutants that are right code after all, all of one statement and for one reason."""

    questions: frozenset[str]
    inside: str
    before: str
    after: tuple[str, ...]
    reason: str

    @property
    def keys(self) -> frozenset[Key]:
        """Those of the mutants."""
        return frozenset((self.questions, self.inside, self.before, after) for after in self.after)


def read_equivalents(path: Path) -> tuple[Equivalent, ...]:
    """The list of mutants that are right code; none where there is no such file. Raises AssignmentInvalid."""
    if not path.exists():
        return ()
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
        return tuple(map(_equivalent, entries))
    except KeyError as error:
        raise AssignmentInvalid(f"{path}: an [[equivalent]] lacks {error}") from None
    except (OSError, ValueError, SyntaxError, AttributeError, TypeError) as error:
        raise AssignmentInvalid(f"{path} can't be read: {error}") from None


def _equivalent(entry: Mapping[str, Any]) -> Equivalent:
    found = Equivalent(
        questions=frozenset(entry["questions"]),
        inside=entry["inside"],
        before=normalised(entry["before"]),
        after=tuple(map(normalised, entry["after"])),
        reason=entry["reason"],
    )
    if not found.reason.strip() or not found.after:
        raise ValueError(f"{found.before!r} has no reason, or nothing in `after`")
    return found


def stale(equivalents: Sequence[Equivalent], made: Iterable[MadeMutant]) -> list[str]:
    """Of the list, what no operator makes any more: the reference was reworded."""
    known = {mutant.key for mutant in made}
    return [
        f"{equivalent.inside or 'top level'}: {equivalent.before!r} -> {after!r}"
        for equivalent in equivalents
        for after in equivalent.after
        if (equivalent.questions, equivalent.inside, equivalent.before, after) not in known
    ]
