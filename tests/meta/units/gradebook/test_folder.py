"""The folder of a class."""

from pathlib import Path

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook import folder


def test_folder_is_closed_to_others_and_in_no_repository(tmp_path: Path) -> None:
    out = tmp_path / "a" / "grades"
    folder.make(out)
    assert out.stat().st_mode & 0o777 == 0o700
    assert (out / ".gitignore").read_text() == "*\n"
    folder.make(out)


def test_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    for place in (tmp_path, tmp_path / "thesis.tex"):
        with pytest.raises(SettingsInvalid, match="choose"):
            folder.make(place)


def test_one_run_at_a_time_and_its_rests_are_swept(tmp_path: Path) -> None:
    folder.make(tmp_path / "g")
    (tmp_path / "g/tmp/judge-1/deep").mkdir(parents=True)
    (tmp_path / "g/tmp/file").touch()
    (tmp_path / "g/tmp/link").symlink_to(tmp_path)
    with folder.alone(tmp_path / "g") as temporary:
        assert [*temporary.iterdir()] == []
        with pytest.raises(SettingsInvalid, match="another run"), folder.alone(tmp_path / "g"):
            pass
    with folder.alone(tmp_path / "g"):
        pass
