"""What a class is graded with: the same for everybody, kept with each run, and part of the key of each result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.assignment import Assignment
from grader.machine.package import PACKAGE
from grader.provenance import made_with, suite_hash, suite_version
from grader.settings import Settings
from grader.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Suite, settings and versions of a run. Everybody in a class sits the same exam: one seed for all."""

    assignment: str
    folder: str
    seed: int
    effort: str
    require_isolation: str
    entry: str
    suite: str  # hash of its files
    versions: Mapping[str, str]

    @classmethod
    def of(cls, assignment: Assignment, settings: Settings, entry: str) -> Context:
        """That of this machine, now."""
        grader = f"{__version__} {suite_hash(PACKAGE)[:12]}"
        return cls(
            assignment=assignment.name,
            folder=str(Path(assignment.folder).resolve()),
            seed=settings.seed,
            effort=str(settings.effort),
            require_isolation=str(settings.require_isolation),
            entry=entry,
            suite=suite_version(assignment),
            versions={**made_with(assignment), "grader": grader},
        )

    def as_json(self) -> str:
        """As the database holds it."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Context:
        """What `as_json` gave."""
        return cls(**json.loads(text))

    def key(self, sha: str) -> str:
        """Of the result of that work: where it is the same, the score is, too."""
        own = {key: value for key, value in asdict(self).items() if key != "folder"}
        return hashlib.sha256(f"{sha}\n{json.dumps(own, sort_keys=True)}".encode()).hexdigest()

    def differences(self, other: Context) -> tuple[str, ...]:
        """What is not the same, in words: `seed 1, now 2`."""
        before, after = _flat(self), _flat(other)
        return tuple(
            f"{name} {before.get(name) or 'none'}, now {after.get(name) or 'none'}"
            for name in dict.fromkeys([*before, *after])
            if before.get(name) != after.get(name)
        )


def _flat(context: Context) -> dict[str, str]:
    shown = {key: str(value) for key, value in asdict(context).items() if key not in ("folder", "versions", "suite")}
    return {**shown, **context.versions}
