"""The report on a terminal: what was lost in words, and hostile text shown harmlessly."""

import io
import re
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from grader.report.formats import terminal
from grader.report.text import LABELS, MAX_LENGTH, points
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from tests.meta.units.report.cards import PASSED, PLAIN_CARD, PLAIN_FAILED, PROVISIONAL_CARD, Terminal, with_checks


def shown(
    scorecard: Scorecard,
    *,
    whole: bool = True,
    verbose: bool = False,
    is_terminal: bool = False,
    colors: bool = False,
    width: int = 80,
    above: int = 0,
) -> str:
    """The report as a person sees it."""
    file = Terminal() if is_terminal else io.StringIO()
    console = Console(file=file, width=width, force_terminal=is_terminal or colors, highlight=False)
    terminal.show(scorecard, console, title="Homework 3", whole=whole, verbose=verbose, above=above)
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
    assert "student.py, line 3: ValueError: no" in text
    assert text.endswith("Score 6 / 7.5 Next: Linear: f(1) is 2, expected 3 (off by 1, allowed 0)")


def test_full_marks_say_nothing_of_losses() -> None:
    text = shown(with_checks(PASSED))
    assert "lost" not in text
    assert "Next" not in text


@pytest.mark.parametrize(
    "verdict", [v for v in Verdict if v not in (Verdict.PASSED, Verdict.FAILED, Verdict.NOT_GRADED, Verdict.SKIPPED)]
)
def test_each_other_verdict_is_named_in_words(verdict: Verdict) -> None:
    text = unwrapped(shown(with_checks(replace(PLAIN_FAILED, verdict=verdict, message="what happened"))))
    assert f"{LABELS[verdict]}: what happened" in text


def test_blocked_checks_of_one_cause_are_told_once() -> None:
    blocked = replace(PLAIN_FAILED, verdict=Verdict.BLOCKED, message="write it first", hint="")
    text = shown(with_checks(blocked, replace(blocked, name="test_other"), replace(blocked, name="test_third")))
    assert text.count("\nwrite it first") == 1
    assert "Next: Linear: write it first" in text


def test_provisional_score_is_said_below_it() -> None:
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
    assert "All right: 1 check, 50 examples." in text


@pytest.mark.parametrize("whole", [False, True])
def test_check_that_does_not_count_is_told_with_the_reason(whole: bool) -> None:
    left_out = replace(PASSED, name="test_gpu", verdict=Verdict.SKIPPED, message="there is no GPU")
    text = unwrapped(shown(with_checks(left_out, PASSED), whole=whole))
    assert "Linear: test_gpu does not count: there is no GPU" in text


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
    assert out.count(text) == 6 + 1  # and the next step
    assert "[bold]s[bold].py: Homework 3" in out


@pytest.mark.parametrize("text", ["x" * 1_000_000, "word " * 200_000, "\n" * 100_000, "\x1b" * 100_000])
def test_very_long_text_is_cut(text: str) -> None:
    out = shown(with_checks(replace(PLAIN_FAILED, message=text)))
    assert len(out) < 3 * MAX_LENGTH * 5
    assert "[...]" in out


# --- brief ------------------------------------------------------------------------------------------------------------


def wrong(name: str, *, worth: float = 2.0, message: str = "", **more: Any) -> CheckResult:
    title = f"{name} is as the homework says, in a sentence that takes more than a line of 80 columns."
    snippet = "layer = Linear(3, 2)\nassert layer(x).shape == (4, 2)"
    told = message or f"{name} is 0.123456789, expected 0.987654321 (off by 0.86, allowed 2e-7)"
    given = {"hint": "a hint of its own", "snippet": snippet, "line": 4, **more}
    return CheckResult(name=f"test_{name}", title=title, verdict=Verdict.FAILED, max_score=worth, message=told, **given)


NAMES = ("Linear", "CrossEntropyLoss", "SGD", "DataLoader", "epoch", "eval_linear_model", "TwoLayerNN", "eval_two", "M")
USUAL = replace(
    PLAIN_CARD,
    warnings=("hw3.py, line 9: NameError: name 'x' is not defined",),
    questions=tuple(
        QuestionResult(name=name, checks=(wrong(f"{name}_a"), wrong(f"{name}_b"), PASSED) if i < 3 else (PASSED,))
        for i, name in enumerate(NAMES)
    ),
)


@pytest.mark.parametrize("above", [0, 4])
def test_usual_wrong_file_takes_40_lines_and_ends_with_the_score_and_the_next_step(above: int) -> None:
    text = shown(USUAL, whole=False, above=above)
    assert len(text.splitlines()) + above <= 40
    assert unwrapped(text).endswith(
        "Score 27 / 39 Next: Linear (student.py:4): Linear_a is 0.123456789, expected 0.987654321 (off by 0.86, "
        "allowed 2e-7)"
    )


