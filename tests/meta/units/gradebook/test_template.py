"""`gradebook template`: a hand-out in which no address is left to be filled in."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.gradebook import cli, new, template
from grader.version import __version__

FILES = {"README.md", "requirements.txt", ".github/workflows/grade.yml"}


@pytest.mark.parametrize(
    "repository", ["uni/ml.grader", "https://github.com/uni/ml.grader", "git@github.com:uni/ml.grader.git"]
)
def test_address_is_filled_in_everywhere(repository: str, assignment: Assignment, tmp_path: Path) -> None:
    written = template.write(assignment, tmp_path / "out", repository)
    names = {path.relative_to(tmp_path / "out").as_posix() for path in written}
    solutions = {"script/hw3.py", "notebook/hw3.ipynb", "marimo/hw3.py"}
    assert names == solutions | {f"{form}/{name}" for form in ("script", "notebook", "marimo") for name in FILES}
    texts = {path: path.read_text(encoding="utf-8") for path in written}
    assert [path for path, text in texts.items() if "OWNER" in text] == []
    assert (
        f"https://github.com/uni/ml.grader/archive/refs/tags/v{__version__}.zip"
        in texts[tmp_path / "out/script/requirements.txt"]
    )
    assert f"uses: uni/ml.grader@v{__version__}" in texts[tmp_path / "out/script/.github/workflows/grade.yml"]
    assert "uni/ml.grader" in texts[tmp_path / "out/notebook/hw3.ipynb"]


def test_version_is_the_installed_one() -> None:
    line = f"uses: {template.PLACEHOLDER}@v9.8.7\n"
    assert template.filled_in(line, "a/b") == f"uses: a/b@v{__version__}\n"
    assert template.filled_in("uses: actions/checkout@v4.1.2\n", "a/b") == "uses: actions/checkout@v4.1.2\n"


def test_one_form_fills_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["gradebook", "template", str(folder), "--repository", "a/b", "--form", "marimo"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert {*capsys.readouterr().out.split()} == {str(folder / name) for name in {*FILES, "hw3.py"}}


@pytest.mark.parametrize("repository", ["https://gitlab.com/a/b", "a", "a/b/c", "", "a b/c"])
def test_other_addresses_are_refused(repository: str, assignment: Assignment, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="is no repository on GitHub"):
        template.write(assignment, tmp_path / "out", repository)
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over(assignment: Assignment, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SettingsInvalid, match="not empty"):
        template.write(assignment, tmp_path, "a/b")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_there_is_is_named(assignment: Assignment, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="it has marimo, notebook, script"):
        template.write(assignment, tmp_path / "out", "a/b", "colab")
    with pytest.raises(AssignmentInvalid, match="so that no hand-out can be made of it"):
        template.write(replace(assignment, template=None), tmp_path / "out", "a/b")


def test_hand_out_of_ones_own_homework_is_made_of_its_reference(tmp_path: Path) -> None:
    new.write("hw9", tmp_path / "hw9")
    written = template.write(load_assignment(tmp_path / "hw9"), tmp_path / "out", "uni/grader")
    names = {path.relative_to(tmp_path / "out").as_posix() for path in written}
    files = {"script/hw9.py", "notebook/hw9.ipynb", "marimo/hw9.py"}
    assert names == files | {f"{form}/{name}" for form in ("script", "notebook", "marimo") for name in FILES}
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert "@" not in text.replace("uses: actions/checkout@v4", "").replace("uni/grader@v", "").replace("@app.", "")
        assert "OWNER" not in text
