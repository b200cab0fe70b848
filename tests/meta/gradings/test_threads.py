"""Gradings in threads of one process: each waits for its turn, and has the score that it has alone."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader import Scorecard, Verdict, grade
from grader.processes.workers import Workers
from grader.scorecard import CheckResult
from tests.meta.tools.toy import RIGHT, TOY_TABLE, WRONG

CHECKS = '''
from grader.suite import check, expect, given
from hypothesis import strategies as st

@check("double")
@given(number=st.integers(0, 10**6))
def test_double(submission, number):
    """double(x) is twice x."""
    expect.equal(submission.double(number), 2 * number)
'''
Told = list[tuple[Verdict, str, str, int]]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """An assignment with one property, and submissions beside it."""
    (tmp_path / "assignment.toml").write_text(TOY_TABLE)
    (tmp_path / "test_double.py").write_text(CHECKS)
    (tmp_path / "reference.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(WRONG)
    return tmp_path


def told(scorecard: Scorecard) -> Told:
    return [(check.verdict, check.message, check.snippet, check.examples) for check in scorecard.checks]


def test_two_threads_get_the_scores_that_one_gets(toy: Path, workers: Workers) -> None:
    paths = [toy / name for name in ("reference.py", "wrong.py")] * 2
    one_by_one = [told(grade(path, toy, workers=workers)) for path in paths]
    assert [checks[0][0] for checks in one_by_one] == [Verdict.PASSED, Verdict.FAILED] * 2
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda path: told(grade(path, toy, workers=workers)), paths)) == one_by_one


class Listener:
    """Does something while a grading goes on."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action

    def started(self, question: str, check: str) -> None:
        self._action()

    def finished(self, question: str, result: CheckResult) -> None:
        pass


def test_second_thread_waits_until_the_first_has_graded(toy: Path, workers: Workers) -> None:
    order: list[str] = []
    second = threading.Thread(
        target=lambda: order.append(f"second {grade(toy / 'wrong.py', toy, workers=workers).score:g}")
    )

    def begin_second() -> None:
        second.start()
        second.join(timeout=1)  # it can't end
        order.append("first goes on")

    order.append(f"first {grade(toy / 'reference.py', toy, workers=workers, listener=Listener(begin_second)).score:g}")
    second.join(timeout=100)
    assert order[0] == "first goes on"
    assert sorted(order[1:]) == ["first 4", "second 0"]


def test_grading_within_a_grading_does_not_wait_for_itself(toy: Path, workers: Workers) -> None:
    inner: list[float] = []
    scorecard = grade(
        toy / "reference.py",
        toy,
        workers=workers,
        listener=Listener(lambda: inner.append(grade(toy / "wrong.py", toy, workers=workers).score)),
    )
    assert (scorecard.score, inner) == (4, [0])
