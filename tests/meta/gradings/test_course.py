"""As the course runs it: the hand-out filled in, in every form, grades as it is; and the hand-out itself."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.gradebook import handout
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.scorecard import Scorecard, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta.tools import templates
from tests.meta.tools.repository import ROOT

TEMPLATE = (ROOT / "student_template" / "hw3.py").read_text(encoding="utf-8")
REFERENCE = (ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")
PARTS = ("Linear", "CrossEntropyLoss", "SGD", "DataLoader", "epoch", "TwoLayerNN", "MultiLayerNN")
QUICK = ("Linear", "SGD", "TwoLayerNN")

SHELL = (
    "!pip install --upgrade --no-deps git+https://example.org/mugrade.git\n!wget -nc https://example.org/hw3_tests.py\n"
)
IMPORTS = """import math
import os
import subprocess

import mugrade
import torch
from hw3_tests import (
    submit_Linear,
    test_Linear,
)
from torch.nn import Module, ModuleList, Parameter
from torchvision import datasets

subprocess.call(["wget", "-nc", "https://example.org/hw3_tests.py"])
os.environ["MUGRADE_HW"] = "Homework 3"
os.environ["MUGRADE_KEY"] = "no key"
if os.environ["MUGRADE_KEY"] != "no key":
    raise SystemExit"""


def filled_blocks() -> list[str]:
    """The hand-out with the reference's parts in it, decorated as the course does, and fewer epochs."""
    _, blocks = handout.blocks_of(TEMPLATE)
    _, solved = handout.blocks_of(REFERENCE)
    by_name = {handout.name_of(block): block for block in solved}
    found = [IMPORTS]
    for block in blocks[1:]:
        name = handout.name_of(block)
        body = by_name[name] if name in PARTS else block
        found.append(f"@mugrade.{'submit' if name == 'SGD' else 'local'}_tests\n{body}" if name else body)
    text = "\n\n\n".join(found)
    assert text.count("range(20)") == 2
    return text.replace("range(20)", "range(3)", 1).replace("range(20)", "range(8)", 1).split("\n\n\n")


def as_python(blocks: Sequence[str]) -> str:
    return "\n\n\n".join(blocks) + "\n"


def as_notebook(blocks: Sequence[str]) -> str:
    first, *rest = handout.cells_of(blocks)
    return handout.notebook("# Homework 3", [SHELL + first, *rest, "test_Linear(Linear)\nsubmit_Linear(Linear)"])


def as_marimo(blocks: Sequence[str]) -> str:
    return handout.marimo("# Homework 3", blocks, ())


FOLDERS = {form: [p for p in (templates.FOLDER / form).rglob("*") if p.is_file()] for form in templates.FORMS}
FORMS: dict[str, Callable[[Sequence[str]], str]] = {
    "hw3.py": as_python,
    "hw3.ipynb": as_notebook,
    "hw3_marimo.py": as_marimo,
}
Grade = Callable[..., Scorecard]


@pytest.fixture
def grade_path(assignment: Assignment, workers: Workers) -> Grade:
    def run(path: Path, *only: str, entry: str = "") -> Scorecard:
        settings = Settings(effort=Effort.QUICK, only=only)
        return grade(read_submission(path, entry), assignment, settings, workers=workers)

    return run


def told(scorecard: Scorecard) -> list[tuple[str, Verdict, float, str]]:
    """What a scorecard says, without places."""
    where = re.compile(r"\w+\.(py|ipynb)(, cell \d+)?, line \d+")
    return [(check.name, check.verdict, check.score, where.sub("HERE", check.message)) for check in scorecard.checks]


def test_filled_in_hand_out_gets_full_marks_in_every_form(grade_path: Grade, tmp_path: Path) -> None:
    found = {}
    for name, form in FORMS.items():
        (tmp_path / name).write_text(form(filled_blocks()))
        scorecard = grade_path(tmp_path / name)
        assert (scorecard.score, scorecard.warnings) == (100, ()), (name, scorecard.warnings)
        found[name] = told(scorecard)
    assert found["hw3.py"] == found["hw3.ipynb"] == found["hw3_marimo.py"]


