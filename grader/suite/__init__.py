"""The author's door: all that a suite imports.

    from grader.suite import check, expect, given, oracles, strategies

    @check("Linear", hint="X @ self.weight.T broadcasts over leading dimensions")
    @given(sizes=strategies.tuples(strategies.sizes(), strategies.sizes()), values=strategies.values())
    def test_forward(submission, sizes, values):
        'layer(X) is X @ weight.T.'
        linear, x = submission.Linear(*sizes), values(4, sizes[0])
        expect.close(linear(x), oracles.linear(x, linear.weight))

What is asked of the submission (`submission.Linear(...)`, `linear.weight`) is a handle; expectations and oracles take
handles, and look when the values are here. `value(handle)` is the value as it is now.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hypothesis import example, given

    from grader.assignment import Question
    from grader.boundary.requests import MAX_CALLS
    from grader.boundary.values import Opaque, Raised
    from grader.suite import data, expect, figures, oracles, stats, strategies
    from grader.suite.ask import advance, attempt, fetch, is_instance, is_same, iterate, take, type_name
    from grader.suite.checks import check
    from grader.suite.claims import LAST, Claim, claim
    from grader.suite.deferred import deferrable, value
    from grader.suite.explain import ANYTHING, Likely, Mistakes, mistakes
    from grader.suite.handles import Handle, RemoteSubmission
    from grader.suite.literal import written_as
    from grader.suite.recorded import Call, calls_with
    from grader.suite.rendering import render, show
    from grader.suite.rounding import Expected
    from grader.suite.strategies import Values

__all__ = [
    "ANYTHING",
    "LAST",
    "MAX_CALLS",
    "Call",
    "Claim",
    "Expected",
    "Handle",
    "Likely",
    "Mistakes",
    "Opaque",
    "Question",
    "Raised",
    "RemoteSubmission",
    "Values",
    "advance",
    "attempt",
    "calls_with",
    "check",
    "claim",
    "data",
    "deferrable",
    "example",
    "expect",
    "fetch",
    "figures",
    "given",
    "is_instance",
    "is_same",
    "iterate",
    "mistakes",
    "oracles",
    "render",
    "show",
    "stats",
    "strategies",
    "take",
    "type_name",
    "value",
    "written_as",
]

_MODULES: Final = ("data", "expect", "figures", "oracles", "stats", "strategies")
_PLACES: Final = {
    "grader.assignment": ("Question",),
    "grader.boundary.requests": ("MAX_CALLS",),
    "grader.boundary.values": ("Opaque", "Raised"),
    "grader.suite.ask": ("advance", "attempt", "fetch", "is_instance", "is_same", "iterate", "take", "type_name"),
    "grader.suite.checks": ("check",),
    "grader.suite.claims": ("LAST", "Claim", "claim"),
    "grader.suite.deferred": ("deferrable", "value"),
    "grader.suite.explain": ("ANYTHING", "Likely", "Mistakes", "mistakes"),
    "grader.suite.handles": ("Handle", "RemoteSubmission"),
    "grader.suite.literal": ("written_as",),
    "grader.suite.recorded": ("Call", "calls_with"),
    "grader.suite.rendering": ("render", "show"),
    "grader.suite.rounding": ("Expected",),
    "grader.suite.strategies": ("Values",),
    "hypothesis": ("example", "given"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: plugins and commands pass by here, and must not wait for torch."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    for module, names in _PLACES.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
