"""In a notebook: the cells that were run are graded, in processes of their own, and shown as a table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.live import NotInANotebook, Shown, check_here

REFERENCE = (Path(__file__).resolve().parents[2] / "reference" / "hw3.py").read_text(encoding="utf-8")
IMPORTS, LINEAR = REFERENCE.split("\n\n\n")[0].split('"""')[2], REFERENCE.split("\n\n\n")[1]
# As a student's session goes: a first try, a patched judge, a cell that fails, a magic, a cell that is no Python. Each
# grading imports torch once more, so there are two.
CELLS = (
    IMPORTS,
    LINEAR.replace("self.weight.T", "self.wieght.T"),
    "torch.allclose = lambda *a, **k: True\nimport grader.expect as e\ne.close = lambda *a, **k: None",
    "1 / 0",
    "%who",
    "class Linear(:",
    "from grader import check_here\nfirst = check_here('Linear')",
    LINEAR,
    "second, third = check_here(Linear), check_here('Lineer')",
)
SESSION = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.hist_file = ":memory:"
shell = InteractiveShell.instance(config=config)
for cell in json.load(sys.stdin):
    shell.run_cell(cell, store_history=True, silent=False)
found = [shell.user_ns[name] for name in ("first", "second", "third")]
print("\\nSHOWN", json.dumps([[repr(shown), shown._repr_html_()] for shown in found]))
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """What three calls of check_here in a real IPython show, as text and as HTML."""
    done = subprocess.run(
        [sys.executable, "-c", SESSION],
        input=json.dumps(CELLS),
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).resolve().parents[2],
        env={"IPYTHONDIR": str(tmp_path_factory.mktemp("ipython")), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
    )
    shown = [line for line in done.stdout.splitlines() if line.startswith("SHOWN ")]
    assert shown, done.stdout + done.stderr
    return [(text, page) for text, page in json.loads(shown[-1].removeprefix("SHOWN "))]


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
    assert text.startswith("grade: no question 'Lineer' in hw3; it has Linear")
    assert "&#x27;Lineer&#x27;" in page


def test_text_of_students_is_escaped() -> None:
    bad = "<script>alert(1)</script>\x1b[31m"
    check = {"title": bad, "message": bad, "hint": bad, "score": 0, "max_score": 3}
    question = {"name": bad, "score": 0.5, "max_score": 3, "checks": [check]}
    page = Shown({"questions": [question], "warnings": [bad]})._repr_html_()
    assert page.count("&lt;script&gt;") == 5
    assert "<script" not in page
    assert "\x1b" not in page
    assert "<script" not in Shown(None, bad)._repr_html_()


def test_outside_of_a_notebook_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with pytest.raises(NotInANotebook, match="run: grade PATH"):
        check_here("Linear")
