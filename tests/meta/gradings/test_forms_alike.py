"""One solution in all its forms: what is said of it depends on no form, no name and nothing that stands around it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.gradebook.handout import blocks_of, cells_of, marimo, notebook
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.report.formats.json import as_dict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta import mutants

QUESTIONS = ("CrossEntropyLoss", "DataLoader")


def as_file(source: str, folder: Path) -> Path:
    path = folder / "hw3.py"
    path.write_text(source, encoding="utf-8")
    return path


def with_comments(source: str, folder: Path) -> Path:
    path = folder / "mine_2.py"
    path.write_text(
        f"# the third try\n{source.replace('class SGD', '# descent' + chr(10) + chr(10) + 'class SGD')}# 8\n"
    )
    return path


def as_notebook(source: str, folder: Path) -> Path:
    text, blocks = blocks_of(source)
    path = folder / "hw3.ipynb"
    path.write_text(notebook(text, [*cells_of(blocks), "1 + 1  # a cell of mine"]), encoding="utf-8")
    return path


def as_marimo(source: str, folder: Path) -> Path:
    path = folder / "hw3_marimo.py"
    path.write_text(marimo(*blocks_of(source), QUESTIONS), encoding="utf-8")
    return path


def as_folder(source: str, folder: Path) -> Path:
    (folder / "handed_in").mkdir()
    as_file(source, folder / "handed_in")
    (folder / "handed_in" / "notes.txt").write_text("done")
    return folder / "handed_in"


def as_archive(source: str, folder: Path) -> Path:
    path = folder / "handed_in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("deep/inside/hw3.py", source)
    return path


FORMS = (with_comments, as_notebook, as_marimo, as_folder, as_archive)


@pytest.fixture(scope="module")
def wrong_source(reference_source: str) -> str:
    """A solution with two mistakes that examples decide on."""
    chosen = {"loss-no-shift", "loader-divisible-only"}
    edits = [edit for mutant in mutants.all_mutants() if mutant.name in chosen for edit in mutant.edits]
    return mutants.edited(reference_source, edits, name="two mistakes")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_scorecard_is_the_same_in_each_form(
    form: Callable[[str, Path], Path], wrong_source: str, assignment: Assignment, workers: Workers, tmp_path: Path
) -> None:
    def said_of(path: Path) -> object:
        settings = Settings(effort=Effort.QUICK, only=QUESTIONS)
        told = as_dict(grade(read_submission(path), assignment, settings, workers=workers))
        checks = [check for question in told["questions"] for check in question["checks"]]
        first_lines = [check["message"].split("\n")[0] for check in checks]  # below them stands the place
        said = ("name", "verdict", "score", "diagnosis", "snippet")
        return [
            {"message": line} | {key: check[key] for key in said}
            for line, check in zip(first_lines, checks, strict=True)
        ]

    (tmp_path / "first").mkdir()
    usual = said_of(as_file(wrong_source, tmp_path / "first"))
    assert any(check["score"] == 0 for check in usual)  # type: ignore[attr-defined]
    assert said_of(form(wrong_source, tmp_path)) == usual
