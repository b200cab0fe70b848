"""In a notebook: the cells that were run are graded, in processes of their own, and shown as a table."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from grader.cells import NotInANotebook
from grader.notebook import Shown, check_here
from tests.meta.tools.repository import ROOT

REFERENCE = (ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")
IMPORTS, LINEAR = REFERENCE.split("\n\n\n")[0].split('"""')[2], REFERENCE.split("\n\n\n")[1]
# As a student's session goes: a first try, a patched judge, a cell that fails, a magic, a cell that is no Python.
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
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    results = [output["data"] for output in outputs if output["output_type"] == "execute_result"]
    said = [output["data"]["text/plain"] for output in outputs if output["output_type"] == "display_data"]
    assert said == [""] * len(results)  # what it was doing is gone
    return [(data["text/plain"], data["text/html"]) for data in results]


def test_cells_are_graded_as_text_whatever_was_patched_in_the_kernel(session: list[tuple[str, str]]) -> None:
    text, page = session[0]
    assert "Linear  5 / 12" in text
    assert "AttributeError: 'Linear' object has no attribute 'wieght'" in text
    assert "notebook.ipynb, cell 2, line " in page
    assert "self.wieght.T" in page


def test_last_definition_counts(session: list[tuple[str, str]]) -> None:
    text, page = session[1]
    assert "Linear  12 / 12" in text
    assert "wieght" not in page


def test_unknown_question_is_answered_with_the_known_ones(session: list[tuple[str, str]]) -> None:
    text, page = session[2]
    assert text.startswith("grade: no question 'Lineer' in hw3; did you mean Linear? it has Linear")
    assert "&#x27;Lineer&#x27;" in page


def test_what_is_wrong_with_the_call_is_escaped() -> None:
    page = Shown(None, "<script>", notes=("<script>",))._repr_html_()
    assert page.count("&lt;script&gt;") == 2
    assert "<script" not in page


MARIMO = """
import marimo
app = marimo.App()
with app.setup:
{imports}
@app.class_definition
{linear}
@app.cell
def _():
    from grader import check_here
    shown = check_here(Linear)
    print(repr(shown))
if __name__ == "__main__":
    app.run()
"""


@pytest.mark.parametrize("command", [["{path}"], ["-m", "marimo", "export", "html", "{path}", "-o", "{path}.html"]])
def test_cells_of_marimo_are_graded(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "notebook.py"
    path.write_text(MARIMO.format(imports=textwrap.indent(IMPORTS, "    "), linear=LINEAR))
    done = subprocess.run(
        [sys.executable, *(word.format(path=path) for word in command)], capture_output=True, text=True
    )
    assert "Linear  12 / 12" in done.stdout + done.stderr


def test_outside_of_a_notebook_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.delitem(sys.modules, "marimo", raising=False)
    with pytest.raises(NotInANotebook, match="run: grade PATH"):
        check_here("Linear")