def test_first_question_that_lost_points_is_told_whole_as_far_as_it_fits_and_the_others_in_a_line_for_each_check() -> (
    None
):
    text = shown(USUAL, whole=False, above=4)
    assert "test_Linear_a, 2 points" in unwrapped(text)
    assert text.count("To see it") == 1
    assert "  Linear -2: Linear_b is " in text
    for name in NAMES[1:3]:
        assert f"  {name} -2: {name}_a is " in text
        assert f"  {name} -2: {name}_b is " in text
    alone = replace(USUAL, questions=(USUAL.questions[0], *USUAL.questions[6:]))
    assert shown(alone, whole=False).count("To see it") == 2


def test_reason_of_several_checks_is_one_line_and_the_likely_mistake_is_the_reason() -> None:
    checks = (wrong("a", diagnosis="one is forgotten"), wrong("b", diagnosis="one is forgotten", worth=1.5))
    card = replace(USUAL, questions=(USUAL.questions[0], QuestionResult(name="SGD", checks=checks)))
    assert [line for line in shown(card, whole=False).splitlines() if "SGD -" in line] == [
        "  SGD -3.5: one is forgotten"
    ]


def test_all_of_it_is_told_where_it_is_asked_for() -> None:
    for text in (shown(USUAL), shown(USUAL, whole=False, verbose=True)):
        assert text.count("To see it") == 6
        assert "Lost, too" not in text
    assert "Details" not in shown(USUAL)


def test_more_than_fits_is_told_in_a_line_for_each_question() -> None:
    many = tuple(QuestionResult(name=f"q{i}", checks=tuple(wrong(f"{i}_{j}") for j in range(9))) for i in range(9))
    text = shown(replace(USUAL, questions=many), whole=False)
    assert "  q0 -16 for 8 reasons: 0_1 is as the" in text
    for i in range(1, 9):
        assert f"  q{i} -18 for 9 reasons: {i}_0 is as the" in text
    assert len(text.splitlines()) <= 40


def test_snippet_stands_in_the_first_column() -> None:
    assert "\nlayer = Linear(3, 2)\nassert layer(x).shape == (4, 2)\n" in shown(USUAL, whole=False)


def test_hint_is_left_out_where_the_likely_mistake_is_named() -> None:
    text = shown(with_checks(wrong("a", diagnosis="one is forgotten")))
    assert "Likely mistake: one is forgotten" in text
    assert "Hint" not in text


@pytest.mark.parametrize("is_terminal", [False, True])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_numbers_are_whole_at_each_width(width: int, is_terminal: bool) -> None:
    text = _without_colours(shown(USUAL, whole=False, width=width, is_terminal=is_terminal))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    for question in USUAL.questions:
        assert re.search(rf"{question.name} +{points(question.score)} / {points(question.max_score)}", text)
    assert re.search(r"Score +27 / 39", text)
    for number in re.findall(r"\d+\.\d+", text):
        assert number in ("0.123456789", "0.987654321", "0.86")


def test_long_names_are_folded_and_their_points_stay_whole() -> None:
    card = replace(USUAL, questions=(QuestionResult(name="a_name_of_a_question" * 4, checks=(PASSED,)),))
    assert "3 / 3" in shown(card, whole=False, width=40)


def test_colours_in_a_pipe_draw_no_bars_and_leave_no_spaces_at_the_ends() -> None:
    text = shown(PLAIN_CARD, colors=True)
    assert "\x1b[" in text
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" not in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_what_was_not_graded_is_not_lost() -> None:
    open_ = replace(PLAIN_FAILED, verdict=Verdict.NOT_GRADED, message="it was interrupted", hint="")
    some = QuestionResult(name="SGD", checks=(PLAIN_FAILED, replace(open_, name="test_b")))
    card = replace(PLAIN_CARD, interrupted="it was interrupted")
    for whole in (False, True):
        text = unwrapped(shown(replace(card, questions=(QuestionResult(name="Linear", checks=(open_,)),)), whole=whole))
        assert "lost" not in text.lower()
        assert "Next" not in text
        assert "Linear 0 / 1.5 not graded Score 0 / 1.5 not graded" in text
        text = unwrapped(shown(replace(card, questions=(*PLAIN_CARD.questions[1:], some)), whole=whole))
        assert "SGD: 1.5 points lost" in text
        assert "SGD 0 / 3 -1.5, 1.5 not graded" in text
