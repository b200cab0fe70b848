"""Copies of what was handed in."""

import errno
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import SubmissionUnreadable
from grader.gradebook import folder
from grader.gradebook.handed import HandedIn
from grader.gradebook.sources import open_files
from grader.gradebook.works import Work, keep
from tests.meta.tools.books import toy_assignment


def kept(tmp_path: Path, files: dict[str, bytes], problem: str = "", beside: tuple[str, ...] = ()) -> Work:
    source = tmp_path / "in.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for name, raw in files.items():
            archive.writestr(f"x/{name}", raw)
    folder.make(tmp_path / "out")
    handed = HandedIn(label="ada", files={name: f"x/{name}" for name in files}, problem=problem)
    assignment = replace(toy_assignment(tmp_path), files_beside=beside)
    with open_files(source) as opened:
        return keep(handed, opened, assignment, tmp_path / "out")


def test_identical_files_are_one_work_whatever_their_names(tmp_path: Path) -> None:
    first, second = kept(tmp_path, {"a.py": b"1"}), kept(tmp_path, {"Ada Lovelace.PY": b"1", "readme.txt": b"2"})
    assert first == second
    assert first.path.endswith("/toy.py")
    assert (tmp_path / "out" / first.path).read_bytes() == b"1"
    assert kept(tmp_path, {"a.ipynb": b"1"}) != first
    assert kept(tmp_path, {"a.py": b"2"}) != first


def test_several_files_are_one_folder_with_their_own_names(tmp_path: Path) -> None:
    work = kept(tmp_path, {"hw.py": b"1", "src/m.py": b"2", "data.csv": b"3", "x.bin": b"4"}, beside=("data.csv",))
    found = tmp_path / "out" / work.path
    assert sorted(p.relative_to(found).as_posix() for p in found.rglob("*.*")) == ["data.csv", "hw.py", "src/m.py"]
    assert (
        kept(tmp_path, {"hw.py": b"1", "src/n.py": b"2"}).sha != kept(tmp_path, {"hw.py": b"1", "src/m.py": b"2"}).sha
    )


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.txt": b"1"}, "no .py, .ipynb or .zip"),
        ({}, "no .py, .ipynb or .zip"),
        ({"a.zip": b"1", "a.py": b"1"}, "counts alone"),
        ({"a" * 300 + ".py": b"1", "b.py": b"2"}, "have them renamed"),
        ({f"{i}.py": b"1" for i in range(501)}, "more than 500"),
    ],
)
def test_what_cannot_be_graded_is_told_with_the_next_step(files: dict[str, bytes], told: str, tmp_path: Path) -> None:
    with pytest.raises(SubmissionUnreadable, match=told):
        kept(tmp_path, files)
    with pytest.raises(SubmissionUnreadable, match="as text"):
        kept(tmp_path, {"a.py": b"1"}, problem="as text")
    assert [*(tmp_path / "out/works").iterdir()] == [*(tmp_path / "out/tmp").iterdir()] == []


def test_full_disk_is_not_the_students_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        kept(tmp_path, {"a.py": b"1"})
    assert [*(tmp_path / "out/tmp").iterdir()] == []
