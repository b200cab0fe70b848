"""The jail: what the zygote works out ahead, so that a worker only has to go in."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from grader.sandbox import landlock, seccomp
from grader.sandbox.files import rules


class Jail:
    """What the zygote works out ahead, so that a worker only has to go in."""

    def __init__(self, data: Collection[Path], suites: Collection[Path]) -> None:
        """Workers may read the folders of data beside the libraries, and not those of suites among them.

        Raises OSError where the machine has not all that it takes.
        """
        self.zygote = os.getpid()
        self.abi = landlock.abi()
        self.system_calls = seccomp.template()
        handled = landlock.handled(self.abi)
        self._scratch_access = landlock.READ_AND_WRITE & handled
        self._rules = tuple((str(path), access & handled) for path, access in rules(data, suites))
        self.ruleset: int | None = None
        self.bounds_scratch = False  # whether each worker gets a file system of its own: see grader.sandbox.scratch

    @property
    def detail(self) -> str:
        """For the scorecard."""
        bounded = ", files in memory" if self.bounds_scratch else ""
        return f"Landlock ABI {self.abi}, seccomp, no capabilities{bounded}"

    def prepare(self) -> int:
        """Make the ruleset for the next worker, unless there is one, which lacks only the scratch folder."""
        if self.ruleset is None:
            self.ruleset = landlock.ruleset(self._rules, self.abi)
        return self.ruleset

    def lock(self, scratch: str) -> None:
        """In a worker: files are the listed ones, to be read, and those in the scratch folder."""
        ruleset = self.prepare()
        landlock.allow(ruleset, scratch, self._scratch_access)
        landlock.enter(ruleset)
        self.discard()

    def discard(self) -> None:
        """Close the ruleset: a worker has it, and the next worker must not get that one's scratch folder."""
        if self.ruleset is not None:
            os.close(self.ruleset)
            self.ruleset = None
