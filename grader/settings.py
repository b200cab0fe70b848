"""What the caller of a grading chooses."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from grader.sandbox.tiers import Tier


class Effort(enum.StrEnum):
    """How many examples a check draws."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"

    @property
    def examples(self) -> int:
        """Examples of each property-based check."""
        return {Effort.QUICK: 15, Effort.STANDARD: 50, Effort.THOROUGH: 500}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the caller chooses."""

    seed: int = 0
    exam: bool = False  # the seed alone decides which examples are drawn, not the submission: a class is asked the same
    effort: Effort = Effort.STANDARD
    only: tuple[str, ...] = ()  # questions; empty: all
    checks: tuple[str, ...] = ()  # of these questions; empty: all
    require_isolation: Tier = Tier.PROCESS  # the least that the workers must be held by
    lessons: bool = True  # a failure is explained: the smallest example that fails, as code, and the likely mistake

    def wants(self, check: str) -> bool:
        """Whether somebody has asked for that check of a question that is graded."""
        return not self.checks or check in self.checks
