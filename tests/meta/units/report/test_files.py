"""The files of a report: written whole or not at all, and read by everyone."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.report import files
from grader.report.formats import json as json_report
from tests.meta.units.report.cards import PLAIN_CARD


def test_written_file_is_what_as_dict_says_and_everyone_may_read_it(tmp_path: Path) -> None:
    target = tmp_path / "card.json"
    files.write(json_report.render(PLAIN_CARD), str(target))
    assert json.loads(target.read_text()) == json_report.as_dict(PLAIN_CARD)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [target]


def test_earlier_file_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "card.json"
    target.write_text("earlier")
    files.write(json_report.render(PLAIN_CARD), str(target))
    assert json.loads(target.read_text())["seed"] == 7


@pytest.mark.parametrize("target", ["missing/card.json", "file/card.json", "folder"])
def test_place_that_cannot_be_written_raises_and_leaves_nothing_behind(tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError):
        files.write(json_report.render(PLAIN_CARD), str(tmp_path / target))
    assert sorted(tmp_path.rglob("*")) == before


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("earlier")
    (tmp_path / "card.json").symlink_to("real.json")
    files.write(json_report.render(PLAIN_CARD), str(tmp_path / "card.json"))
    assert (tmp_path / "card.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["seed"] == 7


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:  # opening a pipe waits for the other end
        text = reader.submit(pipe.read_text)
        files.write(json_report.render(PLAIN_CARD), str(pipe))
        assert json.loads(text.result())["seed"] == 7
    assert pipe.is_fifo()


def test_file_that_cannot_be_completed_leaves_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "card.json"
    target.write_text("earlier")

    def full(self: Path, mode: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(OSError, match="no space left"):
        files.write(json_report.render(PLAIN_CARD), str(target))
    assert target.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_dash_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    files.write(json_report.render(PLAIN_CARD), "-")
    captured = capsys.readouterr()
    assert json.loads(captured.out) == json_report.as_dict(PLAIN_CARD)
    assert captured.err == ""
