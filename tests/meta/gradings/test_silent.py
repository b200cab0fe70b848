"""Silent runs: they wait for several examples together, and never pass a check that would fail one by one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from grader.assignment import Assignment, load_assignment
from grader.judge import pytest_run
from grader.judge.attempt import OWN
from grader.judge.grade import grade
from grader.judge.grading import Grading
from grader.judge.silent import AHEAD, TOGETHER
from grader.processes.workers import Workers
from grader.scorecard import CheckResult, Untold, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from grader.suite import expect
from tests.meta.conftest import Grade
from tests.meta.tools.toy import TOY_TABLE

SUITE = '''
from pathlib import Path
from hypothesis import assume, given, strategies as st
from grader.suite import expect
from grader.suite.ask import fetch
from grader.suite.checks import check
from grader.suite.failures import CheckFailed, StudentError
from grader.suite.handles import session_of

runs = Path(__file__).with_name("runs")
runs.write_text("")

@check("double")
@given(number=st.integers(0, 1000))
def test_double(submission, number):
    """double(x) is twice x."""
    with runs.open("a") as file:
        print("told" if session_of(submission).tells else "silent", file=file)
    {body}
'''
PLAIN = "expect.equal(submission.double(number), 2 * number)"
RIGHT = "def double(x):\n    return 2 * x\n"
EXAMPLES = Effort.QUICK.examples

Run = Callable[..., tuple[CheckResult, list[str]]]


@pytest.fixture
def run(tmp_path: Path, workers: Workers) -> Run:
    """run(source, body): the result of the check with that body, and how each example was run."""

    def graded(source: str, body: str = PLAIN, limit_s: float = 20) -> tuple[CheckResult, list[str]]:
        (tmp_path / "assignment.toml").write_text(TOY_TABLE.replace("limit_s = 20", f"limit_s = {limit_s}"))
        (tmp_path / "test_double.py").write_text(SUITE.format(body=body.replace("\n", "\n    ")))
        (tmp_path / "hw.py").write_text(source)
        settings = Settings(effort=Effort.QUICK)
        scorecard = grade(read_submission(tmp_path / "hw.py"), load_assignment(tmp_path), settings, workers=workers)
        return scorecard.checks[0], (tmp_path / "runs").read_text().split()

    return graded


def in_turn(runs: list[str]) -> list[str]:
    """The runs, each of them once."""
    return [name for name, _ in groupby(runs)]


def wrong_at(call: int, then: str) -> str:
    body = f"global calls\n    calls += 1\n    return {then} if calls == {call} else 2 * x"
    return f"calls = 0\ndef double(x):\n    {body}\n"


def test_right_submission_is_run_once(run: Run) -> None:
    result, runs = run(RIGHT)
    assert (result.verdict, result.examples, runs) == (Verdict.PASSED, EXAMPLES, ["silent"] * EXAMPLES)


def test_reference_is_run_once_for_each_check_of_the_homework(
    grade_source: Grade, parts_source: str, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that asks for something more would make each silent run fail, and pass when it is told."""
    runs: list[str] = []

    def run(item: pytest.Item, **options: Any) -> Any:
        runs.append(item.name)
        return runtestprotocol(item, **options)

    monkeypatch.setattr(pytest_run, "runtestprotocol", run)
    parts = [question.name for question in assignment.questions if not question.background]
    assert grade_source(parts_source, only=parts).score == 84
    assert len(runs) == len(set(runs)) == 36


@pytest.mark.parametrize("then", ["2 * x + 1", "1 / 0"])
@pytest.mark.parametrize("call", [1, 2, 8, 9, EXAMPLES])
def test_one_wrong_example_is_found_wherever_it_is(run: Run, call: int, then: str) -> None:
    result, runs = run(wrong_at(call, then))
    assert (result.verdict, in_turn(runs)) == (Verdict.FAILED, ["silent", "told"])


def test_wrong_submission_is_told_as_ever(run: Run) -> None:
    result, runs = run("def double(x):\n    return 2 * x + 1\n")
    assert runs.count("silent") <= AHEAD * TOGETHER  # nothing is made smaller in a run that nobody hears of
    assert (result.verdict, result.message) == (Verdict.FAILED, "double(0) is 1, expected 0")
    assert "actual = double(0)\nassert actual == 0" in result.snippet


def test_exception_is_not_taken_for_one_that_a_later_line_expects(run: Run) -> None:
    maybe = "try:\n    fetch(submission.torch.ones(1))\nexcept StudentError:\n    pass"
    source = wrong_at(1, "1 / 0")
    for body in (f"{maybe}\n{PLAIN}", f"{PLAIN}\n{maybe}", f"{maybe}\nsubmission.double(number)"):
        result, runs = run(source, body)
        assert (result.verdict, in_turn(runs)) == (Verdict.FAILED, ["silent", "told"])


