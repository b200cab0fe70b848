"""Hand-outs: bodies emptied, cells that marimo takes, and nothing of the solution in what students get."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.errors import AssignmentInvalid
from grader.gradebook import gradescope, handout, new
from grader.machine.package import PACKAGE
from grader.provenance import files_of
from tests.meta.tools.repository import ROOT

SOURCE = '''"""Homework: fill in, in hw9.py"""

import torch


def part(x):
    """x twice."""
    ### BEGIN YOUR CODE
    twice = 2 * x

    return twice
    ### END YOUR CODE


data = [1, 2]
other = 3


model = part(data)
loss = 1


def evaluate_part():
    return model


model = part(data + data)
loss = 2


def eval_loss():
    return model
'''


@pytest.fixture
def own(tmp_path: Path) -> Assignment:
    new.write("hw9", tmp_path / "hw9")
    return load_assignment(tmp_path / "hw9")


def test_bodies_between_markers_are_emptied_and_nothing_else_is_changed() -> None:
    body = "    twice = 2 * x\n\n    return twice\n"
    assert handout.emptied(SOURCE) == SOURCE.replace(body, "    pass\n")
    assert handout.emptied(handout.emptied(SOURCE)) == handout.emptied(SOURCE)


def test_empty_body_and_several_bodies() -> None:
    one = "    ### BEGIN YOUR CODE: b\n    x\n    ### END YOUR CODE\n"
    assert handout.emptied(f"def f():\n{one.replace('    x', '')}{one}").count("    pass\n") == 2


@pytest.mark.parametrize(
    "source",
    [
        "### BEGIN YOUR CODE\nx = 1\n",
        "x = 1\n### END YOUR CODE\n",
        "if x:\n    ### BEGIN YOUR CODE\n    x = 1\n### END YOUR CODE\n",
        "### BEGIN YOUR CODE\n### BEGIN YOUR CODE\nx = 1\n### END YOUR CODE\n",
    ],
)
def test_marker_without_its_other_is_refused(source: str) -> None:
    with pytest.raises(AssignmentInvalid, match="pairs"):
        handout.emptied(source)


def test_cells_of_a_notebook_keep_a_training_and_its_function_together() -> None:
    _, blocks = handout.blocks_of(SOURCE)
    cells = handout.cells_of(blocks)
    assert [cell.splitlines()[0] for cell in cells] == [
        "import torch",
        "def part(x):",
        "data = [1, 2]",
        "model = part(data)",
        "model = part(data + data)",
    ]
    made = json.loads(handout.build(SOURCE, "hw9", ["part"])["notebook/hw9.ipynb"])
    sources = ["".join(cell["source"]) for cell in made["cells"]]
    assert sources[0] == "# Homework: fill in, in hw9.ipynb"
    assert sources.count("check_here(part)") == 1
    assert "check_here(eval_loss)" not in sources


def test_each_name_of_a_marimo_notebook_has_one_cell() -> None:
    made = handout.build(SOURCE, "hw9", ["part"])["marimo/hw9.py"]
    compile(made, "hw9.py", "exec")
    assert "@app.function\ndef part(x):" in made
    assert "    return (data,)" in made  # nobody else uses `other`
    assert made.count("def _(data):") == 2
    assert "evaluate_part_model = part(data)\n    _loss = 1" in made
    assert "loss_model = part(data + data)\n    _loss = 2" in made
    assert "        return loss_model\n" in made


def test_file_without_a_docstring_is_refused() -> None:
    with pytest.raises(AssignmentInvalid, match="begins with a docstring"):
        handout.blocks_of("import torch\n")


def test_reference_without_markers_is_never_handed_out(own: Assignment, assignment: Assignment) -> None:
    assert own.reference is not None
    own.reference.write_text(own.reference.read_text().replace("### BEGIN", "### Begin").replace("### END", "### End"))
    with pytest.raises(AssignmentInvalid, match="so that no hand-out can be made of it"):
        handout.handout_of(own)
    assert handout.forms_of(own) == {}
    with pytest.raises(AssignmentInvalid, match="no reference"):
        handout.handout_of(replace(assignment, template=None, reference=None))


def test_form_is_what_is_to_be_filled_in(assignment: Assignment, own: Assignment) -> None:
    assert set(handout.forms_of(assignment)) == {"script/hw3.py", "notebook/hw3.ipynb", "marimo/hw3.py"}
    assert set(handout.forms_of(own)) == {"script/hw9.py", "notebook/hw9.ipynb", "marimo/hw9.py"}


def test_data_of_ones_own_is_handed_out_in_each_form(own: Assignment) -> None:
    (own.folder / "table.bin").write_bytes(b"\xff\x00")
    table = own.folder / "assignment.toml"
    table.write_text(table.read_text().replace("limit_s", 'data = ["table.bin"]\nlimit_s', 1))
    files = handout.handout_of(load_assignment(own.folder))
    assert {name for name, content in files.items() if content == b"\xff\x00"} == {
        f"{form}/table.bin" for form in ("script", "notebook", "marimo")
    }


# --- nothing of the solution ------------------------------------------------------------------------------------------


HINTS = {  # lines that a check tells whoever has failed it
    "p -= self.learning_rate * p.grad",
    "self.linear1 = Linear(in_dim, hidden_dim)",
    "self.linear2 = Linear(hidden_dim, out_dim)",
}


def told(solution: str, handed: str) -> set[str]:
    """The lines of the solution that the hand-out has not, and that say something."""
    lines = {line.partition("  #")[0].strip() for line in solution.splitlines()}
    return {line for line in lines - HINTS if len(line) > 24 and line not in handed}


def test_nothing_of_the_solution_is_in_what_students_get(own: Assignment, assignment: Assignment) -> None:
    """Hand-out, autograder.zip and wheel: of a homework of one's own, and of the shipped one."""
    for homework in (own, assignment):
        assert homework.reference is not None
        files = {name: content.decode() for name, content in handout.handout_of(homework).items()}
        packed = zipfile.ZipFile(io.BytesIO(gradescope.archive(homework, gradescope.AutograderOptions())))
        suite = [name for name in packed.namelist() if f"/assignments/{homework.name}/" in name]
        assert any(name.endswith("assignment.toml") for name in suite)
        zipped = {name: packed.read(name).decode() for name in suite if not name.endswith("stand_ins.py")}
        lines = told(homework.reference.read_text(encoding="utf-8"), files[f"script/{homework.name}.py"])
        assert lines
        for name, text in {**files, **zipped}.items():
            assert [line for line in lines if line in text] == [], name
        assert not [name for name in packed.namelist() if "/mutants/leaky" in name or name.endswith("/reference.py")]


def test_nothing_of_the_shipped_solution_is_in_the_wheel(assignment: Assignment) -> None:
    """What pyproject.toml packs: package, suite and hand-out. Stand-ins are parts of a solution, and known."""
    assert assignment.reference is not None
    handed = (ROOT / "student_template/hw3.py").read_text(encoding="utf-8")
    lines = told(assignment.reference.read_text(encoding="utf-8"), handed)
    folders = (PACKAGE, ROOT / "tests/hw3", ROOT / "student_template")
    for folder in folders:
        for name, path in files_of(folder):
            if path.suffix in (".gz", ".png") or name == "stand_ins.py":
                continue
            text = path.read_text(encoding="utf-8")
            assert [line for line in lines if line in text] == [], path
