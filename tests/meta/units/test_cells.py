"""The cells of a notebook. In Jupyter and marimo they are tried in test_notebook.py."""

from __future__ import annotations

import sys
import types

import pytest

from grader.cells import NotInANotebook, cells, line_below


def test_what_is_used_of_marimo_is_there() -> None:
    context = pytest.importorskip("marimo._runtime.context")
    assert issubclass(context.ContextNotInitializedError, Exception)
    with pytest.raises(context.ContextNotInitializedError):
        context.get_context()


def test_marimo_without_a_notebook_is_none() -> None:
    pytest.importorskip("marimo")
    with pytest.raises(NotInANotebook, match="run: grade PATH"):
        cells()


def test_no_notebook_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IPython", "marimo"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(NotInANotebook, match="run: grade PATH"):
        cells()


def test_a_terminal_gets_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A kernel's line is replaced and taken away: test_notebook.py."""
    module = types.ModuleType("IPython")
    vars(module)["get_ipython"] = types.SimpleNamespace
    monkeypatch.setitem(sys.modules, "IPython", module)
    with line_below() as say:
        say("Grading ...")
        say("Grading Linear ...")
    assert capsys.readouterr().out == "Grading ...\n"
