"""Scorecards as a grading makes them, for what is made from one: with all there is to tell, and with hostile text."""

import io
import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from grader.figures import ConfusionMatrix, Coverage, Curves, Histogram, Images, Measurement, Series
from grader.scorecard import CheckResult, Excerpt, QuestionResult, Scorecard, Verdict

PASSED = CheckResult(name="test_right", title="It is right.", verdict=Verdict.PASSED, max_score=3.0, examples=50)
FAILED = CheckResult(
    name="test_wrong",
    title="It is right too.",
    verdict=Verdict.FAILED,
    max_score=1.5,
    message="f(1) is 2, expected 3",
    hint="add one",
    diagnosis="one is forgotten",
    snippet="assert f(1) == 3",
    line=12,
    duration_s=0.25,
)
FIGURES = (
    Histogram(title="weights", low=-4.0, high=4.0, counts=(1, 2, 1), expected=(1.1, 1.8, 1.1)),
    ConfusionMatrix(title="confusion", counts=((5, 1), (0, 6))),
    Images(title="digits", width=2, height=1, pixels=(b"\x00\xff",), actual=("7",), expected=("1",)),
    Coverage(title="rows", times=(1, 0, 2)),
    Curves(
        title="loss", note="As it came.", series=(Series(name="training", points=((1, 0.5), (2, 0.25))),), step="epoch"
    ),
)
CARD = Scorecard(
    assignment="hw3",
    title="Homework 3",
    submission="student.py",
    sha256="ab" * 32,
    grader_version="0",
    seed=7,
    effort="standard",
    isolation="jail: of some kind",
    questions=(
        QuestionResult(name="Linear", checks=(PASSED, FAILED)),
        QuestionResult(
            name="SGD",
            checks=(
                replace(PASSED, name="test_step", measurements=(Measurement(name="error", value=0.02),)),
                replace(FAILED, name="test_secret", verdict=Verdict.TIMED_OUT, visibility="hidden", snippet=""),
            ),
        ),
    ),
    file="hw3.py",
    choice="hw3.py is graded: 1 of 2 questions are written in it; hw3.ipynb has 0",
    made_with={"suite": "hw3 0123456789ab", "python": "3.12.1", "torch": "2.6.0"},
    date="2026-11-29T08:00:00Z",
    duration_s=1.23456,
)


def filled(text: str) -> Scorecard:
    """A scorecard with that text in each place that a submission or its path can fill."""
    told: dict[str, Any] = {
        "message": text,
        "hint": text,
        "diagnosis": text,
        "snippet": text,
        "output": text,
        "notes": (text,),
        "excerpt": Excerpt(place=text, first=2, named=3, lines=("x = 1", text, text)),
    }
    checks = [
        replace(FAILED, name=f"test_{verdict}", title=f"t {text}", verdict=verdict, figures=FIGURES, **told)
        for verdict in Verdict
    ]
    return replace(
        CARD,
        submission=text,
        isolation=text,
        warnings=(text, text),
        file=text,
        choice=text,
        made_with={"suite": text, "python": text, "torch": text},
        interrupted=text,
        questions=(QuestionResult(name="Linear", checks=tuple(checks)),),
    )


HOSTILE = {
    "nothing special": "f(1) is 2 äöü 数 λ",
    "ANSI": "\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b31m",
    "controls": "a\0b\x08\x0b\x0c\r\x1f\x7f\x85\u2028\u2029\ufffe\uffff",
    "bidi and invisible": "abc\u202edcba\u2066x\u2069\u200b\ufeff\U000e0041\ue000",
    "surrogate": "\ud800 \udfff",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "end of attribute": "'\"><svg/onload=alert(1)> javascript:alert(1)",
    "end of element": "</pre></textarea></title></style></script><!-- --> ]]> <![CDATA[ <!DOCTYPE x [<!ENTITY",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62; &unknown;",
    "templates": "{{ 7*7 }} {% raw %} ${7*7} #{7*7} ${{ secrets.TOKEN }}",
    "Markdown": "[x](http://e.example) ![i](http://e.example/i.png) **b** `c` | a | b | ~~s~~ @user #1 http://e.example",
    "Markdown blocks": "# head\n\n- item\n\n1. one\n\n> quote\n\n| a | b |\n| - | - |\n\n---\n\n<b>x</b>\n\n    code",
    "fences": "```\n~~~\n````\n`````` <b>out</b>\n  ```\n</details> **out**",
    "long fence": "`" * 1000 + "\n<b>out</b>",
    "workflow commands": "::error::x\n  ::set-output name=score::100\n##[error]x\n::stop-commands::x\n::x::",
    "commands after returns": "x\r::error::y\x0b::error::z\u2028::error::w",
    "escapes of commands": "%0A::error::x %25 %3A %2C title=a,file=b::",
    "formula": "=cmd|' /C calc'!A0",
    "formulas": "+1+1",
    "formula after space": " \t=1+1",
    "formula at": "@SUM(1)",
    "formula minus": "-1+1",
    "formula in a line": 'x",\n=1+1,"\n+1',
    "full width formula": "\uff1d1",
    "separators": "a,b;c\t\"d'\n\r\n",
    "empty": "",
    "blank": " \n\t\n ",
    "long": "word " * 4_000,
    "long line": "x" * 20_000,
    "many lines": "\n" * 20_000 + "end",
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def characters_that_do_harm(text: str) -> set[str]:
    """Controls, and characters that are invisible or turn a line round."""
    unsafe = (c for c in text if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029")
    return set(unsafe) - {"\n", "\t"}


PLAIN_FAILED = CheckResult(
    name="test_wrong",
    title="It is right too.",
    verdict=Verdict.FAILED,
    max_score=1.5,
    message="f(1) is 2, expected 3 (off by 1, allowed 0)",
    hint="add one",
)
PLAIN_CARD = Scorecard(
    assignment="hw3",
    submission="student.py",
    sha256="ab" * 32,
    grader_version="0",
    seed=7,
    effort="standard",
    isolation="jail: of some kind",
    questions=(
        QuestionResult(name="Linear", checks=(PASSED, PLAIN_FAILED)),
        QuestionResult(name="SGD", checks=(replace(PASSED, name="test_step"),)),
    ),
    warnings=("student.py, line 3: ValueError: no",),
    duration_s=1.23456,
)


BROKEN = replace(FAILED, name="test_broken", verdict=Verdict.BROKEN, message="IndexError: no", snippet="", diagnosis="")
PROVISIONAL_CARD = replace(CARD, questions=(QuestionResult(name="Linear", checks=(PASSED, BROKEN)),))


def with_checks(*checks: CheckResult) -> Scorecard:
    return replace(PLAIN_CARD, questions=(QuestionResult(name="Linear", checks=checks),), warnings=())


class Terminal(io.StringIO):
    """A file that a person looks at."""

    def isatty(self) -> bool:
        return True
