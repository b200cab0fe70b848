"""Makes the three folders of student_template from student_template/hw3.py, and compares: `nox -s templates`.

The three forms of the hand-out have one source; whoever changes it runs `nox -s templates -- --write`. README and
workflow stand in the folder of the script, and the others get theirs from there.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from tests.meta.tools.repository import ROOT

FOLDER = ROOT / "student_template"
FORMS = {"script": "hw3.py", "notebook": "hw3.ipynb", "marimo": "hw3.py"}  # by folder
_SHARED = ("README.md", "requirements.txt", ".github/workflows/grade.yml")
# Whatever is there already stays: Colab has torch.
_INSTALL_HERE = (
    "# Once; a few minutes where PyTorch is not installed yet. Then restart the kernel.\n"
    "%pip install -q --extra-index-url https://download.pytorch.org/whl/cpu "
    "https://github.com/OWNER/torch-homework-grader/archive/refs/tags/v0.1.0.zip"
)
_IMPORT = "from grader import check_here"
_MODELS = {"eval_linear_model": "linear_model", "eval_two_layer_nn": "two_layer_model"}
_OWN_NAMES = re.compile(r"\b(opt|loss|i|train_loss|train_err|test_loss|test_err)\b(?!=)")


def blocks_of(source: str) -> tuple[str, list[str]]:
    """The docstring at the top of a file, and what stands between two empty lines each."""
    _, docstring, code = source.split('"""', 2)
    return docstring.strip(), [block.strip("\n") for block in code.split("\n\n\n")]


def name_of(block: str) -> str:
    """The class or function that a block defines."""
    found = re.match(r"(?:@\S+\n)*(?:class|def) (\w+)", block)
    return found[1] if found else ""


def cells_of(blocks: Sequence[str]) -> list[str]:
    """A cell for each block; what trains a model and the function that returns it are one."""
    cells: list[str] = []
    for block in blocks:
        if name_of(block) in _MODELS and cells:
            cells[-1] += f"\n\n\n{block}"
        else:
            cells.append(block)
    return cells


def with_checks(cells: Sequence[str]) -> list[str]:
    """The cells of a notebook: the grader first, and below each part a cell that grades it."""
    found = [_INSTALL_HERE, _IMPORT]
    for cell in cells:
        found.append(cell)
        if names := re.findall(r"^(?:class|def) (\w+)", cell, re.MULTILINE):
            found.append(f"check_here({names[-1]})")
    return found


def notebook(text: str, cells: Sequence[str]) -> str:
    """A Jupyter notebook with that text above these cells."""

    def cell(number: int, kind: str, source: str) -> dict[str, object]:
        common: dict[str, object] = {
            "cell_type": kind,
            "id": f"cell-{number}",
            "metadata": {},
            "source": source.splitlines(keepends=True),
        }
        return common if kind == "markdown" else {**common, "execution_count": None, "outputs": []}

    found = [cell(0, "markdown", text), *(cell(i, "code", source) for i, source in enumerate(cells, 1))]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    table = {"cells": found, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def marimo(text: str, blocks: Sequence[str]) -> str:
    """A marimo notebook, where each name has one cell: the models get names, the rest belongs to its cell."""
    imports, *rest = blocks
    told = f'import marimo as mo\n\nmo.md(\n    """\n{_indented(text)}\n    """\n)'
    parts = ["import marimo\n\napp = marimo.App()", f"with app.setup:\n{_indented(imports)}", _cell(told, "", "")]
    parts.append(_cell(_IMPORT, "", "check_here"))
    for cell in cells_of(rest):
        trained = next((model for name, model in _MODELS.items() if f"def {name}(" in cell), "")
        kind, name = cell.split()[0], name_of(cell)
        if trained:
            body = _OWN_NAMES.sub(r"_\1", re.sub(r"\bmodel\b", trained, cell))
            evaluation = next(name for name, model in _MODELS.items() if model == trained)
            parts.append(_cell(body, "test_dataloader, train_dataloader", evaluation))
        elif name:
            parts.append(f"@app.{'class_definition' if kind == 'class' else 'function'}\n{cell}")
            parts.append(_cell(f"check_here({name})", "check_here", ""))
        else:
            given = re.findall(r"^(\w+_dataloader) =", cell, re.MULTILINE)
            parts.append(_cell(cell, "", ", ".join(sorted(given))))
    return "\n\n\n".join([*parts, 'if __name__ == "__main__":\n    app.run()']) + "\n"


def _cell(body: str, uses: str, gives: str) -> str:
    """A cell as marimo writes it: what it uses of other cells, and what it gives to them."""
    body = body.replace("\n\n\n", "\n\n")
    last = f"return ({gives},)" if gives and "," not in gives else f"return {gives}".rstrip()
    between = "\n\n" if body.splitlines()[-1].startswith((" ", "from ", "import ")) else "\n"
    return f"@app.cell\ndef _({uses}):\n{_indented(body)}{between}    {last}"


def _indented(text: str, spaces: int = 4) -> str:
    return textwrap.indent(text, " " * spaces)


def build(source: str) -> dict[str, str]:
    """The forms that are made of that hw3.py, by their path in student_template."""
    text, blocks = blocks_of(source)
    told = text.partition("\n\nTo install")[0]  # a notebook has a cell for it
    return {
        "script/hw3.py": source,
        "notebook/hw3.ipynb": notebook(f"# {_about(told, 'notebook')}", with_checks(cells_of(blocks))),
        "marimo/hw3.py": marimo(f"# {_about(text, 'marimo')}", blocks),
    }


def _about(text: str, folder: str) -> str:
    """A text about the script, for the form in that folder."""
    return text.replace("hw3.py", FORMS[folder])


def expected(folder: Path = FOLDER) -> dict[str, str]:
    """Returns all that is made, by path: the forms, and beside them what the script's folder holds."""
    made = build((folder / "hw3.py").read_text(encoding="utf-8"))
    for form in FORMS.keys() - {"script"}:
        for name in _SHARED:
            made[f"{form}/{name}"] = _about((folder / "script" / name).read_text(encoding="utf-8"), form)
    return made


def stale_files(folder: Path = FOLDER) -> dict[str, str]:
    """Returns the files that are not what is made of hw3.py and the script's folder, with what they should hold."""
    return {name: content for name, content in expected(folder).items() if not _holds(folder / name, content)}


def _holds(path: Path, content: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == content


def main() -> None:
    """Compare the files with hw3.py; write those that differ where that is asked for, else name them."""
    parser = argparse.ArgumentParser(description="compare the forms of the hand-out with hw3.py")
    parser.add_argument("--write", action="store_true", help="write those that differ")
    write = parser.parse_args().write
    stale = stale_files()
    for name, content in stale.items():
        if write:
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(content, encoding="utf-8")
        print(f"{name}: {'written' if write else 'differs from what is made'}")
    if stale and not write:
        sys.exit("run: nox -s templates -- --write")


if __name__ == "__main__":
    main()
