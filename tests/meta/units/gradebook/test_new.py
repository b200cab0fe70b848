"""`gradebook new`: a homework that works at once, and takes no folder that has something in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignment import load_assignment
from grader.doctor.corpus import right_ones, wrong_ones
from grader.doctor.equivalents import read_equivalents, stale
from grader.errors import SettingsInvalid
from grader.gradebook import cli, new
from tests.meta.tools.owning import made_of


def test_homework_has_all_that_an_author_begins_with(tmp_path: Path) -> None:
    called = CliRunner().invoke(cli.app, ["new", "Homework 9", str(tmp_path / "hw9")])
    assert called.exit_code == 0
    assert f"grade {tmp_path / 'hw9' / 'reference.py'} --assignment {tmp_path / 'hw9'}" in called.output
    made = load_assignment(tmp_path / "hw9")
    assert (made.title, made.names) == ("Homework 9", ("leaky_relu",))
    assert made.reference is not None
    reference = made.reference.read_text(encoding="utf-8")
    assert "### BEGIN YOUR CODE\n" in reference
    assert len(wrong_ones(made.folder, made, reference)) == len(right_ones(made.folder, reference)) == 2
    listed = read_equivalents(made.folder / "equivalents.toml")
    assert listed
    assert stale(listed, made_of(reference, made.names)) == []
    assert not [path for path in made.folder.rglob("*") if path.is_file() and "@NAME@" in path.read_text()]


def test_without_a_folder_it_is_named_after_the_homework(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli.app, ["new", "hw9"]).exit_code == 0
    assert (tmp_path / "hw9" / "assignment.toml").is_file()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SettingsInvalid, match="not empty"):
        new.write("hw9", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["", " ", 'a"b', "a\nb", "a\\b"])
def test_name_that_no_file_could_hold_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="is no name"):
        new.write(name, tmp_path / "out")
    assert not (tmp_path / "out").exists()
