"""The examples of a check: the same ones for the same seed, always."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from grader.suite import hypothesis_insides

if TYPE_CHECKING:
    from hypothesis import settings


def configure_examples(
    function: Callable[..., Any], name: str, seed: int, examples: int, *, shrink: bool = True
) -> None:
    """The same examples for the same seed, always: no database, no deadline, no clock. shrink: look for the smallest
    that fails.
    """
    from hypothesis import seed as set_seed

    if hypothesis_insides.has_examples(function):
        hypothesis_insides.set_settings(function, settings_for(examples, shrink=shrink))
        set_seed(zlib.crc32(f"{seed}:{name}".encode()))(function)


def same_examples_anywhere() -> AbstractContextManager[None]:
    """Within, examples don't depend on how the grader is installed, nor on what has been imported."""
    return hypothesis_insides.without_local_constants()


def settings_for(examples: int, *, shrink: bool = True) -> settings:
    """Hypothesis' settings for that many examples."""
    from hypothesis import HealthCheck, Phase, settings

    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,  # the seed decides; Hypothesis' own would depend on the suite's source
        report_multiple_bugs=False,
        print_blob=False,
        phases=(Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])),
        suppress_health_check=list(HealthCheck),
    )
