"""Scores homework that is PyTorch code: a trusted judge, an untrusted worker, property-based checks between them.

What a program needs stands here; it is imported when it is used:

    from grader import Effort, Settings, Verdict, grade

    scorecard = grade("hw3.py", settings=Settings(seed=7, effort=Effort.QUICK, only=("SGD",)))
    print(f"{scorecard.score:g} of {scorecard.max_score:g} points")
    for check in scorecard.checks:
        if check.verdict is not Verdict.PASSED:
            print(check.title, check.message, sep="\\n")

A suite of checks imports from `grader.suite`. All else is private, and may change.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

from grader.version import __version__

if TYPE_CHECKING:
    from grader.assignment import find_assignment, load_assignment
    from grader.errors import GraderError
    from grader.judge.grade import grade
    from grader.notebook import check_here
    from grader.sandbox.tiers import Tier
    from grader.scorecard import Scorecard, Verdict
    from grader.settings import Effort, Settings
    from grader.submission import read_submission

__all__ = [
    "Effort",
    "GraderError",
    "Scorecard",
    "Settings",
    "Tier",
    "Verdict",
    "__version__",
    "check_here",
    "find_assignment",
    "grade",
    "load_assignment",
    "read_submission",
]

_MODULES: Final = {
    "Effort": "grader.settings",
    "GraderError": "grader.errors",
    "Scorecard": "grader.scorecard",
    "Settings": "grader.settings",
    "Tier": "grader.sandbox.tiers",
    "Verdict": "grader.scorecard",
    "check_here": "grader.notebook",
    "find_assignment": "grader.assignment",
    "grade": "grader.judge.grade",
    "load_assignment": "grader.assignment",
    "read_submission": "grader.submission",
}


def __getattr__(name: str) -> Any:
    """The thing of that name, whose module is imported now: the commands don't wait for what they don't use."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_MODULES]
