"""`gradebook report`."""

from pathlib import Path

import pytest

from grader.errors import SettingsInvalid
from tests.meta.tools.books import gradebook, graded_class


def test_report_is_written_into_the_book_and_again(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"ada.py": "score 3", "bob.py": "die"})
    for _ in range(2):
        assert gradebook("report", out)[0] == 0
    index = (out / "report/index.html").read_text()
    pages = [*(out / "report/students").iterdir()]
    assert len(pages) == 2
    assert all(f"students/{page.name}" in index for page in pages)
    assert gradebook("report", out, "--anonymous")[0] == 0
    assert [path.name for path in (out / "report-anonymous").iterdir() if path.name[0] != "."] == ["index.html"]


def test_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"ada.py": "score 3"})
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("mine")
    with pytest.raises(SettingsInvalid, match="holds something else"):
        gradebook("report", out, "-o", tmp_path / "site")
    assert (tmp_path / "site/index.html").read_text() == "mine"
