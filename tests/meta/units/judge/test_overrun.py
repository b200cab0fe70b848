"""A loop in the judge ends; what waits for others, or goes from step to step, does not."""

from __future__ import annotations

import itertools
import threading

import pytest

from grader.judge import overrun
from grader.judge.overrun import CheckOverran, ended_after
from grader.scorecard import Verdict


def test_loop_ends_in_the_middle_and_is_nobodys_points() -> None:
    with pytest.raises(CheckOverran) as ended, ended_after(0.05, 60.0, lambda: 0):
        for _ in itertools.count():
            pass
    assert ended.value.verdict is Verdict.BROKEN


def test_loop_that_uses_no_processor_ends_with_the_grading() -> None:
    never = threading.Event()
    with pytest.raises(CheckOverran), ended_after(60.0, 0.05, lambda: 0):
        all(not never.wait(0.01) for _ in itertools.count())


def test_one_step_after_another_may_take_longer_together() -> None:
    steps = itertools.count()
    with ended_after(0.05, 60.0, lambda: next(steps)):
        for _ in range(3_000_000):
            pass


def test_nothing_is_raised_after_the_end() -> None:
    with ended_after(60.0, 60.0, lambda: 0):
        pass
    assert sum(range(100_000)) > 0


def test_step_after_step_ends_with_the_grading() -> None:
    steps = itertools.count()
    with pytest.raises(CheckOverran), ended_after(60.0, 0.05, lambda: next(steps)):
        for _ in itertools.count():
            pass


def test_what_is_on_its_way_at_the_end_is_called_back(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = list[object]()
    monkeypatch.setattr(overrun, "_raise_in", lambda thread, error: raised.append((thread, error)))
    with ended_after(60.0, 60.0, lambda: 0):
        pass
    assert raised == [(threading.get_ident(), None)]
