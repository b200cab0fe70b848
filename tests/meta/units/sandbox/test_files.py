"""The files that a worker may see: libraries without the grader and without suites, data, facts of the machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from grader.sandbox import files
from grader.sandbox.landlock import READ, Access

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Installed libraries: a plain one, the grader, and one that brings a suite; a folder of sources besides."""
    root = tmp_path.resolve() / "site-packages"
    for name in (
        "plain/inner/a.py",
        "grader/cli.py",
        "course/__init__.py",
        "course/hw4/test_a.py",
        "course/sub/b.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "course" / "link").symlink_to(root / "course" / "hw4")
    (tmp_path / "src").mkdir()
    monkeypatch.setattr(sys, "path", [str(root), str(tmp_path / "src")])
    return root


def below(root: Path, *suites: Path) -> dict[str, Access]:
    """The rules for the libraries, by their path below them."""
    found = {path: access for path, access in files.rules([], suites) if path.is_relative_to(root)}
    return {path.relative_to(root).as_posix(): access for path, access in found.items()}


def test_library_is_read_whole_and_the_grader_beside_it_not_at_all(libraries: Path) -> None:
    assert below(libraries) == {".": Access.READ_DIR, "plain": READ, "course": READ}


def test_suite_in_a_library_is_left_out_and_what_stands_beside_it_is_read(libraries: Path) -> None:
    assert below(libraries, libraries / "course" / "hw4") == {
        ".": Access.READ_DIR,
        "plain": READ,
        "course": Access.READ_DIR,
        "course/__init__.py": Access.READ_FILE,
        "course/sub": READ,
    }


def test_suite_that_is_given_by_a_link_is_left_out(libraries: Path, tmp_path: Path) -> None:
    (tmp_path / "suite").symlink_to(libraries / "course" / "hw4")
    assert below(libraries, tmp_path / "suite") == below(libraries, libraries / "course" / "hw4")


def test_folder_that_a_mount_shows_under_a_second_name_is_left_out_there_too(
    libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lib64 of a venv, bound as a folder of its own: stood for by what files are told to be."""
    twin = tmp_path.resolve() / "lib64" / "site-packages"
    shutil.copytree(libraries, twin, symlinks=True)
    monkeypatch.setattr(sys, "path", [str(twin)])  # the package is known by its first name only
    monkeypatch.setattr(files, "PACKAGE", libraries / "grader")
    before = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        named = libraries / path.relative_to(twin) if path.is_relative_to(twin) else path
        return before(named, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    found = below(twin, libraries / "course" / "hw4")
    assert found == {
        ".": Access.READ_DIR,
        "plain": READ,
        "course": Access.READ_DIR,
        "course/__init__.py": Access.READ_FILE,
        "course/sub": READ,
    }


def test_folder_of_sources_on_the_path_is_no_library(libraries: Path) -> None:
    assert not [path for path, _ in files.rules([], []) if path.name == libraries.parent.name or path.name == "src"]


def test_data_are_read_and_of_the_machine_only_devices_are_written(tmp_path: Path) -> None:
    rules = list(files.rules([tmp_path], []))
    assert dict(rules)[tmp_path] == READ
    writing = {str(path) for path, access in rules if access & ~READ}
    assert writing == {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}
    assert not any(Path(place).is_relative_to(path) for place in ("/etc/passwd", "/home", "/tmp") for path, _ in rules)


def test_what_is_to_be_seen_is_named_as_python_has_it_and_as_it_is_found(libraries: Path, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(libraries / "plain")
    seen = files.readable([tmp_path / "data"])
    assert {tmp_path / "data", libraries / "plain", libraries} <= seen
    assert tmp_path / "src" not in seen