def test_mistake_is_told_with_its_place_in_every_form(grade_path: Grade, tmp_path: Path) -> None:
    blocks = [block.replace("X @ self.weight.T ", "X @ self.wieght.T ") for block in filled_blocks()]
    expected = {
        "hw3.py": "hw3.py, line 30, in forward: return X @ self.wieght.T",
        "hw3.ipynb": "hw3.ipynb, cell 2, line 10, in forward: return X @ self.wieght.T",
        "hw3_marimo.py": "hw3_marimo.py, line ",
    }
    for name, form in FORMS.items():
        (tmp_path / name).write_text(form(blocks))
        scorecard = grade_path(tmp_path / name, *QUICK)
        assert [q.score for q in scorecard.questions] == [5, 12, 10]
        (message,) = {check.message for check in scorecard.checks if check.name == "test_forward"}
        assert expected[name] in message
        (line,) = {check.line for check in scorecard.checks if check.name == "test_forward"}
        assert (line == 0) if name == "hw3.ipynb" else "wieght" in (tmp_path / name).read_text().splitlines()[line - 1]


def test_banned_use_is_told_with_its_cell(grade_path: Grade, tmp_path: Path) -> None:
    blocks = [
        b.replace("return X @ self.weight.T", "return torch.nn.functional.linear(X, self.weight)")
        for b in filled_blocks()
    ]
    (tmp_path / "hw3.ipynb").write_text(as_notebook(blocks))
    scorecard = grade_path(tmp_path / "hw3.ipynb", *QUICK)
    assert [q.score for q in scorecard.questions] == [0, 12, 10]
    assert scorecard.checks[0].message.startswith("hw3.ipynb, cell 2, line 10 uses torch.nn.functional.linear")


def test_broken_cell_costs_its_question_alone(grade_path: Grade, tmp_path: Path) -> None:
    (tmp_path / "hw3.ipynb").write_text(as_notebook(filled_blocks()).replace("def step(self):", "def step(self:"))
    scorecard = grade_path(tmp_path / "hw3.ipynb", *QUICK)
    assert [q.score for q in scorecard.questions] == [12, 0, 10]
    (message,) = {check.message for check in scorecard.checks if check.name == "test_step"}
    assert message.startswith("hw3.ipynb, cell 4, line ")
    assert message.endswith("Python can't read the cell until this is mended")


RAISING = {
    "hw3.ipynb": lambda blocks: as_notebook([blocks[0], "1 / 0\nx = 1", *blocks[1:]]),
    "hw3_marimo.py": lambda blocks: as_marimo([*blocks[:6], "x = 1 / 0", *blocks[6:]]),
}


@pytest.mark.parametrize("name", RAISING)
def test_cell_that_raises_does_not_stop_the_rest(name: str, grade_path: Grade, tmp_path: Path) -> None:
    (tmp_path / name).write_text(RAISING[name](filled_blocks()))
    assert [q.score for q in grade_path(tmp_path / name, *QUICK).questions] == [12, 12, 10]


# --- in several files -------------------------------------------------------------------------------------------------

SPREAD = {
    "hw/__init__.py": "",
    "hw/layers.py": "import torch\nfrom torch.nn import Module, Parameter\n\n\n{Linear}\n\n\n{TwoLayerNN}\n",
    "hw/main.py": "import argparse\nfrom hw.training import SGD\nfrom .layers import *\n\n"
    "if __name__ == '__main__':\n    epochs = argparse.ArgumentParser().parse_args()\n",
    "hw/training.py": "import torch\nfrom . import layers\n\n\n{SGD}\n",
    "README.py.txt": "no Python",
}


@pytest.fixture
def spread(tmp_path: Path) -> Callable[..., Path]:
    def write(wrong: str = "", right: str = "") -> Path:
        blocks = {handout.name_of(block): block for block in handout.blocks_of(REFERENCE)[1]}
        folder = tmp_path / "handed in"
        for name, text in SPREAD.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            content = re.sub(r"\{(\w+)\}", lambda found: blocks[found[1]], text)
            (folder / name).write_text(content.replace(wrong, right) if wrong else content)
        return folder

    return write


def test_folder_with_relative_and_star_imports_is_graded(grade_path: Grade, spread: Callable[..., Path]) -> None:
    scorecard = grade_path(spread(), *QUICK, entry="main.py")
    assert [q.score for q in scorecard.questions] == [12, 12, 10]
    assert scorecard.warnings == ()


def test_archive_is_graded_as_the_folder_is(grade_path: Grade, spread: Callable[..., Path], tmp_path: Path) -> None:
    folder = spread("X @ self.weight.T ", "X @ self.wieght.T ")
    with zipfile.ZipFile(tmp_path / "hw3.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    inside, packed = (
        grade_path(folder, *QUICK, entry="main.py"),
        grade_path(tmp_path / "hw3.zip", *QUICK, entry="main.py"),
    )
    assert told(inside) == told(packed)
    assert [q.score for q in packed.questions] == [5, 12, 10]
    assert "hw/layers.py, line " in packed.checks[1].message


