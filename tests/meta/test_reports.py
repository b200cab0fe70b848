"""Reports: the scorecard as JSON, written whole or not at all, and as text that is harmless whatever is in it."""

import io
import json
import os
import re
import stat
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grader.report import files
from grader.report.formats import json as json_report
from grader.report.formats import terminal
from grader.report.text import MAX_LENGTH, clean, points
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict

PASSED = CheckResult(name="test_right", title="It is right.", verdict=Verdict.PASSED, max_score=3.0, examples=50)
FAILED = CheckResult(
    name="test_wrong",
    title="It is right too.",
    verdict=Verdict.FAILED,
    max_score=1.5,
    message="f(1) is 2, expected 3 (off by 1, allowed 0)",
    hint="add one",
)
CARD = Scorecard(
    assignment="hw3",
    submission="student.py",
    sha256="ab" * 32,
    grader_version="0",
    seed=7,
    effort="standard",
    isolation="jail: of some kind",
    questions=(
        QuestionResult(name="Linear", checks=(PASSED, FAILED)),
        QuestionResult(name="SGD", checks=(replace(PASSED, name="test_step"),)),
    ),
    warnings=("student.py, line 3: ValueError: no",),
    duration_s=1.23456,
)


def with_checks(*checks: CheckResult) -> Scorecard:
    return replace(CARD, questions=(QuestionResult(name="Linear", checks=checks),), warnings=())


