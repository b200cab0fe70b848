"""What a grading is folded into, and whose turn it is in this process."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.judge.grade import GradingInterrupted, turn, ungraded
from grader.scorecard import CheckResult, Scorecard, Verdict
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.units.judge.test_run import assignment_of, question


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """Two questions, of which the second needs the first; its check is hidden."""
    hidden = replace(question("b", "a"), visibility={"test_b": "hidden"})
    return replace(assignment_of(question("a", checks=2), hidden), folder=tmp_path)


def folded(assignment: Assignment, interrupted: str, *results: CheckResult, only: tuple[str, ...] = ()) -> Scorecard:
    path = assignment.folder / "hw.py"
    path.write_text("x = 1")
    by_name = {result.name: result for result in results}
    return ungraded(read_submission(path), assignment, Settings(only=only, seed=7), interrupted, by_name)


def passed(name: str) -> CheckResult:
    return CheckResult(name=name, title="It is right.", verdict=Verdict.PASSED, max_score=1.0)


def test_check_without_a_result_is_the_grader_s_own_fault(assignment: Assignment) -> None:
    card = folded(assignment, "", passed("test_b"), passed("test_a"))
    assert [(check.name, check.verdict) for check in card.checks] == [
        ("test_a", Verdict.PASSED),
        ("test_a1", Verdict.BROKEN),
        ("test_b", Verdict.PASSED),
    ]
    assert card.checks[1].message == "the suite did not run this check"
    assert (card.score, card.max_score, card.is_provisional, card.seed) == (2.0, 2.0, True, 7)


def test_check_without_a_result_is_not_graded_where_the_grading_was_ended(assignment: Assignment) -> None:
    card = folded(assignment, "it was interrupted", passed("test_a"))
    assert [check.verdict for check in card.checks] == [Verdict.PASSED, Verdict.NOT_GRADED, Verdict.NOT_GRADED]
    assert [check.visibility for check in card.checks] == ["visible", "visible", "hidden"]
    assert {check.message for check in card.checks[1:]} == {card.interrupted} == {"it was interrupted"}
    assert str(GradingInterrupted(card)) == "it was interrupted"


def test_questions_that_were_not_chosen_are_not_in_the_scorecard(assignment: Assignment) -> None:
    card = folded(assignment, "", passed("test_b"), only=("b",))
    assert [q.name for q in card.questions] == ["b"]


def test_turn_can_be_taken_twice_by_one_thread_and_not_by_two() -> None:
    order: list[str] = []

    def second() -> None:
        with turn():
            order.append("second")

    thread = threading.Thread(target=second)
    with turn(), turn():
        thread.start()
        thread.join(timeout=0.2)  # it can't end
        order.append("first")
    thread.join(timeout=100)
    assert order == ["first", "second"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on POSIX")
def test_process_that_was_forked_while_a_thread_graded_can_grade() -> None:
    """The thread whose turn it is does not exist in it."""
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with turn():
            taken.set()
            done.wait(100)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(100)
    pid = os.fork()
    if pid == 0:
        threading.Timer(30, lambda: os._exit(1)).start()
        with turn():
            os._exit(0)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
