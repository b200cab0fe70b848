"""What pytest is told: marks, and the author's frames (-x, --pdb and tracebacks: gradings/test_pytest_as_known.py)."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.judge.pytest_reports import cut, with_marks
from grader.scorecard import CheckResult, Verdict
from grader.suite import expect
from grader.suite.failures import CheckFailed

RESULT = CheckResult(
    name="test_a", title="a", verdict=Verdict.FAILED, max_score=1.0, message="wrong", hint="h", snippet="s", line=3
)


def report(outcome: str, longrepr: Any = None, *, when: str = "call", **more: object) -> Any:
    return SimpleNamespace(
        when=when, skipped=outcome == "skipped", passed=outcome == "passed", longrepr=longrepr, **more
    )


@pytest.mark.parametrize(
    ("reports", "verdict", "message"),
    [
        ([report("passed", when="setup"), report("failed", "wrong")], Verdict.FAILED, "wrong"),
        ([report("skipped", ("f.py", 3, "Skipped: later"), when="setup")], Verdict.SKIPPED, "later"),
        ([report("skipped", "wrong", wasxfail="known")], Verdict.SKIPPED, "expected to fail: known"),
        ([report("skipped", "wrong", wasxfail="")], Verdict.SKIPPED, "expected to fail: "),
        ([report("passed", wasxfail="known")], Verdict.FAILED, "wrong"),
        ([report("failed", "[XPASS(strict)] known")], Verdict.BROKEN, "it passes: [XPASS(strict)] known"),
        ([report("failed", "x"), report("skipped", ("f.py", 3, "x"), when="teardown")], Verdict.FAILED, "wrong"),
    ],
)
def test_marks_decide_what_counts(reports: list[Any], verdict: Verdict, message: str) -> None:
    found = with_marks(RESULT, reports)
    assert (found.verdict, found.message) == (verdict, message)
    assert (found.snippet, found.hint) == (("s", "h") if verdict is Verdict.FAILED else ("", ""))


def failing() -> CheckFailed:
    try:
        expect.equal(1, 2, what="one")
    except CheckFailed as error:
        return error
    raise AssertionError("it does not fail")


def names_of(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_frames_of_the_grader_are_cut_and_those_of_the_suite_stay() -> None:
    error = failing()
    assert len(names_of(error)) > 1
    assert names_of(cut(error)) == ["failing"]


def test_debugger_stands_in_the_innermost_frame_of_the_suite() -> None:
    with pytest.raises(TypeError) as raised:
        sorted([1, 2], key=lambda _: len(3))  # type: ignore[arg-type]
    assert names_of(cut(raised.value, at_suite=[Path(__file__).parent]))[-1] == "<lambda>"
    assert names_of(cut(raised.value, at_suite=[Path("/nowhere")])) != []
