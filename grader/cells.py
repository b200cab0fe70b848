"""The cells of the notebook that this process is the kernel of: their text, and how something is shown below one.

What is asked of marimo's insides stands here alone; tests/meta/units/test_cells.py says what a new version broke.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from grader.errors import GraderError


class NotInANotebook(GraderError):
    """There are no cells to grade."""


def cells() -> Sequence[str]:
    """What was run so far in IPython, in order, the first one `In [1]`; in marimo, all cells as they stand.

    Raises NotInANotebook outside IPython, Jupyter, Colab and marimo.
    """
    if (context := _marimo()) is not None:
        return [str(cell.code) for cell in context.graph.cells.values()]
    if (shell := _ipython()) is not None:
        return [str(source) for source in shell.history_manager.input_hist_raw[1:]]
    raise NotInANotebook("check_here grades the cells of a notebook; for a file, run: grade PATH")


def show(value: object) -> None:
    """Show it now, though it is not the last value of a cell."""
    if _marimo() is not None:
        sys.modules["marimo"].output.append(value)
        return
    from IPython.display import display

    display(value)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def line_below() -> Iterator[Callable[[str], None]]:
    """A line of text below the cell, which can be another one at any time and is gone in the end.

    In a terminal, where a line stays, the first one alone.
    """
    if _marimo() is not None:
        output = sys.modules["marimo"].output
        try:
            yield lambda text: output.replace(text)
        finally:
            output.clear()
        return
    if getattr(_ipython(), "kernel", None) is None:
        is_first = iter([True])
        yield lambda text: print(text) if next(is_first, False) else None
        return
    from IPython.display import DisplayHandle, Pretty

    shown = DisplayHandle()  # type: ignore[no-untyped-call]
    is_new = True

    def say(text: str) -> None:
        nonlocal is_new
        (shown.display if is_new else shown.update)(Pretty(text))  # type: ignore[no-untyped-call]
        is_new = False

    try:
        yield say
    finally:
        if not is_new:
            say("")


def _ipython() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _marimo() -> Any:
    """What marimo knows of the notebook that runs; None where none does."""
    if "marimo" not in sys.modules:
        return None
    try:
        from marimo._runtime.context import ContextNotInitializedError, get_context
    except ImportError:
        return None
    try:
        context = get_context()
    except ContextNotInitializedError:
        return None
    return context if context.graph.cells else None
