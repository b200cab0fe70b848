"""As the course runs it: the hand-out filled in, in every form, grades as it is; and the hand-out itself."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from grader.assignment import Assignment
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
    _, blocks = templates.blocks_of(TEMPLATE)
    _, solved = templates.blocks_of(REFERENCE)
    by_name = {templates.name_of(block): block for block in solved}
    found = [IMPORTS]
    for block in blocks[1:]:
        name = templates.name_of(block)
        body = by_name[name] if name in PARTS else block
        found.append(f"@mugrade.{'submit' if name == 'SGD' else 'local'}_tests\n{body}" if name else body)
    text = "\n\n\n".join(found)
    assert text.count("range(20)") == 2
    return text.replace("range(20)", "range(3)", 1).replace("range(20)", "range(8)", 1).split("\n\n\n")


def as_python(blocks: Sequence[str]) -> str:
    return "\n\n\n".join(blocks) + "\n"


def as_notebook(blocks: Sequence[str]) -> str:
    first, *rest = templates.cells_of(blocks)
    return templates.notebook("# Homework 3", [SHELL + first, *rest, "test_Linear(Linear)\nsubmit_Linear(Linear)"])


def as_marimo(blocks: Sequence[str]) -> str:
    return templates.marimo("# Homework 3", blocks)


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
    blocks = [block.replace("def step(self):", "def step(self:") for block in filled_blocks()]
    (tmp_path / "hw3.ipynb").write_text(as_notebook(blocks))
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
        blocks = {templates.name_of(block): block for block in templates.blocks_of(REFERENCE)[1]}
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


# --- the hand-out -----------------------------------------------------------------------------------------------------


def test_forms_of_the_hand_out_are_up_to_date() -> None:
    for name, content in templates.build(TEMPLATE).items():
        there = (templates.FOLDER / name).read_text(encoding="utf-8")
        assert there == content, f"run `nox -s templates -- --write`: {name} is not that of hw3.py"


def test_hand_out_gets_nothing_and_the_same_advice_in_every_form(grade_path: Grade) -> None:
    found = {name: grade_path(templates.FOLDER / name) for name in FORMS}
    assert {scorecard.score for scorecard in found.values()} == {0}
    assert {check.verdict for scorecard in found.values() for check in scorecard.checks} == {Verdict.BLOCKED}
    assert told(found["hw3.py"]) == told(found["hw3.ipynb"]) == told(found["hw3_marimo.py"])
    assert found["hw3.ipynb"].checks[0].message == (
        "Linear is not written yet: fill in __init__ and forward (hw3.ipynb, cell 2, line 1)"
    )


def test_notebook_of_the_hand_out_is_one() -> None:
    notebook = json.loads((templates.FOLDER / "hw3.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
