"""Files of an assignment's folder: one copy, which a worker sees in its own folder and can't write."""

import contextlib
from pathlib import Path

import pytest

from grader.boundary.limits import Limit
from grader.boundary.messages import Load
from grader.data import files
from grader.data.files import FILES, DataFile
from grader.errors import SettingsInvalid
from grader.judge.session import ToldSession
from grader.processes.workers import Workers, open_workers
from grader.sandbox.tiers import Tier
from grader.suite.ask import fetch
from grader.suite.handles import RemoteSubmission

READER = """
from pathlib import Path
text = open("words.txt").read()
table = Path("tables/x.csv").read_text()
def attempt(path, mode):
    try:
        open(path, mode).write("mine")
    except OSError as error:
        return type(error).__name__
    return "written"
def place():
    return str(Path("words.txt").resolve())
def listed(path):
    try:
        return sorted(p.name for p in Path(path).iterdir())
    except OSError as error:
        return type(error).__name__
"""


def data_of(folder: Path) -> list[DataFile]:
    """Two files of a homework's folder, one of them in a folder of its own."""
    (folder / "tables").mkdir(parents=True)
    (folder / "words.txt").write_text("to be")
    (folder / "tables" / "x.csv").write_text("1,2")
    return [DataFile(name=name, path=folder / name) for name in ("words.txt", "tables/x.csv")]


def executed(workers: Workers) -> RemoteSubmission:
    """A submission that has read them."""
    worker = workers.take("student.py")
    worker.allow(Limit("load_s", 60.0))
    loaded = worker.ask(Load(file="student.py", source=READER, siblings={}, indices=None))
    assert loaded.problems == ()
    return RemoteSubmission(ToldSession(worker, 0))


def test_files_are_copied_under_their_names_for_reading(tmp_path: Path) -> None:
    entries = data_of(tmp_path / "hw")
    folder = files.gather(entries, tmp_path / "copies")
    assert (folder / "tables" / "x.csv").read_text() == "1,2"
    assert (folder / "words.txt").stat().st_mode & 0o777 == 0o444
    assert all(entry.is_in(folder) for entry in entries)


def test_file_that_has_changed_is_not_the_one_that_was_gathered(tmp_path: Path) -> None:
    first, second = data_of(tmp_path / "hw")
    folder = files.gather([first], tmp_path / "copies")
    assert not second.is_in(folder)
    first.path.write_text("not to be")
    assert not first.is_in(folder)


def test_where_there_are_no_links_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files.gather(data_of(tmp_path / "hw"), tmp_path / "copies")

    def refuse(self: Path, target: Path) -> None:
        raise OSError("a privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    (tmp_path / "scratch").mkdir()
    files.show(folder, tmp_path / "scratch")
    assert not (tmp_path / "scratch" / "words.txt").is_symlink()
    assert (tmp_path / "scratch" / "tables" / "x.csv").read_text() == "1,2"


@pytest.mark.parametrize("fork", [True, False])
def test_worker_reads_the_files_by_their_names(tmp_path: Path, fork: bool) -> None:
    folder = files.gather(data_of(tmp_path / "hw"), tmp_path / "copies")
    with contextlib.closing(Workers({FILES: folder}, fork=fork)) as workers:
        submission = executed(workers)
        assert fetch([submission.text, submission.table]) == ["to be", "1,2"]


def test_worker_in_a_jail_can_not_write_them_nor_see_what_is_beside_them(tmp_path: Path) -> None:
    hw = tmp_path / "hw"
    with open_workers(data_of(hw)) as workers:
        if workers.isolation.tier is Tier.PROCESS:
            pytest.skip("no jail here")
        submission = executed(workers)
        for path in ("words.txt", "tables/x.csv", fetch(submission.place())):
            for mode in ("w", "a", "r+"):
                assert fetch(submission.attempt(path, mode)) in ("PermissionError", "OSError"), (path, mode)
        assert fetch(submission.listed(str(hw))) in ("PermissionError", "FileNotFoundError")
        assert fetch(submission.attempt("own.txt", "w")) == "written"
        assert fetch(submission.attempt("tables/own.txt", "w")) == "written"
        assert fetch(executed(workers).text) == "to be"  # whatever the last one did
    assert (hw / "words.txt").read_text() == "to be"


def test_workers_with_other_files_are_refused(tmp_path: Path) -> None:
    first, second = data_of(tmp_path / "hw")
    folder = files.gather([first], tmp_path / "copies")
    with contextlib.closing(Workers({FILES: folder}, tier=Tier.PROCESS)) as workers:
        workers.require([first])
        for missing in (second, DataFile(name="words.txt", path=second.path)):
            with pytest.raises(SettingsInvalid, match=f"the workers can't read {missing.name}; open them with"):
                workers.require([missing])