def test_failure_is_not_taken_for_one_that_a_later_line_expects(run: Run) -> None:
    later = "try:\n    fetch(submission.double(1))\nexcept CheckFailed:\n    pass"
    result, runs = run("def double(x):\n    return 2 * x + 1\n", f"{PLAIN}\n{later}")
    assert (result.verdict, in_turn(runs)) == (Verdict.FAILED, ["silent", "told"])


def test_expectation_may_be_one_of_two(run: Run) -> None:
    either = f"try:\n    expect.equal(submission.double(number), 2 * number + 1)\nexcept CheckFailed:\n    {PLAIN}"
    result, runs = run(RIGHT, either)
    assert (result.verdict, in_turn(runs)) == (Verdict.PASSED, ["silent", "told"])


def test_example_that_is_not_wanted_is_no_failure(run: Run) -> None:
    result, runs = run(RIGHT, f"assume(number % 2)\n{PLAIN}")
    assert (result.verdict, in_turn(runs)) == (Verdict.PASSED, ["silent"])


def test_fault_of_the_check_is_told(run: Run) -> None:
    result, runs = run(RIGHT, "1 / 0")
    assert (result.verdict, in_turn(runs)) == (Verdict.BROKEN, ["silent", "told"])
    assert result.message.startswith("ZeroDivisionError")


def test_what_is_asked_at_the_end_of_the_last_example_is_waited_for(run: Run) -> None:
    last = f"if session_of(submission).examples.count == {EXAMPLES}:\n    submission.double(1).missing\n"
    result, runs = run(RIGHT, last + PLAIN)
    assert (result.verdict, in_turn(runs)) == (Verdict.FAILED, ["silent", "told"])


GIVEN = "import torch\nx = torch.ones(2)\ny = submission.double(x)\n"
CHANGED = "x += 1\n"
LOOKED_AT = "expect.equal(y, torch.full((2,), 2.0))\n"


def test_tensor_that_the_check_changes_before_it_was_sent_is_a_fault_of_the_check(run: Run) -> None:
    result, runs = run(RIGHT, GIVEN + CHANGED + LOOKED_AT)
    assert (result.verdict, in_turn(runs)) == (Verdict.BROKEN, ["silent", "told"])
    assert "was changed after it was given to the submission; clone() it" in result.message


def test_tensor_that_the_check_changes_when_its_value_was_looked_at_is_right_as_it_was_told(run: Run) -> None:
    result, runs = run(RIGHT, GIVEN + LOOKED_AT + CHANGED)
    assert (result.verdict, in_turn(runs)) == (Verdict.PASSED, ["silent", "told"])


def test_examples_are_the_same_in_both(run: Run) -> None:
    body = 'with runs.open("a") as file:\n    print(number, file=file)\n'
    _, lines = run(wrong_at(EXAMPLES, "1 / 0"), f"{body}{PLAIN}")
    kinds, numbers = lines[::2], lines[1::2]
    silent = [number for kind, number in zip(kinds, numbers, strict=True) if kind == "silent"]
    told = [number for kind, number in zip(kinds, numbers, strict=True) if kind == "told"]
    assert len(silent) == EXAMPLES
    assert told[:EXAMPLES] == silent  # then the one that failed is made smaller


def test_process_that_ends_is_told(run: Run) -> None:
    result, runs = run(f"import os\n{wrong_at(9, 'os._exit(3)')}")
    assert (result.verdict, in_turn(runs)) == (Verdict.CRASHED, ["silent", "told"])


def test_hang_costs_one_limit(run: Run) -> None:
    result, runs = run("def double(x):\n    while True:\n        pass\n", limit_s=1)
    assert (result.verdict, in_turn(runs)) == (Verdict.TIMED_OUT, ["silent"])


def test_crash_after_a_failed_expectation_tells_of_the_expectation(run: Run) -> None:
    source = "import os\ndef double(x):\n    return os._exit(3) if x is None else 2 * x + 1\n"
    result, runs = run(source, f"{PLAIN}\nsubmission.double(None)")
    assert (result.verdict, in_turn(runs)) == (Verdict.FAILED, ["silent", "told"])
    assert result.message == "double(0) is 1, expected 0"


def test_block_does_not_end_before_all_examples_were_waited_for(tmp_path: Path, run: Run, workers: Workers) -> None:
    run(RIGHT)
    (tmp_path / "hw.py").write_text("def double(x):\n    return 2 * x + 1\n")
    submission, assignment = read_submission(tmp_path / "hw.py"), load_assignment(tmp_path)

    def left_unseen(grading: Grading) -> None:
        with grading.check("double", OWN, silent=True) as conversation, conversation.session.example({}, {}):
            expect.equal(conversation.submission.double(1), 2)

    with Grading(submission, assignment, Settings(), workers) as grading, pytest.raises(Untold):
        left_unseen(grading)
