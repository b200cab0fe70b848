"""Silent runs: they wait for several examples together, and never pass a check that would fail one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from grader.assignment import Assignment, load_assignment
from grader.boundary.limits import Limit
from grader.judge import pytest_run
from grader.judge.attempt import OWN
from grader.judge.grade import grade
from grader.judge.grading import Grading
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.scorecard import CheckResult, Untold, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from grader.suite import expect
from grader.suite.handles import SILENT_EXAMPLES, RemoteSubmission, Session, examine, fetch
from tests.meta.conftest import Grade, execute
from tests.meta.tools.toy import TOY_TABLE

SUITE = '''
from pathlib import Path
from hypothesis import assume, given, strategies as st
from grader.suite import expect
from grader.suite.checks import check
from grader.suite.expect import CheckFailed
from grader.suite.handles import StudentError, fetch

runs = Path(__file__).with_name("runs")
runs.write_text("")

@check("double")
@given(number=st.integers(0, 1000))
def test_double(submission, number):
    """double(x) is twice x."""
    with runs.open("a") as file:
        print("silent" if submission._session.silent else "told", file=file)
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
    assert len(runs) == len(set(runs)) == 34


@pytest.mark.parametrize("then", ["2 * x + 1", "1 / 0"])
@pytest.mark.parametrize("call", [1, 2, 8, 9, EXAMPLES])
def test_one_wrong_example_is_found_wherever_it_is(run: Run, call: int, then: str) -> None:
    result, runs = run(wrong_at(call, then))
    assert (result.verdict, in_turn(runs)) == (Verdict.FAILED, ["silent", "told"])


def test_wrong_submission_is_told_as_ever(run: Run) -> None:
    result, runs = run("def double(x):\n    return 2 * x + 1\n")
    assert runs.count("silent") <= SILENT_EXAMPLES  # nothing is made smaller in a run that nobody hears of
    assert (result.verdict, result.message) == (Verdict.FAILED, "double(0) is 1, expected 0")
    assert "actual = double(0)\nassert actual == 0" in result.snippet


def test_exception_is_not_taken_for_one_that_a_later_line_expects(run: Run) -> None:
    maybe = "try:\n    fetch(submission.helper())\nexcept StudentError:\n    pass"
    source = f"def helper():\n    pass\n{wrong_at(1, '1 / 0')}"
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


def test_what_a_look_asks_for_is_waited_for(run: Run) -> None:
    look = "def look(value):\n    if submission._session.examples == {last}:\n        submission.double(1).missing\n"
    body = "from grader.suite.handles import examine\n" + look.format(last=EXAMPLES)
    result, runs = run(RIGHT, body + "examine(look, submission.double(number))")
    assert (result.verdict, in_turn(runs)) == (Verdict.FAILED, ["silent", "told"])


def test_process_that_ends_is_told(run: Run) -> None:
    result, runs = run(f"import os\n{wrong_at(9, 'os._exit(3)')}")
    assert (result.verdict, in_turn(runs)) == (Verdict.CRASHED, ["silent", "told"])


def test_hang_costs_one_limit(run: Run) -> None:
    result, runs = run("def double(x):\n    while True:\n        pass\n", limit_s=1)
    assert (result.verdict, in_turn(runs)) == (Verdict.TIMED_OUT, ["silent"])


def test_block_does_not_end_before_all_examples_were_waited_for(tmp_path: Path, run: Run, workers: Workers) -> None:
    run(RIGHT)
    (tmp_path / "hw.py").write_text("def double(x):\n    return 2 * x + 1\n")
    submission, assignment = read_submission(tmp_path / "hw.py"), load_assignment(tmp_path)

    def left_unseen(grading: Grading) -> None:
        with grading.check("double", OWN, silent=True) as remote:
            remote._session.begin()
            examine(partial(expect.equal, expected=2), remote.double(1))

    with Grading(submission, assignment, Settings(), workers) as grading, pytest.raises(Untold):
        left_unseen(grading)


class Counted(Session):
    """A session that counts its waits."""

    waits = 0

    def _exchange(self, *arguments: object) -> list[object]:
        self.waits += 1
        return super()._exchange(*arguments)  # type: ignore[arg-type]


@pytest.fixture
def worker(workers: Workers) -> Worker:
    """A worker in which instances of Big are counted."""
    worker = workers.take("hw.py")
    worker.allow(Limit("limit_s", 20))
    source = "alive = 0\nclass Big:\n    def __init__(self):\n        global alive\n        alive += 1\n"
    source += "    def __del__(self):\n        global alive\n        alive -= 1\n"
    execute(worker, f"{source}def count():\n    return alive\n")
    return worker


def test_examples_are_waited_for_together(worker: Worker) -> None:
    session, seen = Counted(worker, 0, silent=True), list[object]()
    for _ in range(SILENT_EXAMPLES + 1):
        session.begin()
        big = session.request("name", "Big", text=lambda: "Big")()
        examine(lambda *_: seen.append(1), big)
        session.end()
    assert (session.waits, len(seen)) == (1, SILENT_EXAMPLES)
    session.finish()
    assert (session.waits, len(seen)) == (2, SILENT_EXAMPLES + 1)


def test_example_is_forgotten_when_the_next_begins(worker: Worker) -> None:
    session = Session(worker, 0, silent=True)
    alive = []
    for _ in range(4):
        session.begin()
        session.request("name", "Big", text=lambda: "Big")()
        alive.append(fetch(session.request("name", "count", text=lambda: "count")()))
        session.end()
    assert alive == [1, 1, 1, 1]


def test_values_that_are_still_to_be_seen_outlive_their_example(worker: Worker) -> None:
    session, seen = Session(worker, 0, silent=True), list[object]()
    for number in range(3):
        session.begin()
        examine(seen.append, session.request("list", number, text=lambda: "[number]"))
        session.end()
    session.finish()
    assert seen == [[0], [1], [2]]


def test_random_numbers_start_anew_with_each_example(worker: Worker) -> None:
    session, drawn = Session(worker, 0, silent=True), list[object]()
    for _ in range(3):
        session.begin()
        examine(drawn.append, RemoteSubmission(session).torch.rand(1).item())
        session.end()
    session.finish()
    assert drawn == [drawn[0]] * 3
