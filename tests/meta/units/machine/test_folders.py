"""Temporary folders: what a killed process has left is removed by the next, what a running one holds is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.machine import folders

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no locks there, nothing is swept")
OTHER = "import sys\nfrom grader.machine.folders import temporary_folder\nwith temporary_folder() as folder:\n"
OTHER += "    print(folder, flush=True)\n    sys.stdin.read()\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def another() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_folder_is_there_and_then_gone(root: Path) -> None:
    with folders.temporary_folder() as folder:
        assert folder.parent == root
        (folder / "a" / "b").mkdir(parents=True)
    assert list(root.iterdir()) == []


def test_folder_of_a_killed_process_is_removed_by_the_next(root: Path) -> None:
    process, left = another()
    with process:
        (left / "a").mkdir()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert left.is_dir()
    with folders.temporary_folder() as folder:
        assert [*root.iterdir()] == [folder]


def test_folder_of_a_running_process_is_left_alone(root: Path) -> None:
    process, theirs = another()
    with process:
        with folders.temporary_folder() as folder:
            assert {*root.iterdir()} == {theirs, folder}
        process.communicate()
    assert list(root.iterdir()) == []


def test_what_is_none_of_ours_is_left_alone(root: Path) -> None:
    target = root / "kept"
    (target / "sub").mkdir(parents=True)
    (target / folders._LOCK).touch()
    (root / "grader-link").symlink_to(target)
    (root / "grader-without-a-lock").mkdir()  # one that is just being made
    (root / "grader-file").touch()
    (root / "grader-lock-that-is-a-link").mkdir()
    (root / "grader-lock-that-is-a-link" / folders._LOCK).symlink_to(target / folders._LOCK)
    os.mkfifo(root / "grader-without-a-lock" / "pipe")
    before = {*root.rglob("*")}
    folders.sweep(root)
    assert {*root.rglob("*")} == before


def test_a_fork_holds_the_folder_too(root: Path) -> None:
    """A grading in a child of a process that has ended goes on."""
    with folders.temporary_folder() as folder:
        folders.sweep(root)
        assert folder.is_dir()


def test_links_in_what_is_removed_are_not_followed(root: Path) -> None:
    kept = root / "kept"
    kept.mkdir()
    folder = root / "grader-left"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    (folder / folders._LOCK).touch()
    folders.sweep(root)
    assert (kept.is_dir(), folder.exists()) == (True, False)
