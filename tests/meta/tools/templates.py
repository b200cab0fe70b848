"""Makes student_template/hw3.ipynb and hw3_marimo.py from student_template/hw3.py, and compares: `nox -s templates`.

The three forms of the hand-out have one source; whoever changes it runs `nox -s templates -- --write`.
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
    for cell in cells_of(rest):
        trained = next((model for name, model in _MODELS.items() if f"def {name}(" in cell), "")
        kind, name = cell.split()[0], name_of(cell)
        if trained:
            body = _OWN_NAMES.sub(r"_\1", re.sub(r"\bmodel\b", trained, cell))
            evaluation = next(name for name, model in _MODELS.items() if model == trained)
            parts.append(_cell(body, "test_dataloader, train_dataloader", evaluation))
        elif name:
            parts.append(f"@app.{'class_definition' if kind == 'class' else 'function'}\n{cell}")
        else:
            given = re.findall(r"^(\w+_dataloader) =", cell, re.MULTILINE)
            parts.append(_cell(cell, "", ", ".join(sorted(given))))
    return "\n\n\n".join([*parts, 'if __name__ == "__main__":\n    app.run()']) + "\n"


def _cell(body: str, uses: str, gives: str) -> str:
    """A cell as marimo writes it: what it uses of other cells, and what it gives to them."""
    body = body.replace("\n\n\n", "\n\n")
    last = f"return ({gives},)" if gives and "," not in gives else f"return {gives}".rstrip()
    between = "\n\n" if body.splitlines()[-1].startswith(" ") else "\n"
    return f"@app.cell\ndef _({uses}):\n{_indented(body)}{between}    {last}"


def _indented(text: str, spaces: int = 4) -> str:
    return textwrap.indent(text, " " * spaces)


def build(source: str) -> dict[str, str]:
    """The files beside hw3.py, by name."""
    text, blocks = blocks_of(source)
    intro = {form: f"# {text.replace('grade hw3.py', f'grade {form}')}" for form in ("hw3.ipynb", "hw3_marimo.py")}
    return {
        "hw3.ipynb": notebook(intro["hw3.ipynb"], cells_of(blocks)),
        "hw3_marimo.py": marimo(intro["hw3_marimo.py"], blocks),
    }


def stale_files(folder: Path = FOLDER) -> dict[str, str]:
    """Returns the files beside hw3.py that are not what is made of it, by name, with what they should hold."""
    made = build((folder / "hw3.py").read_text(encoding="utf-8"))
    return {name: content for name, content in made.items() if not _holds(folder / name, content)}


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
            (FOLDER / name).write_text(content, encoding="utf-8")
        print(f"{name}: {'written' if write else 'differs from what hw3.py makes'}")
    if stale and not write:
        sys.exit("run: nox -s templates -- --write")


if __name__ == "__main__":
    main()
