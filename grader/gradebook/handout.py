"""How a hand-out is made of one file: its bodies emptied, as a script, a Jupyter and a marimo notebook.

The file is the reference with `### BEGIN YOUR CODE` and `### END YOUR CODE` around what students write, or one that is
empty there already. It begins with a docstring, which is what stands above the notebooks; two empty lines part what
becomes a cell each.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from grader.assignment import Assignment
from grader.data.files import DataFile
from grader.errors import AssignmentInvalid

BEGIN: Final = "### BEGIN YOUR CODE"
END: Final = "### END YOUR CODE"
FILES: Final = Path(__file__).parent / "handout_files"
SUFFIXES: Final = {"script": ".py", "notebook": ".ipynb", "marimo": ".py"}  # of each form
SHARED: Final = ("README.md", "requirements.txt", ".github/workflows/grade.yml")  # beside each form
# Whatever is there already stays: Colab has torch.
_INSTALL_HERE: Final = (
    "# Once; a few minutes where PyTorch is not installed yet. Then restart the kernel.\n"
    "%pip install -q --extra-index-url https://download.pytorch.org/whl/cpu "
    "https://github.com/OWNER/torch-homework-grader/archive/refs/tags/v0.1.0.zip"
)
_IMPORT: Final = "from grader import check_here"
_MARKED: Final = re.compile(
    rf"^(?P<begin>(?P<indent>[ \t]*){BEGIN}[^\n]*\n)(?P<body>.*?)^(?P<end>(?P=indent){END})", re.MULTILINE | re.DOTALL
)
_OWN_SCOPE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.GeneratorExp, ast.ListComp)


def handout_of(assignment: Assignment) -> dict[str, bytes]:
    """All files of an assignment's hand-out by their path: a folder for each form, the data of its own in each.

    They are those of `template` in assignment.toml, or else made of the reference. Raises AssignmentInvalid where there
    is neither, or the reference has no markers: it would be handed out as it is.
    """
    if assignment.template is not None:
        found = [path for path in sorted(assignment.template.rglob("*")) if path.is_file()]
        named = {path.relative_to(assignment.template): path for path in found if "__pycache__" not in path.parts}
        return {name.as_posix(): path.read_bytes() for name, path in named.items() if len(name.parts) > 1}
    if assignment.reference is None:
        raise AssignmentInvalid(f"{assignment.name} has no hand-out, and no reference that one could be made of")
    source = emptied(assignment.reference.read_text(encoding="utf-8"))
    if BEGIN not in source:
        raise AssignmentInvalid(f"{assignment.reference} has no {BEGIN}, so that no hand-out can be made of it")
    texts = {**build(source, assignment.name, assignment.names), **shared_files(assignment)}
    own = [entry for entry in assignment.data if isinstance(entry, DataFile)]
    data = {f"{form}/{entry.name}": entry.path.read_bytes() for form in SUFFIXES for entry in own}
    return {**{name: text.encode() for name, text in texts.items()}, **data}


def forms_of(assignment: Assignment) -> dict[str, str]:
    """What is to be filled in, by its path in the hand-out; nothing where there is no hand-out."""
    try:
        found = handout_of(assignment)
    except AssignmentInvalid:
        return {}
    return {name: text.decode() for name, text in found.items() if Path(name).suffix in SUFFIXES.values()}


def emptied(source: str) -> str:
    """The source with `pass` between each pair of markers. Raises AssignmentInvalid where a marker has no other."""
    pairs = len(_MARKED.findall(source))
    if pairs != source.count(BEGIN) or pairs != source.count(END):
        raise AssignmentInvalid(f"{BEGIN} and {END} do not stand in pairs, at one indentation each")
    return _MARKED.sub(r"\g<begin>\g<indent>pass\n\g<end>", source)


def build(source: str, name: str, questions: Sequence[str]) -> dict[str, str]:
    """The forms that are made of that file, by their path. name: that of the file, without its suffix."""
    text, blocks = blocks_of(source)
    told = text.partition("\n\nTo install")[0]  # a notebook has a cell for it
    return {
        f"script/{name}.py": source,
        f"notebook/{name}.ipynb": notebook(
            f"# {about(told, name, 'notebook')}", with_checks(cells_of(blocks), questions)
        ),
        f"marimo/{name}.py": marimo(f"# {about(text, name, 'marimo')}", blocks, questions),
    }


def shared_files(assignment: Assignment) -> dict[str, str]:
    """README, requirements and workflow of each form."""
    values = {"@TITLE@": assignment.title, "@NAME@": assignment.name, "@QUESTION@": assignment.names[0]}
    found = {}
    for form, suffix in SUFFIXES.items():
        for name in SHARED:
            text = (FILES / Path(name).name).read_text(encoding="utf-8")
            for mark, value in {**values, "@FILE@": f"{assignment.name}{suffix}"}.items():
                text = text.replace(mark, value)
            found[f"{form}/{name}"] = text
    return found


def about(text: str, name: str, form: str) -> str:
    """A text about the script, for that form."""
    return text.replace(f"{name}.py", f"{name}{SUFFIXES[form]}")


# --- cells ------------------------------------------------------------------------------------------------------------


def blocks_of(source: str) -> tuple[str, list[str]]:
    """The docstring at the top of a file, and what stands between two empty lines each. Raises AssignmentInvalid."""
    if not source.startswith('"""') or source.count('"""') < 2:
        raise AssignmentInvalid("the file that a hand-out is made of begins with a docstring, which says what to do")
    _, docstring, code = source.split('"""', 2)
    return docstring.strip(), [block.strip("\n") for block in code.split("\n\n\n") if block.strip("\n")]