def shown(scorecard: Scorecard, *, verbose: bool = False, is_terminal: bool = False, width: int = 80) -> str:
    """The report as a person sees it."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=is_terminal, highlight=False)
    terminal.show(scorecard, console, title="Homework 3", verbose=verbose)
    return file.getvalue()


def unwrapped(text: str) -> str:
    return " ".join(text.split())


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_scorecard_has_the_documented_keys() -> None:
    card = json_report.as_dict(CARD)
    assert card["schema"] == "grader/scorecard/v1"
    assert set(card) == {
        *("schema", "assignment", "title", "submission", "sha256", "grader_version", "seed", "effort", "isolation"),
        *("score", "max_score", "duration_s", "interrupted", "warnings", "questions"),
    }
    assert set(card["questions"][0]) == {"name", "score", "max_score", "carried_forward", "checks"}
    assert set(card["questions"][0]["checks"][0]) == {
        *("name", "title", "verdict", "score", "max_score", "message", "hint", "snippet", "diagnosis"),
        *("carried_forward", "notes", "measurements", "line", "visibility", "examples", "duration_s"),
    }


def test_scorecard_holds_the_points() -> None:
    card = json_report.as_dict(CARD)
    assert (card["score"], card["max_score"]) == (6.0, 7.5)
    assert [(q["name"], q["score"], q["max_score"]) for q in card["questions"]] == [
        ("Linear", 3.0, 4.5),
        ("SGD", 3.0, 3.0),
    ]
    assert [check["verdict"] for check in card["questions"][0]["checks"]] == ["passed", "failed"]


def test_carried_forward_and_notes_are_in_the_scorecard() -> None:
    card = json_report.as_dict(with_checks(replace(PASSED, carried_forward=("Linear",), notes=("mind this",))))
    (question,) = card["questions"]
    assert question["carried_forward"] is True
    assert question["checks"][0]["carried_forward"] == ["Linear"]
    assert question["checks"][0]["notes"] == ["mind this"]


def test_written_file_is_what_as_dict_says_and_everyone_may_read_it(tmp_path: Path) -> None:
    target = tmp_path / "card.json"
    files.write(json_report.render(CARD), str(target))
    assert json.loads(target.read_text()) == json_report.as_dict(CARD)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [target]


def test_hostile_text_survives_json_as_plain_ascii(tmp_path: Path) -> None:
    hostile = 'x\x1b[2J\u202e\ud800"\\\n\0</script>'
    files.write(json_report.render(with_checks(replace(FAILED, message=hostile))), str(tmp_path / "card.json"))
    text = (tmp_path / "card.json").read_text()
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["questions"][0]["checks"][0]["message"] == hostile


def test_earlier_file_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "card.json"
    target.write_text("earlier")
    files.write(json_report.render(CARD), str(target))
    assert json.loads(target.read_text())["seed"] == 7


@pytest.mark.parametrize("target", ["missing/card.json", "file/card.json", "folder"])
def test_place_that_cannot_be_written_raises_and_leaves_nothing_behind(tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError):
        files.write(json_report.render(CARD), str(tmp_path / target))
    assert sorted(tmp_path.rglob("*")) == before


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("earlier")
    (tmp_path / "card.json").symlink_to("real.json")
    files.write(json_report.render(CARD), str(tmp_path / "card.json"))
    assert (tmp_path / "card.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["seed"] == 7


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:  # opening a pipe waits for the other end
        text = reader.submit(pipe.read_text)
        files.write(json_report.render(CARD), str(pipe))
        assert json.loads(text.result())["seed"] == 7
    assert pipe.is_fifo()


def test_file_that_cannot_be_completed_leaves_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "card.json"
    target.write_text("earlier")

    def full(self: Path, mode: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(OSError, match="no space left"):
        files.write(json_report.render(CARD), str(target))
    assert target.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_dash_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    files.write(json_report.render(CARD), "-")
    captured = capsys.readouterr()
    assert json.loads(captured.out) == json_report.as_dict(CARD)
    assert captured.err == ""


# --- terminal ---------------------------------------------------------------------------------------------------------


def test_report_without_a_terminal_is_plain_text_of_80_columns() -> None:
    long = replace(FAILED, title="A title that goes on and on. " * 8, message="word " * 100, hint="hint " * 60)
    text = shown(replace(with_checks(long, PASSED), warnings=("warning " * 40,)), verbose=True)
    assert "\x1b" not in text
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line != line.rstrip()] == []
    assert unwrapped("A title that goes on and on. " * 8) in unwrapped(text)


def test_report_on_a_terminal_has_colours_and_bars() -> None:
    text = shown(CARD, is_terminal=True)
    assert "\x1b[" in text
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in text


def test_lost_point_shows_title_message_and_hint() -> None:
    text = unwrapped(shown(CARD))
    assert "Linear: 1.5 points lost - It is right too. (test_wrong, 1.5 points)" in text
    assert FAILED.message in text
    assert "Hint: add one" in text
    assert "Score 6 / 7.5" in text
    assert "student.py, line 3: ValueError: no" in text
    assert "Next: Linear, then grade again." in text


def test_full_marks_say_nothing_of_losses() -> None:
    text = shown(with_checks(PASSED))
    assert "lost" not in text
    assert "Next" not in text


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in (Verdict.PASSED, Verdict.FAILED)])
def test_each_other_verdict_is_named_in_words(verdict: Verdict) -> None:
    text = unwrapped(shown(with_checks(replace(FAILED, verdict=verdict, message="what happened"))))
    assert f"{terminal._LABELS[verdict]}: what happened" in text


def test_blocked_checks_of_one_cause_are_told_once() -> None:
    blocked = replace(FAILED, verdict=Verdict.BLOCKED, message="write it first", hint="")
    text = shown(with_checks(blocked, replace(blocked, name="test_other"), replace(blocked, name="test_third")))
    assert text.count("write it first") == 1


def test_points_that_were_kept_and_notes_are_told() -> None:
    kept = replace(PASSED, carried_forward=("Linear", "SGD"), notes=("mind this",))
    text = unwrapped(shown(with_checks(kept)))
    assert "Linear, test_right: passes with a right Linear and SGD in place of yours" in text
    assert "Noted, without loss of points Linear: mind this" in text


def test_points_that_were_kept_for_one_reason_are_told_together() -> None:
    kept = replace(PASSED, carried_forward=("Linear", "SGD", "epoch"))
    text = unwrapped(shown(with_checks(kept, replace(kept, name="test_b"), replace(kept, name="test_c"))))
    told = "Linear, test_right, test_b and test_c: pass with a right Linear, SGD and epoch in place of yours"
    assert told in text
    assert text.count("in place of yours") == 1


def test_details_show_seed_isolation_and_output_once() -> None:
    loud = replace(PASSED, output="printed\n")
    text = shown(with_checks(loud, replace(loud, name="test_other")), verbose=True)
    assert "seed 7, effort standard, isolation: jail: of some kind" in text
    assert text.count("printed by the submission") == 1
    assert "printed by the submission" not in shown(with_checks(loud))


HOSTILE = {
    "ANSI": "\x1b[2J\x1b]0;title\x07\x1b[31mred",
    "C1 control": "\x9b31m",
    "bidi": "abc\u202edcba\u2066x\u2069",
    "carriage return": "wrong\rScore 100 / 100",
    "backspace": "0\x08100",
    "surrogate": "\ud800",
    "null": "a\0b",
    "zero width": "a\u200bb\ufeff",
    "private": "\ue000\U000f0000",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "tags": "\U000e0041\U000e007f",
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_harmlessly(hostile: str) -> None:
    text = HOSTILE[hostile]
    check = replace(FAILED, message=text, hint=text, title=f"t{text}", output=text, notes=(text,))
    scorecard = replace(with_checks(check), warnings=(text,), submission=f"{text}.py")
    for is_terminal in (False, True):
        out = shown(scorecard, verbose=True, is_terminal=is_terminal)
        out.encode()
        left = out if not is_terminal else _without_colours(out)
        assert [c for c in left if unicodedata.category(c)[0] == "C" and c != "\n"] == []
        assert not {"\u2028", "\u2029"} & set(left)


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_markup_is_shown_as_it_stands() -> None:
    text = "[red]x[/red] [link=http://example.org]here[/link] [/] :smile:"
    check = replace(FAILED, message=text, hint=text, title=text, notes=(text,), output=text)
    card = replace(with_checks(check), warnings=(text,), submission="[bold]s[bold].py")
    out = shown(card, verbose=True, width=200)
    assert out.count(text) == 6
    assert "[bold]s[bold].py: Homework 3" in out


@pytest.mark.parametrize("text", ["x" * 1_000_000, "word " * 200_000, "\n" * 100_000, "\x1b" * 100_000])
def test_very_long_text_is_cut(text: str) -> None:
    out = shown(with_checks(replace(FAILED, message=text)))
    assert len(out) < 3 * MAX_LENGTH * 5
    assert "[...]" in out


def test_clean_keeps_what_is_harmless() -> None:
    assert clean("a\tb\nc äöü 数 λ x²") == "a\tb\nc äöü 数 λ x²"
    assert clean("x" * 10, most=4) == "xxxx [...]"


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (2.5, "2.5"), (0.0, "0"), (100.0, "100"), (1 / 3, "0.33")])
def test_points_are_written_as_people_do(value: float, text: str) -> None:
    assert points(value) == text