def test_rules_hold_in_the_files_beside(grade_path: Grade, spread: Callable[..., Path]) -> None:
    folder = spread("return X @ self.weight.T", "return torch.nn.functional.linear(X, self.weight)")
    scorecard = grade_path(folder, *QUICK, entry="main.py")
    assert [q.score for q in scorecard.questions] == [0, 12, 10]
    assert scorecard.checks[0].message.startswith("hw/layers.py, line ")


HELPER = "import torch\nclass Linear(torch.nn.Linear): pass\ndef compare(mine): return mine, Linear(2, 3)\n"


def test_filled_in_form_is_graded_beside_the_untouched_ones_whatever_holds_them(
    grade_path: Grade, tmp_path: Path
) -> None:
    """The case of the hand-out: three forms, one of them filled in; and a file beside them that nobody imports."""
    folder = tmp_path / "handed in"
    folder.mkdir()
    blocks = filled_blocks()
    untouched = templates.build(TEMPLATE)
    others = {"hw3.ipynb": untouched["notebook/hw3.ipynb"], "hw3_marimo.py": untouched["marimo/hw3.py"]}
    for name, text in {"hw3.py": as_python(blocks), **others, "compare_with_torch.py": HELPER}.items():
        (folder / name).write_text(text)
    with zipfile.ZipFile(tmp_path / "hw3.zip", "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(tmp_path))
    inside, packed = grade_path(folder, *QUICK), grade_path(tmp_path / "hw3.zip", *QUICK)
    assert told(inside) == told(packed)
    assert [q.score for q in inside.questions] == [12, 12, 10]
    assert (inside.file, packed.file) == ("hw3.py", "handed in/hw3.py")
    assert inside.choice == (
        "hw3.py is graded: 9 of 9 questions are written in it; "
        "compare_with_torch.py has 1, hw3.ipynb has 2, hw3_marimo.py has 2"
    )


def test_notebook_and_its_export_are_one_homework(grade_path: Grade, tmp_path: Path) -> None:
    blocks = filled_blocks()
    (tmp_path / "hw3.ipynb").write_text(handout.notebook("# Homework 3", blocks))
    (tmp_path / "hw3.py").write_text("# coding: utf-8\n" + "\n\n# In[2]:\n\n".join([*blocks, "get_ipython()"]))
    scorecard = grade_path(tmp_path, *QUICK)
    assert [q.score for q in scorecard.questions] == [12, 12, 10]
    assert scorecard.choice.endswith("; hw3.ipynb says the same")


def test_file_that_only_compares_costs_nothing_though_it_is_imported(grade_path: Grade, tmp_path: Path) -> None:
    (tmp_path / "compare_with_torch.py").write_text(HELPER)
    text = as_python(filled_blocks())
    (tmp_path / "hw3.py").write_text(f"from compare_with_torch import compare\n{text}\ncompare(Linear(2, 3))\n")
    scorecard = grade_path(tmp_path, *QUICK)
    assert [q.score for q in scorecard.questions] == [12, 12, 10]
    (tmp_path / "hw3.py").write_text(f"{text}\nfrom compare_with_torch import Linear\n")
    assert grade_path(tmp_path, *QUICK).questions[0].score == 0


# --- the hand-out -----------------------------------------------------------------------------------------------------


def test_forms_of_the_hand_out_are_up_to_date() -> None:
    assert list(templates.stale_files()) == [], "run `nox -s templates -- --write`"


def test_folder_of_a_form_is_a_repository_of_its_own() -> None:
    for form, name in templates.FORMS.items():
        files = {path.relative_to(templates.FOLDER / form).as_posix() for path in FOLDERS[form]}
        assert files == {name, "README.md", "requirements.txt", ".github/workflows/grade.yml"}
        assert f"grade {name}\n" in (templates.FOLDER / form / "README.md").read_text(encoding="utf-8")


def test_hand_out_gets_nothing_and_the_same_advice_in_every_form(grade_path: Grade) -> None:
    found = {form: grade_path(templates.FOLDER / form) for form in templates.FORMS}
    assert {scorecard.score for scorecard in found.values()} == {0}
    assert {check.verdict for scorecard in found.values() for check in scorecard.checks} == {Verdict.BLOCKED}
    assert told(found["script"]) == told(found["notebook"]) == told(found["marimo"])
    assert found["notebook"].checks[0].message == (
        "Linear is not written yet: fill in __init__ and forward (hw3.ipynb, cell 4, line 1)"
    )


def test_notebook_of_the_hand_out_is_one() -> None:
    notebook = json.loads((templates.FOLDER / "notebook" / "hw3.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
