"""The files of a class, from a folder or a zip."""

import os
import shutil
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from grader.errors import SubmissionNotFound, SubmissionUnreadable
from grader.gradebook import sources
from grader.gradebook.folder import make_private
from grader.gradebook.sources import open_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "class"
    for name in (
        "ada/hw3.py",
        "bob/.git/config",
        "bob/hw3.py",
        "__MACOSX/x",
        "cy/env/pyvenv.cfg",
        "cy/env/l.py",
        ".DS_Store",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "ada" / "link.py").symlink_to(tmp_path)
    (root / "out").symlink_to(tmp_path)
    (root / ".venv").symlink_to(tmp_path)  # nobody has handed that in
    return root


def test_folder_lists_what_was_handed_in_and_tells_of_links(folder: Path) -> None:
    with open_files(folder) as files:
        assert files.names == ("ada/hw3.py", "bob/hw3.py")
        assert files.read("ada/hw3.py", 100) == b"ada/hw3.py"
        assert [problem.split(" is ")[0] for problem in files.problems] == ["ada/link.py", "cy", "out"]


def test_zip_lists_the_same_and_tells_of_links_and_ways_out(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("ada/hw3.py", "__MACOSX/ada/._hw3.py", "../out.py", "/abs.py"):
            archive.writestr(name, name)
        link = zipfile.ZipInfo("ada/link.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with open_files(path) as files:
        assert files.names == ("ada/hw3.py",)
        assert files.read("ada/hw3.py", 100) == b"ada/hw3.py"
        assert len(files.problems) == 3


def test_file_that_is_too_large_is_unreadable_in_both(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/hw3.py", b"0" * 1000)
    for path in (folder, tmp_path / "c.zip"):
        with open_files(path) as files, pytest.raises(SubmissionUnreadable, match="is larger than"):
            files.read("ada/hw3.py", 5)


def test_broken_entry_of_a_zip_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.py", "x" * 100)
        archive.writestr("b.py", "y" * 100)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"x" * 100, b"z" * 100, 1))
    with open_files(path) as files:
        with pytest.raises(SubmissionUnreadable, match=r"a\.py can't be unpacked"):
            files.read("a.py", 1000)
        assert files.read("b.py", 1000) == b"y" * 100


def test_what_is_neither_is_refused_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    (tmp_path / "x.rar").write_bytes(b"")
    for name, told in (("x.zip", "download it again"), ("x.rar", "neither a folder nor"), ("y", "nothing is at")):
        with pytest.raises((SubmissionUnreadable, SubmissionNotFound), match=told), open_files(tmp_path / name):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes")
def test_name_that_is_no_text_is_told_and_left_out(folder: Path) -> None:
    Path(os.fsdecode(bytes(folder / "ada") + b"/\xff.py")).write_text("x = 1")
    with open_files(folder) as files:
        assert files.names == ("ada/hw3.py", "bob/hw3.py")
        assert "ada/?.py has a name that is not UTF-8 and is left out; rename it" in files.problems


def test_entry_without_a_name_is_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("ada/hw3.py", "x = 1")
        archive.writestr(zipfile.ZipInfo(""), "x = 2")
    with open_files(tmp_path / "class.zip") as files:
        assert files.names == ("ada/hw3.py",)


def test_what_gradebook_has_written_was_handed_in_by_nobody(folder: Path) -> None:
    for place, file in (
        ("grades", "gradebook.db"),
        ("grades", "works/1/hw3.py"),
        ("feedback", "ada/feedback.html"),
        ("ada/deep/shown", "index.html"),
    ):
        make_private(folder / place)
        (folder / place / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / place / file).touch()
    (folder / "bob/.gitignore").write_text("*\n")  # a student's own: their work is taken
    with open_files(folder) as files:
        assert files.names == ("ada/hw3.py", "bob/hw3.py")


@pytest.mark.parametrize("as_zip", [False, True])
def test_what_lies_too_deep_is_left_out_and_costs_nobody_else(
    as_zip: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """os.walk and makedirs call themselves for each folder: a thousand of them had ended the run."""
    monkeypatch.setattr(sources, "MAX_DEPTH", 3)
    place = tmp_path / "class"
    for name in ("ada/a/hw3.py", "eve/a/b/c/d/hw3.py", "cy/a/b/c/d/hw3.py"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    make_private(place / "cy")  # is looked through for code, no deeper either: none is found
    path = Path(shutil.make_archive(str(place), "zip", place)) if as_zip else place
    with open_files(path) as files:
        assert files.names == ("ada/a/hw3.py",)
        told = [problem for problem in files.problems if "lies in more than 3 folders" in problem]
    assert {problem.partition("/")[0] for problem in told} == ({"cy", "eve"} if as_zip else {"eve"})


def test_zip_of_a_later_version_is_told(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ada/hw3.py", "")
    raw = path.read_bytes()
    at = raw.index(b"PK\x01\x02") + 6  # the version that is needed to extract
    path.write_bytes(raw[:at] + b"\xff\x00" + raw[at + 2 :])
    with pytest.raises(SubmissionUnreadable, match=r"class\.zip is no zip that can be read"), open_files(path):
        pass


@pytest.mark.parametrize("root", ["", "hw3/"])
@pytest.mark.parametrize("as_zip", [False, True])
def test_folder_without_a_file_is_told(root: str, as_zip: bool, tmp_path: Path) -> None:
    place = tmp_path / "class"
    for name in ("ada/hw3.py", "ada/hw3.ipynb", "eve/hw3.py", "bob/.git/config", "__MACOSX/x", ".git/x"):
        (place / root / name).parent.mkdir(parents=True, exist_ok=True)
        (place / root / name).touch()
    for name in ("ada/data", "cy", "di/src"):
        (place / root / name).mkdir(parents=True)
    path = Path(shutil.make_archive(str(place), "zip", place)) if as_zip else place
    with open_files(path) as files:
        assert [problem.split(" is ")[0] for problem in files.problems] == [
            f"{root}{name}" for name in ("bob", "cy", "di")
        ]


@pytest.mark.parametrize("as_zip", [False, True])
def test_whose_files_are_too_many_is_told(as_zip: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_NAMES", 3)
    place = tmp_path / "class"
    for name in ("ada/1.py", "eve/1.py", "eve/2.py", "eve/3.py"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    path = Path(shutil.make_archive(str(place), "zip", place)) if as_zip else place
    with pytest.raises(SubmissionUnreadable, match="more than 3 files, most of them in eve;"), open_files(path):
        pass