def name_of(block: str) -> str:
    """The class or function that a block defines."""
    found = re.match(r"(?:@\S+\n)*(?:class|def) (\w+)", block)
    return found[1] if found else ""


def cells_of(blocks: Sequence[str]) -> list[str]:
    """A cell for each block; what trains a model and the function that returns it are one."""
    cells: list[str] = []
    for block in blocks:
        if name_of(block) and cells and not _is_import(cells[-1]) and _loaded(block) & _bound(cells[-1]):
            cells[-1] += f"\n\n\n{block}"
        else:
            cells.append(block)
    return cells


def with_checks(cells: Sequence[str], questions: Sequence[str]) -> list[str]:
    """The cells of a notebook: the grader first, and below each part a cell that grades it."""
    found = [_INSTALL_HERE, _IMPORT]
    for cell in cells:
        found.append(cell)
        names = [name for name in re.findall(r"^(?:class|def) (\w+)", cell, re.MULTILINE) if name in questions]
        found += [f"check_here({name})" for name in names[-1:]]
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


def marimo(text: str, blocks: Sequence[str], questions: Sequence[str]) -> str:
    """A marimo notebook, where each name has one cell: what several cells bind belongs to each of them alone."""
    imports, *rest = blocks
    told = f'import marimo as mo\n\nmo.md(\n    """\n{_indented(text)}\n    """\n)'
    parts = ["import marimo\n\napp = marimo.App()", f"with app.setup:\n{_indented(imports)}", _cell(told, (), ())]
    parts.append(_cell(_IMPORT, (), ("check_here",)))
    cells = cells_of(rest)
    bound = [_bound(cell) for cell in cells]
    shared = {name for name, count in Counter(name for names in bound for name in names).items() if count > 1}
    given = frozenset().union(*(names for cell, names in zip(cells, bound, strict=True) if not name_of(cell))) - shared
    for cell, own in zip(cells, bound, strict=True):
        name, uses = name_of(cell), sorted((_loaded(cell) & given) - own)
        if name and not uses:
            kind = "class_definition" if isinstance(ast.parse(cell).body[0], ast.ClassDef) else "function"
            parts.append(f"@app.{kind}\n{cell}")
        else:
            used = {n for other in cells if other is not cell for n in _loaded(other)}
            functions = re.findall(r"^(?:class|def) (\w+)", cell, re.MULTILINE)
            gives = sorted(own & given & used) + functions
            parts.append(_cell(_with_own_names(cell, own & shared, functions), uses, gives))
        if name in questions:
            parts.append(_cell(f"check_here({name})", ("check_here",), ()))
    return "\n\n\n".join([*parts, 'if __name__ == "__main__":\n    app.run()']) + "\n"


def _with_own_names(cell: str, names: frozenset[str], functions: Sequence[str]) -> str:
    """The cell with names that no other has: of a model that its function returns a name to be used, else private."""
    inside = {n.id for node in ast.parse(cell).body if isinstance(node, _OWN_SCOPE) for n in _names_in(node)}
    for name in sorted(names):
        own = f"_{name}"
        if name in inside and functions:
            own = functions[0].removeprefix("eval_")
            own = own if own.endswith(f"_{name}") else f"{own}_{name}"
        cell = re.sub(rf"(?<![\w.]){name}\b(?!=)", own, cell)
    return cell


def _cell(body: str, uses: Sequence[str], gives: Sequence[str]) -> str:
    """A cell as marimo writes it: what it uses of other cells, and what it gives to them."""
    body = body.replace("\n\n\n", "\n\n")
    last = f"return ({gives[0]},)" if len(gives) == 1 else f"return {', '.join(gives)}".rstrip()
    between = "\n\n" if body.splitlines()[-1].startswith((" ", "from ", "import ")) else "\n"
    return f"@app.cell\ndef _({', '.join(uses)}):\n{_indented(body)}{between}    {last}"


def _indented(text: str, spaces: int = 4) -> str:
    return textwrap.indent(text, " " * spaces)


# --- names ------------------------------------------------------------------------------------------------------------


def _is_import(block: str) -> bool:
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(block).body)


def _names_in(node: ast.AST) -> list[ast.Name]:
    return [n for n in ast.walk(node) if isinstance(n, ast.Name)]


def _loaded(block: str) -> frozenset[str]:
    """The names that a block uses, now or when a function of it is called."""
    return frozenset(n.id for n in _names_in(ast.parse(block)) if isinstance(n.ctx, ast.Load))


def _bound(block: str) -> frozenset[str]:
    """The names that a block binds for the whole file, but those of its definitions."""
    found, waiting = set[str](), list[ast.AST](ast.parse(block).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, _OWN_SCOPE):
            waiting += ast.iter_child_nodes(node)
    return frozenset(found)
