"""Folders and archives: what is wanted of them is found, and harm is refused."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from grader.worker.reading import folder
from grader.worker.reading.folder import beside, unpack
from grader.worker.reading.text import Unreadable


def packed(files: Mapping[str, bytes | str], **info: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            for key, value in info.items():
                setattr(member, key, value)
            archive.writestr(member, content)
    return buffer.getvalue()


def test_archive_gives_its_python_alone() -> None:
    files = {
        "hw/hw3.py": "x = 1",
        "hw/data.csv": "1",
        "__MACOSX/hw/._hw3.py": "\0",
        "hw/.git/x.py": "",
        "hw/a.IPYNB": "{}",
    }
    assert unpack(packed(files)) == {"hw/hw3.py": b"x = 1", "hw/a.IPYNB": b"{}"}


def test_member_without_a_name_is_none() -> None:
    assert unpack(packed({"hw3.py": "x = 1", "": "x = 2"})) == {"hw3.py": b"x = 1"}


def test_whatever_zipfile_stumbles_over_is_a_damaged_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise IndexError("string index out of range")

    monkeypatch.setattr(zipfile.ZipFile, "infolist", stumble)
    with pytest.raises(Unreadable, match="damaged"):
        unpack(packed({"hw3.py": "x = 1"}))


def encrypted(archive: bytes) -> bytes:
    """The archive with the mark that its first member is encrypted."""
    flags = archive.index(b"PK\x01\x02") + 8
    return archive[:flags] + b"\x01" + archive[flags + 1 :]


HARMFUL = {
    "a path out of it": packed({"../hw3.py": "x"}),
    "a path in the middle": packed({"a/../../hw3.py": "x"}),
    "an absolute path": packed({"/etc/hw3.py": "x"}),
    "a path of Windows": packed({"C:/hw3.py": "x"}),
    "backslashes": packed({"..\\hw3.py": "x"}),
    "a link": packed({"hw3.py": "/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16),
    "encrypted": encrypted(packed({"hw3.py": "x"})),
    "a bomb": packed({f"{i}.bin": bytes(150 << 20) for i in range(8)}),
    "a large file": packed({"hw3.py": b"#" * (49 << 20)}),
    "many files": packed({f"{i}.py": "x" for i in range(501)}),
    "no archive": b"PK\x03\x04 and nothing",
    "cut off": packed({"hw3.py": "x" * 100})[:-30],
}


@pytest.mark.parametrize("name", HARMFUL)
def test_archive_that_means_harm_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="; ") as caught:
        unpack(HARMFUL[name])
    assert "\n" not in str(caught.value)


def test_archive_that_says_less_than_it_holds_is_refused() -> None:
    honest = packed({"hw3.py": b"#" * 10_000})
    lying = honest.replace((10_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(Unreadable):  # its checksum is that of more
        unpack(lying)


def test_archive_gives_the_files_that_are_wanted_too_from_whichever_folder() -> None:
    files = {
        "hw/hw3.py": "x = 1",
        "hw/config.json": "{}",
        "hw/data/x.csv": "1",
        "x.csv": "2",
        "__MACOSX/config.json": "3",
        "hw/.git/config.json": "4",
        "hw/other.json": "5",
    }
    found = unpack(packed(files), ["config.json", "data/x.csv"])
    assert found == {"hw/hw3.py": b"x = 1", "hw/config.json": b"{}", "hw/data/x.csv": b"1"}


def test_wanted_files_of_an_archive_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_BESIDE_BYTES", 10)
    assert unpack(packed({"a.json": "12345", "b/a.json": "12345"}), ["a.json"]).keys() == {"a.json", "b/a.json"}
    with pytest.raises(Unreadable, match=r"of 'a.json', 'b/a.json'; make them smaller"):
        unpack(packed({"a.json": "12345", "b/a.json": "123456"}), ["a.json"])


def test_wanted_file_stands_beside_the_file_that_is_graded_or_at_the_top() -> None:
    others = {"hw/a.json": b"1", "a.json": b"2", "b.json": b"3", "other/c.json": b"4", "hw/data/d.csv": b"5"}
    wanted = ["a.json", "b.json", "c.json", "data/d.csv", "missing"]
    assert beside(others, "hw/hw3.py", wanted) == {"a.json": b"1", "b.json": b"3", "data/d.csv": b"5"}
    assert beside(others, "hw3.py", wanted) == {"a.json": b"2", "b.json": b"3"}
