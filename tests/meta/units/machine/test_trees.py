"""Folders that somebody else has filled: however deep and whatever their rights, they are seen and removed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.machine import trees

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no descriptors of folders there")


def nested(folder: Path, depth: int, mode: int = 0o700) -> None:
    """By descriptors: the path of the last one is longer than any that the system takes."""
    parent = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d" * 100, dir_fd=parent)
        inner = os.open("d" * 100, os.O_RDONLY, dir_fd=parent)
        os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=inner))
        os.fchmod(parent, mode)
        os.close(parent)
        parent = inner
    os.close(parent)


def without_rights(folder: Path) -> None:
    for mode in (0o000, 0o100, 0o300, 0o500):
        inner = folder / f"{mode:o}" / "inner"
        inner.mkdir(parents=True)
        (inner / "file").touch()
        inner.chmod(mode)
        inner.parent.chmod(mode)


def links(folder: Path) -> None:
    (folder / "out").symlink_to("../kept")
    (folder / "round").symlink_to(".")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"caf\xe9\n")).mkdir()


def many(folder: Path) -> None:
    for number in range(3000):
        (folder / str(number)).touch()


TREES: dict[str, Callable[[Path], None]] = {
    "nothing": lambda folder: None,
    "beyond-the-longest-path": lambda folder: nested(folder, 980),
    "beyond-the-longest-path-without-rights": lambda folder: nested(folder, 980, 0o300),
    "without-rights": without_rights,
    "links": links,
    "many": many,
}


@pytest.mark.parametrize("name", TREES)
def test_all_of_it_is_removed_and_nothing_else(name: str, tmp_path: Path) -> None:
    folder, kept = tmp_path / "folder", tmp_path / "kept"
    folder.mkdir()
    kept.mkdir()
    (kept / "file").touch()
    TREES[name](folder)
    before = set(os.listdir("/proc/self/fd")) if sys.platform == "linux" else set()
    assert trees.remove(folder) == ""
    assert list(tmp_path.rglob("*")) == [kept, kept / "file"]
    assert sys.platform != "linux" or set(os.listdir("/proc/self/fd")) <= before


def test_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to("kept")
    assert trees.remove(tmp_path / "link") == ""
    assert list(tmp_path.iterdir()) == [tmp_path / "kept"]


def test_what_is_not_there_is_removed(tmp_path: Path) -> None:
    assert trees.remove(tmp_path / "nothing") == ""


def test_what_can_not_be_removed_is_told_and_the_rest_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlink(name: str, *, dir_fd: int) -> None:
        if name == "stuck":
            raise PermissionError(1, "Operation not permitted")
        unlinked(name, dir_fd=dir_fd)

    unlinked = os.unlink
    for name in ("a/b/stuck", "a/gone", "gone"):
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).touch()
    monkeypatch.setattr(os, "unlink", unlink)
    told = trees.remove(tmp_path / "folder")
    assert "can't be removed: Operation not permitted" in told
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["stuck"]


def test_entries_are_seen_whatever_the_rights(tmp_path: Path) -> None:
    without_rights(tmp_path)
    links(tmp_path)
    assert len([*trees.entries(tmp_path)]) == 4 * 3 + 4


def test_folders_deeper_than_are_looked_into_are_told(tmp_path: Path) -> None:
    nested(tmp_path, trees.MOST_DEPTH - 1)
    assert len([*trees.entries(tmp_path)]) == 2 * (trees.MOST_DEPTH - 1)
    nested(tmp_path / ("d" * 100), 0)
    nested_in = tmp_path / "e"
    nested_in.mkdir()
    nested(nested_in, trees.MOST_DEPTH)
    with pytest.raises(trees.TooDeep):
        list(trees.entries(tmp_path))


def test_what_somebody_else_removes_meanwhile_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unlinked = os.unlink

    def gone_before(name: str, dir_fd: int | None = None) -> None:
        unlinked(name, dir_fd=dir_fd)
        raise FileNotFoundError(name)

    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    monkeypatch.setattr(os, "unlink", gone_before)
    assert trees.remove(tmp_path / "folder") == ""
    assert not (tmp_path / "folder").exists()
