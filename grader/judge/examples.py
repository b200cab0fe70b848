"""What the grader needs of Hypothesis' insides, all of it: settings of a function, its seed, its constants."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass


def configure_examples(function: Callable[..., Any], name: str, seed: int, examples: int) -> None:
    """The same examples for the same seed, always: no database, no deadline, no clock."""
    from hypothesis import seed as set_seed

    if not hasattr(function, "hypothesis"):
        return
    function._hypothesis_internal_use_settings = settings_for(examples)  # type: ignore[attr-defined]
    set_seed(zlib.crc32(f"{seed}:{name}".encode()))(function)


@contextlib.contextmanager
def same_examples_anywhere() -> Iterator[None]:
    """Draw no constants of modules outside of site-packages, which Hypothesis prefers to other values.

    Which there are depends on how the grader is installed, and on what has been imported by then: the seed alone would
    not decide. There is no setting for it.
    """
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    kept, none = providers._get_local_constants, Constants()
    providers._get_local_constants = lambda: none
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        providers._get_local_constants = kept
        providers.CONSTANTS_CACHE.cache.clear()


def settings_for(examples: int, *, shrink: bool = True) -> Any:
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
