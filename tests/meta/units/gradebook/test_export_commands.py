"""`gradebook export` and `feedback`."""

from pathlib import Path

import pytest

from grader.errors import SettingsInvalid
from tests.meta.tools.books import gradebook, graded_class

CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section,Toy (154)\nPoints Possible,,,,,4\nAda,11,,,S,\n"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    out, _ = graded_class(tmp_path, {"ada_11_1_hw.py": "score 3"})
    monkeypatch.chdir(tmp_path)
    return out


def test_sheet_is_written_beside_theirs_and_for_its_owner_alone(book: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text(CANVAS)
    status, output = gradebook("export", "canvas", "-g", "theirs.csv", "--book", book)
    assert (status, "1 scores are in theirs-graded.csv" in output) == (0, True)
    written = tmp_path / "theirs-graded.csv"
    assert written.read_text() == CANVAS.replace("S,\n", "S,3\n")
    assert written.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "theirs.csv").read_text() == CANVAS


def test_sheet_in_which_nothing_is_filled_is_not_written(book: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text(CANVAS.replace("Ada,11", "Bob,12"))
    status, output = gradebook("export", "canvas", "-g", "theirs.csv", "--book", book)
    assert status == 1
    assert "ada_11 is not in the sheet of Canvas" in output
    assert "no score is filled, and nothing is written" in output
    assert not (tmp_path / "theirs-graded.csv").exists()


def test_tables_go_to_standard_output(book: Path) -> None:
    assert "ada_11,ada,,11" in gradebook("export", "csv", "-b", book)[1]
    assert '"student": "ada_11"' in gradebook("export", "json", "-b", book)[1]


def test_file_or_folder_that_is_not_there_is_named(book: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"^nope\.csv can't be read .*; pass the sheet .* --gradebook$"):
        gradebook("export", "canvas", "-g", "nope.csv", "--book", book)
    with pytest.raises(SettingsInvalid, match=r"^there is no folder nodir; make it, or choose another --output$"):
        gradebook("export", "csv", "-b", book, "-o", "nodir/x.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(SettingsInvalid, match=r"^folder can't be written \(Is a directory\); choose another --output$"):
        gradebook("export", "csv", "-b", book, "-o", "folder")


def test_feedback_is_written_to_a_new_folder_and_again(book: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert gradebook("feedback", book, "-o", "back")[0] == 0
    assert (tmp_path / "back/ada_11_1_feedback.html").read_text() == "p"
    assert (tmp_path / "back").stat().st_mode & 0o777 == 0o700
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis").touch()
    with pytest.raises(Exception, match="holds something else"):
        gradebook("feedback", book, "-o", "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis"]
