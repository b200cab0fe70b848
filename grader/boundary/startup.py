"""What a worker is told before it is one: by the judge, to the zygote or to a process that is spawned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from grader.boundary.limits import Limits
from grader.boundary.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is the same for all workers of a zygote."""

    tier: str  # the highest that is tried: see grader.sandbox.tiers
    data: Mapping[str, Path] = field(default_factory=dict)  # the folder of each data set that they may read
    suites: tuple[Path, ...] = ()  # folders that they must not see
    namespaces: Mapping[str, str] | None = None  # the judge's, where the zygote is started in new ones

    def as_json(self) -> str:
        """For the process that is started."""
        data = {name: str(folder) for name, folder in self.data.items()}
        return json.dumps([self.tier, data, [str(folder) for folder in self.suites], self.namespaces])

    @classmethod
    def from_json(cls, text: str | bytes) -> Site:
        """In that process, which believes the judge."""
        tier, data, suites, namespaces = json.loads(text)
        folders = {name: Path(folder) for name, folder in data.items()}
        return cls(tier=tier, data=folders, suites=tuple(map(Path, suites)), namespaces=namespaces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start one worker."""

    scratch: Path
    rules: Rules = field(default_factory=Rules)  # known ahead: they are enforced once, not in each worker
    limits: Limits = field(default_factory=Limits)
    unreadable: tuple[Path, ...] = ()  # where a jail was put around the process: files that it must not be able to read
    threads: int = 0  # of all that the user runs
    files: Path | None = None  # a folder whose files the worker is to find in its own

    def as_json(self) -> str:
        """For the process that is started."""
        unreadable = [str(path) for path in self.unreadable]
        files = None if self.files is None else str(self.files)
        rest = [self.rules.as_dict(), asdict(self.limits), unreadable, self.threads, files]
        return json.dumps(["start", str(self.scratch), *rest])


@dataclass(frozen=True, slots=True)
class End:
    """Kill the worker of that process id, with all that it has started."""

    pid: int

    def as_json(self) -> str:
        """For the zygote."""
        return json.dumps(["end", self.pid])


@dataclass(frozen=True, slots=True)
class Compile:
    """Make scripts of the messages in the file that comes along, for the workers that are forked from now on."""

    def as_json(self) -> str:
        """For the zygote."""
        return json.dumps(["compile", None])


def read_command(text: str | bytes) -> Start | End | Compile:
    """In the zygote, which believes the judge: what it is to do."""
    kind, first, *rest = json.loads(text)
    if kind == "end":
        return End(first)
    if kind == "compile":
        return Compile()
    rules, limits, unreadable, threads, files = rest
    return Start(
        scratch=Path(first),
        rules=Rules.from_dict(rules),
        limits=Limits(**limits),
        unreadable=tuple(map(Path, unreadable)),
        threads=threads,
        files=None if files is None else Path(files),
    )
