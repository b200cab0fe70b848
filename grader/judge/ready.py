"""What a process imports before it can grade: torch, Hypothesis, pytest; some seconds."""

from __future__ import annotations

from grader.machine import garbage, interrupts


def load_light() -> None:
    """Import what does not import torch, while it is not yet known whether that is needed."""
    with interrupts.at_once(), garbage.left_alone():
        import hypothesis  # noqa: F401
        import pytest  # noqa: F401


def load() -> None:
    """Import it. A signal ends that at once: half an import is no harm, for nothing was graded."""
    with interrupts.at_once(), garbage.left_alone():
        import grader.judge.grading
        import grader.judge.pytest_run  # noqa: F401 - what `grade` uses


def make_ready() -> None:
    """Import it in a process that does nothing but grade."""
    load()
    garbage.keep_what_is_here()
    _draw_once()


def _draw_once() -> None:
    """Hypothesis' first example of a process looks through all objects: now there are none yet that are not kept."""
    from hypothesis import Phase, given, settings, strategies

    from grader.suite.hypothesis_insides import without_local_constants

    @settings(max_examples=1, database=None, derandomize=True, deadline=None, phases=[Phase.generate])
    @given(strategies.none())
    def example(_: None) -> None:
        pass

    with without_local_constants():
        example()
