"""Several formats in one call: one that can't be written is told, and the others still come."""

import os
from pathlib import Path

import pytest

from grader.errors import SettingsInvalid
from grader.report import outputs
from grader.report.formats import csv as csv_report
from grader.report.formats import junit
from grader.report.outputs import Destination
from tests.meta.units.report.cards import CARD, PROVISIONAL_CARD
from tests.meta.units.report.formats.renderers import RENDERERS

FORMAT_NAMES = ("html", "json", "markdown", "csv", "junit", "gradescope", "prairielearn")


def test_all_formats_are_written_in_one_call(tmp_path: Path) -> None:
    assert outputs.write_all(CARD, [Destination(name, str(tmp_path / name)) for name in FORMAT_NAMES]) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FORMAT_NAMES)
    for name in FORMAT_NAMES:
        assert (tmp_path / name).read_text() == RENDERERS[name](CARD)


@pytest.mark.parametrize("failing", FORMAT_NAMES)
def test_one_that_cannot_be_written_is_told_and_the_others_still_come(tmp_path: Path, failing: str) -> None:
    wanted = [Destination(name, str(tmp_path / ("no/folder" if name == failing else name))) for name in FORMAT_NAMES]
    (problem,) = outputs.write_all(CARD, wanted)
    assert problem.text.endswith(f"(No such file or directory); choose another place for --{failing}")
    assert not problem.is_ours
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(set(FORMAT_NAMES) - {failing})


def test_full_disk_is_told_and_the_others_still_come(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (problem,) = outputs.write_all(
        CARD, [Destination("html", "/dev/full"), Destination("csv", str(tmp_path / "row.csv"))]
    )
    assert problem.text == "/dev/full can't be written (No space left on device); choose another place for --html"
    assert (tmp_path / "row.csv").read_text() == csv_report.render(CARD)


def test_format_that_fails_by_itself_is_the_graders_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "render", lambda card: 1 // 0)
    (problem,) = outputs.write_all(CARD, [Destination(name, str(tmp_path / name)) for name in ("junit", "csv")])
    assert problem.is_ours
    assert "--junit can't be made (ZeroDivisionError" in problem.text
    assert [path.name for path in tmp_path.iterdir()] == ["csv"]


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_score_that_is_provisional_goes_into_no_book_and_every_other_report_says_so(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.write_text("of an earlier grading")
    problems = outputs.write_all(PROVISIONAL_CARD, [Destination(name, str(target))])
    if name in ("csv", "gradescope"):
        assert [(p.text.split(":")[0], p.is_ours) for p in problems] == [(f"--{name} is not written", True)]
        assert "the grader itself failed in test_broken" in problems[0].text
        assert target.read_text() == "of an earlier grading"
    else:
        assert problems == []
        assert "provisional" in target.read_text().lower()
        assert "1.5" in target.read_text() or name == "prairielearn"


@pytest.mark.parametrize(("first", "second"), [("-", "-"), ("a.txt", "a.txt"), ("a.txt", "./b/../a.txt")])
def test_two_formats_for_one_place_are_refused(first: str, second: str) -> None:
    with pytest.raises(SettingsInvalid, match="--html and --json both go to"):
        outputs.refuse_clashes([Destination("html", first), Destination("json", second)])


def refusal(output: Destination, submission: Path = Path("hw3.py")) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        outputs.refuse_unwritable([output], submission)
    return str(caught.value)


def test_place_that_cannot_be_written_is_known_beforehand(tmp_path: Path) -> None:
    wrong = {"no/folder/x.csv": "No such file or directory", ".": "it is a folder", "x" * 300: "File name too long"}
    for name, reason in wrong.items():
        told = refusal(Destination("csv", str(tmp_path / name)))
        assert told.endswith(f"can't be written ({reason}); choose another place for --csv")
    assert "null" in refusal(Destination("csv", "a\0b"))
    assert list(tmp_path.iterdir()) == []


def test_place_that_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("of an earlier grading")
    targets = [str(tmp_path / "old.csv"), str(tmp_path / "new.csv"), os.devnull, "-"]
    outputs.refuse_unwritable([Destination("csv", target) for target in targets], tmp_path / "hw3.py")
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "of an earlier grading"


def test_report_does_not_take_the_place_of_code(tmp_path: Path) -> None:
    (tmp_path / "hw3.zip").write_text("x")
    (tmp_path / "linked").hardlink_to(tmp_path / "hw3.zip")
    for name in ("other.py", "other.IPYNB", "hw3.zip", "linked"):
        told = refusal(Destination("html", str(tmp_path / name)), tmp_path / "hw3.zip")
        assert told.endswith(f"{name} would overwrite code; choose another name")


def test_paths_of_what_was_written_are_known(tmp_path: Path) -> None:
    wanted = [Destination("csv", str(tmp_path / "no/x.csv")), Destination("json", "-"), Destination("html", "page")]
    (problem,) = outputs.write_all(CARD, [wanted[0]])
    assert outputs.paths_written(wanted, [problem]) == ["page"]
