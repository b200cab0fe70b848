"""Opening a submission: one line for every way in which that can fail, and its text as Python would read it."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from grader.boundary.forms import MAX_BESIDE_BYTES, MAX_FILES, MAX_NOTEBOOK_BYTES, MAX_SOURCE_BYTES, Form
from grader.errors import SubmissionNotFound, SubmissionUnreadable
from grader.submission import read_submission, with_files


def written(folder: Path, data: bytes, name: str = "hw3.py") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def refusal(path: Path, kind: type[Exception] = SubmissionUnreadable) -> str:
    """The message, which is one line that names the path and, after the value, the next step."""
    with pytest.raises(kind) as caught:
        read_submission(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert "; " in message
    return message


def test_missing_file_is_not_found(tmp_path: Path) -> None:
    assert "no file at" in refusal(tmp_path / "hw3.py", SubmissionNotFound)


def test_folder_is_read_with_its_python_alone(tmp_path: Path) -> None:
    for name in ("hw3.py", "sub/part.py", "sub/hw.ipynb", "notes.txt", ".git/x.py", "venv/lib.py", "__MACOSX/hw3.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1")
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    (tmp_path / "empty.py").touch()
    submission = read_submission(tmp_path)
    assert submission.form is Form.FOLDER
    assert [name for name, _ in submission.files] == ["hw3.py", "sub/hw.ipynb", "sub/part.py"]


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "hw", tmp_path / "other"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.py").write_text("x = 1")
    (inside / "hw3.py").symlink_to(outside / "secret.py")
    (inside / "sub").symlink_to(outside)
    assert "holds no .py or .ipynb file" in refusal(inside)
    (inside / "own.py").write_text("x = 2")
    for follow_links in (False, True):  # of the path alone
        assert [name for name, _ in read_submission(inside, follow_links=follow_links).files] == ["own.py"]


def test_folder_with_more_files_than_a_homework_is_refused(tmp_path: Path) -> None:
    for i in range(MAX_FILES + 1):
        (tmp_path / f"{i}.py").write_text("x = 1")
    assert "more than 500 Python files" in refusal(tmp_path)


def test_digest_of_a_folder_is_that_of_its_names_and_contents(tmp_path: Path) -> None:
    def digest(name: str, content: str) -> str:
        folder = tmp_path / name.replace("/", "-") / content
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(content)
        return read_submission(folder).sha256

    digests = {digest("a.py", "x"), digest("b.py", "x"), digest("a.py", "y")}
    assert len(digests) == 3


def test_file_alone_is_that_file_whatever_the_entry(tmp_path: Path) -> None:
    assert read_submission(written(tmp_path, b"x = 1"), "hw3.py").entry == ""
    assert read_submission(tmp_path, "hw3.py").entry == "hw3.py"


def test_module_is_found_without_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "homework_of_mine"
    package.mkdir()
    for name in ("__init__.py", "solution.py", "parts.py"):
        (package / name).write_text("raise SystemExit('imported')")
    (tmp_path / "alone_of_mine.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    alone = read_submission(Path("alone_of_mine"))
    assert (alone.form, alone.name) == (Form.FILE, "alone_of_mine.py")
    inside = read_submission(Path("homework_of_mine.solution"))
    assert (inside.form, inside.name, inside.entry) == (Form.FOLDER, "solution.py", "homework_of_mine/solution.py")
    assert [name for name, _ in inside.files] == [
        f"homework_of_mine/{name}.py" for name in ("__init__", "parts", "solution")
    ]
    assert read_submission(Path("homework_of_mine")).entry == "homework_of_mine/__init__.py"
    assert "homework_of_mine" not in sys.modules
    refusal(Path("homework_of_mine.nothing"), SubmissionNotFound)


def test_path_below_a_file_is_refused(tmp_path: Path) -> None:
    refusal(written(tmp_path, b"x = 1") / "hw3.py")


def test_path_that_no_system_allows_is_refused() -> None:
    with pytest.raises((SubmissionUnreadable, SubmissionNotFound)):
        read_submission(Path("a\0b.py"))
    refusal(Path("x" * 5000 + ".py"))


def test_link_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "of-the-instructor"
    folder.mkdir()
    written(folder, b"x = 1")
    (tmp_path / "hw3.py").symlink_to(folder / "hw3.py")
    assert "is a link" in refusal(tmp_path / "hw3.py")
    (tmp_path / "homework").symlink_to(folder)
    assert "is a link" in refusal(tmp_path / "homework")


def test_own_links_are_followed_where_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    written(folder, b"x = 1", "solution.py")
    link, to_folder, gone = tmp_path / "hw3.py", tmp_path / "homework", tmp_path / "gone.py"
    link.symlink_to(folder / "solution.py")
    to_folder.symlink_to(folder)
    gone.symlink_to(folder / "nothing.py")
    assert read_submission(link, follow_links=True).source == "x = 1"
    assert [name for name, _ in read_submission(to_folder, follow_links=True).files] == ["solution.py"]
    with pytest.raises(SubmissionNotFound, match="leads nowhere"):
        read_submission(gone, follow_links=True)
    monkeypatch.setattr(os, "getuid", lambda: os.stat(link).st_uid + 1)  # noqa: PTH116
    for path in (link, to_folder):
        with pytest.raises(SubmissionUnreadable, match="is a link"):
            read_submission(path, follow_links=True)


def test_name_without_its_suffix_is_found(tmp_path: Path) -> None:
    written(tmp_path, b"x = 1", "hw3-mine.py")
    written(tmp_path, b"{}", "other.ipynb")
    assert read_submission(tmp_path / "hw3-mine").name == "hw3-mine.py"
    assert read_submission(tmp_path / "other").name == "other.ipynb"
    written(tmp_path, b"x = 1", "other.py")
    told = refusal(tmp_path / "other", SubmissionNotFound)
    assert told.endswith(f"pass one of {tmp_path / 'other.py'}, {tmp_path / 'other.ipynb'}")
    (tmp_path / "other").mkdir()
    written(tmp_path / "other", b"x = 2", "inner.py")
    assert [name for name, _ in read_submission(tmp_path / "other").files] == ["inner.py"]


def test_link_to_nothing_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "hw3.py").symlink_to(tmp_path / "gone.py")
    refusal(tmp_path / "hw3.py", SubmissionNotFound)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hw3.py")
    assert "not a regular file" in refusal(tmp_path / "hw3.py")


@pytest.mark.skipif(sys.platform == "win32", reason="no such devices here")
def test_device_is_refused_at_once() -> None:
    assert "not a regular file" in refusal(Path("/dev/zero"))


def test_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:  # root may read everything: the refusal is the system's, here told by hand
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, b"x = 1")
    monkeypatch.setattr(os, "open", refuse)
    assert "can't be opened (Permission denied)" in refusal(path)


def test_file_at_the_size_limit_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"#" * MAX_SOURCE_BYTES)
    assert len(read_submission(path).source) == MAX_SOURCE_BYTES
    assert "larger than 4 MiB" in refusal(written(tmp_path, b"#" * (MAX_SOURCE_BYTES + 1)))


@pytest.mark.parametrize(("name", "most"), [("hw3.ipynb", MAX_NOTEBOOK_BYTES), ("hw3.zip", MAX_NOTEBOOK_BYTES)])
def test_notebook_with_pictures_may_be_larger(name: str, most: int, tmp_path: Path) -> None:
    assert len(read_submission(written(tmp_path, b"{" * most, name)).files[0][1]) == most
    assert "larger than 48 MiB" in refusal(written(tmp_path, b"{" * (most + 1), name))


@pytest.mark.parametrize("name", ["hw3.txt", "hw3", "hw3.pyc", ".py"])
def test_file_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    assert "of no known kind" in refusal(written(tmp_path, b"x = 1", name))


def test_source_is_decoded_and_what_is_no_text_is_refused_by_its_path(tmp_path: Path) -> None:
    assert read_submission(written(tmp_path, b"# coding: latin-1\r\nx = '\xe9'")).source == "# coding: latin-1\nx = 'é'"
    assert "null bytes" in refusal(written(tmp_path, b"x = 1\0"))


def test_source_that_is_no_python_is_not_judged_here(tmp_path: Path) -> None:
    assert read_submission(written(tmp_path, b"def (:")).source == "def (:"


def test_digest_is_of_the_bytes_as_handed_in(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfx = 1\r\n"
    submission = read_submission(written(tmp_path, data, "My HW.PY"))
    assert submission.sha256 == hashlib.sha256(data).hexdigest()
    assert submission.name == "My HW.PY"


def test_wanted_files_of_a_folder_are_read_and_count_in_its_digest(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "hw3.py").write_text("x = 1")
    plain = read_submission(tmp_path)
    assert with_files(plain, ["config.json"]) == plain
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "data" / "x.csv").write_bytes(b"")
    (tmp_path / "other.json").write_text("{}")
    found = with_files(plain, ["config.json", "data/x.csv"])
    assert found.files == (("hw3.py", b"x = 1"), ("config.json", b"{}"), ("data/x.csv", b""))
    assert found.sha256 != plain.sha256
    (tmp_path / "config.json").write_text("[]")
    assert with_files(plain, ["config.json", "data/x.csv"]).sha256 != found.sha256
    assert with_files(plain, []) == plain


def test_file_that_is_handed_in_alone_brings_no_others(tmp_path: Path) -> None:
    (tmp_path / "hw3.py").write_text("x = 1")
    (tmp_path / "config.json").write_text("{}")
    alone = read_submission(tmp_path / "hw3.py")
    assert with_files(alone, ["config.json"]) == alone


def test_wanted_file_that_is_a_link_a_pipe_or_hidden_is_not_read(tmp_path: Path) -> None:
    folder, secret = tmp_path / "hw", tmp_path / "secret.json"
    secret.write_text("the work of another student")
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config.json").write_text("{}")
    (folder / "hw3.py").write_text("x = 1")
    (folder / "config.json").symlink_to(secret)
    (folder / "more").symlink_to(tmp_path, target_is_directory=True)
    (folder / "directory.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    os.link(secret, tmp_path / "linked.json")
    wanted = ["config.json", "secret.json", "pipe.json", "directory.json", "more/secret.json"]
    assert with_files(read_submission(folder), wanted).files == (("hw3.py", b"x = 1"),)


def test_wanted_files_are_small(tmp_path: Path) -> None:
    (tmp_path / "hw3.py").write_text("x = 1")
    for name in ("a.pt", "b.pt"):
        (tmp_path / name).write_bytes(bytes(MAX_BESIDE_BYTES // 2))
    submission = read_submission(tmp_path)
    assert len(with_files(submission, ["a.pt", "b.pt"]).files) == 3
    (tmp_path / "b.pt").write_bytes(bytes(MAX_BESIDE_BYTES // 2 + 1))
    with pytest.raises(SubmissionUnreadable, match=r"holds more than 8 MiB of a.pt, b.pt; make them smaller"):
        with_files(submission, ["a.pt", "b.pt"])
