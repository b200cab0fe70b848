"""What a score was made with: the suite by its bytes, the libraries by their versions."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.provenance import LIBRARIES, files_of, made_with, now, suite_files, suite_hash, suite_version
from tests.meta.tools.toy import TOY_SUITE, TOY_TABLE


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    (folder / "models").mkdir(parents=True)
    (folder / "assignment.toml").write_text(TOY_TABLE)
    (folder / "test_toy.py").write_text(TOY_SUITE)
    (folder / "models" / "mistakes.py").write_text("x = 1\n")
    return folder


def test_suite_python_and_libraries_are_named(toy: Path) -> None:
    found = made_with(load_assignment(toy, "hw9"))
    assert found["suite"] == f"hw9 {suite_hash(toy)[:12]}"
    assert found["python"] == platform.python_version()
    assert {name: found[name] for name in LIBRARIES} == {name: importlib.metadata.version(name) for name in LIBRARIES}


def test_library_that_is_not_installed_is_said_to_be_missing(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.provenance.LIBRARIES", ("no_such_library_here",))
    assert made_with(load_assignment(toy))["no_such_library_here"] == "not installed"


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file's text": lambda folder: (folder / "test_toy.py").write_text(TOY_SUITE + "\n"),
    "a file's name": lambda folder: (folder / "test_toy.py").rename(folder / "test_other.py"),
    "a file in a folder": lambda folder: (folder / "models" / "mistakes.py").write_text("x = 2\n"),
    "points": lambda folder: (folder / "assignment.toml").write_text(TOY_TABLE.replace("= 4", "= 5")),
    "a new file": lambda folder: (folder / "more.json").write_text("{}"),
}
NOTHING: dict[str, Callable[[Path], object]] = {
    "line ends": lambda folder: (folder / "test_toy.py").write_bytes(TOY_SUITE.replace("\n", "\r\n").encode()),
    "what Python keeps": lambda folder: _written(folder / "__pycache__" / "test_toy.pyc"),
    "a hidden file": lambda folder: (folder / ".DS_Store").write_text("x"),
    "a time": lambda folder: (folder / "test_toy.py").touch(),
}


def _written(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("x")


@pytest.mark.parametrize("change", CHANGES)
def test_hash_is_another_one_for_whatever_a_suite_holds(change: str, toy: Path) -> None:
    before = suite_hash(toy)
    CHANGES[change](toy)
    assert suite_hash(toy) != before


@pytest.mark.parametrize("change", NOTHING)
def test_hash_is_the_same_where_the_suite_is(change: str, toy: Path) -> None:
    before = suite_hash(toy)
    NOTHING[change](toy)
    assert suite_hash(toy) == before


QUOTING = ("mutants/toy.toml", "variants/by-hand.py", "equivalents.toml", "reference.py")


@pytest.mark.parametrize("name", QUOTING)
def test_what_quotes_the_solution_is_no_part_of_the_version_of_a_suite(name: str, toy: Path) -> None:
    (toy / "reference.py").write_text("x = 1\n")
    before = suite_version(load_assignment(toy))
    (toy / name).parent.mkdir(exist_ok=True)
    (toy / name).write_text("x = 2\n")
    assert suite_version(load_assignment(toy)) == before
    assert name not in [file for file, _ in suite_files(load_assignment(toy))]
    (toy / "test_toy.py").write_text("")
    assert suite_version(load_assignment(toy)) != before


def test_files_of_a_folder_are_named_from_it_in_order(toy: Path) -> None:
    assert [name for name, _ in files_of(toy)] == ["assignment.toml", "models/mistakes.py", "test_toy.py"]


def test_date_is_of_utc_in_seconds() -> None:
    told = datetime.datetime.strptime(now(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    assert abs(datetime.datetime.now(datetime.UTC) - told) < datetime.timedelta(minutes=10)
