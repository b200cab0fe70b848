"""What the grader needs of Hypothesis beyond its documented interface, all of it.

A new version may break any of this without a word: the tests of this module say what it broke.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hypothesis import settings

_SETTINGS: Final = "_hypothesis_internal_use_settings"


def has_examples(function: object) -> bool:
    """Whether `@given` draws its arguments."""
    return hasattr(function, "hypothesis")


def example_of(function: Any) -> Callable[..., object]:
    """The function below `@given`, which runs one example."""
    found: Callable[..., object] = function.hypothesis.inner_test
    return found


def wrap_example(function: Any, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put something around each example of a function with `@given`."""
    function.hypothesis.inner_test = wrap(function.hypothesis.inner_test)


def set_settings(function: object, chosen: settings) -> None:
    """Run the function with these settings from now on, whatever it was decorated with."""
    setattr(function, _SETTINGS, chosen)


@contextlib.contextmanager
def other_settings(function: object, chosen: settings) -> Iterator[None]:
    """Within, the function runs with these settings."""
    kept = getattr(function, _SETTINGS)
    setattr(function, _SETTINGS, chosen)
    try:
        yield
    finally:
        setattr(function, _SETTINGS, kept)


@contextlib.contextmanager
def without_local_constants() -> Iterator[None]:
    """Within, no constants of modules outside of site-packages are drawn, which Hypothesis prefers to other values.

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


@contextlib.contextmanager
def without_storage() -> Iterator[None]:
    """Within, Hypothesis keeps nothing: it would write into the working directory, maybe a submission's own."""
    from hypothesis.configuration import set_hypothesis_home_dir

    set_hypothesis_home_dir(Path(os.devnull) / "hypothesis")  # where nothing can be
    try:
        yield
    finally:
        set_hypothesis_home_dir(None)
