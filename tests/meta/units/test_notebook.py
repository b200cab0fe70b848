"""In a notebook: the cells that were run are graded, in processes of their own, and shown as a table."""

from __future__ import annotations

import sys

import nbformat
import pytest
from nbclient import NotebookClient

from grader.notebook import NotInANotebook, Shown, check_here
from tests.meta.tools.repository import ROOT

REFERENCE = (ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")
IMPORTS, LINEAR = REFERENCE.split("\n\n\n")[0].split('"""')[2], REFERENCE.split("\n\n\n")[1]
# As a student's session goes: a first try, a patched judge, a cell that fails, a magic, a cell that is no Python. Each
# grading imports torch once more, so there are two.
CELLS = (
    IMPORTS,
    LINEAR.replace("self.weight.T", "self.wieght.T"),
    "torch.allclose = lambda *a, **k: True\nimport grader.suite.expect as e\ne.close = lambda *a, **k: None",
    "1 / 0",
    "%who",
    "class Linear(:",
    "from grader import check_here\ncheck_here('Linear')",
    LINEAR,
    "check_here(Linear)",
    "check_here('Lineer')",
)


@pytest.fixture(scope="module")
def session() -> list[tuple[str, str]]:
    """What three calls of check_here in a real Jupyter kernel show, as text and as HTML."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    root = ROOT
    # No history file, which kernels that start at once would fight for.
    client = NotebookClient(
        notebook,
        timeout=300,
        allow_errors=True,
        resources={"metadata": {"path": root}},
        extra_arguments=["--HistoryManager.enabled=False"],
    )
    client.execute()
    results = [output["data"] for cell in notebook.cells for output in cell.outputs if "data" in output]
    return [(data["text/plain"], data["text/html"]) for data in results]


def test_cells_are_graded_as_text_whatever_was_patched_in_the_kernel(session: list[tuple[str, str]]) -> None:
    text, page = session[0]
    assert text == "5 / 12  Linear"
    assert "notebook.ipynb, cell 2, line " in page
    assert "self.wieght.T" in page


def test_last_definition_counts(session: list[tuple[str, str]]) -> None:
    text, page = session[1]
    assert text == "12 / 12  Linear"
    assert "wieght" not in page


def test_unknown_question_is_answered_with_the_known_ones(session: list[tuple[str, str]]) -> None:
    text, page = session[2]
    assert text.startswith("grade: no question 'Lineer' in hw3; did you mean Linear? it has Linear")
    assert "&#x27;Lineer&#x27;" in page


def test_text_of_students_is_escaped() -> None:
    bad = "<script>alert(1)</script>\x1b[31m"
    check = {"title": bad, "message": bad, "hint": bad, "score": 0, "max_score": 3}
    question = {"name": bad, "score": 0.5, "max_score": 3, "checks": [check]}
    page = Shown({"questions": [question], "warnings": [bad], "provisional": False})._repr_html_()
    assert page.count("&lt;script&gt;") == 5
    assert "<script" not in page
    assert "\x1b" not in page
    assert "<script" not in Shown(None, bad)._repr_html_()


def test_outside_of_a_notebook_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with pytest.raises(NotInANotebook, match="run: grade PATH"):
        check_here("Linear")
