"""The report on a terminal: what was lost in words, and hostile text shown harmlessly."""

import io
import re
import unicodedata
from dataclasses import replace

import pytest
from rich.console import Console

from grader.report.formats import terminal
from grader.report.text import MAX_LENGTH
from grader.scorecard import Scorecard, Verdict
from tests.meta.units.report.cards import PASSED, PLAIN_CARD, PLAIN_FAILED, PROVISIONAL_CARD, with_checks


def shown(scorecard: Scorecard, *, verbose: bool = False, is_terminal: bool = False, width: int = 80) -> str:
    """The report as a person sees it."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=is_terminal, highlight=False)
    terminal.show(scorecard, console, title="Homework 3", verbose=verbose)
    return file.getvalue()


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_report_without_a_terminal_is_plain_text_of_80_columns() -> None:
    long = replace(PLAIN_FAILED, title="A title that goes on and on. " * 8, message="word " * 100, hint="hint " * 60)
    text = shown(replace(with_checks(long, PASSED), warnings=("warning " * 40,)), verbose=True)
    assert "\x1b" not in text
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line != line.rstrip()] == []
    assert unwrapped("A title that goes on and on. " * 8) in unwrapped(text)


def test_report_on_a_terminal_has_colours_and_bars() -> None:
    text = shown(PLAIN_CARD, is_terminal=True)
    assert "\x1b[" in text
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in text


def test_lost_point_shows_title_message_and_hint() -> None:
    text = unwrapped(shown(PLAIN_CARD))
    assert "Linear: 1.5 points lost - It is right too. (test_wrong, 1.5 points)" in text
    assert PLAIN_FAILED.message in text
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
    text = unwrapped(shown(with_checks(replace(PLAIN_FAILED, verdict=verdict, message="what happened"))))
    assert f"{terminal._LABELS[verdict]}: what happened" in text


def test_blocked_checks_of_one_cause_are_told_once() -> None:
    blocked = replace(PLAIN_FAILED, verdict=Verdict.BLOCKED, message="write it first", hint="")
    text = shown(with_checks(blocked, replace(blocked, name="test_other"), replace(blocked, name="test_third")))
    assert text.count("write it first") == 1


def test_provisional_score_is_said_above_all() -> None:
    text = unwrapped(shown(PROVISIONAL_CARD))
    assert "Provisional: the grader itself failed in test_broken, which is not your fault." in text
    assert "Linear 3 / 3 provisional" in text
    assert "Linear: 0 points lost, provisionally" in text
    assert "Next: Linear" not in text


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
    check = replace(PLAIN_FAILED, message=text, hint=text, title=f"t{text}", output=text, notes=(text,))
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
    check = replace(PLAIN_FAILED, message=text, hint=text, title=text, notes=(text,), output=text)
    card = replace(with_checks(check), warnings=(text,), submission="[bold]s[bold].py")
    out = shown(card, verbose=True, width=200)
    assert out.count(text) == 6
    assert "[bold]s[bold].py: Homework 3" in out


@pytest.mark.parametrize("text", ["x" * 1_000_000, "word " * 200_000, "\n" * 100_000, "\x1b" * 100_000])
def test_very_long_text_is_cut(text: str) -> None:
    out = shown(with_checks(replace(PLAIN_FAILED, message=text)))
    assert len(out) < 3 * MAX_LENGTH * 5
    assert "[...]" in out
