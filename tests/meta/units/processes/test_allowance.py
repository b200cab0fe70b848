"""The allowance: only the judge's waiting counts, and not what a busy machine makes the worker wait for."""

from __future__ import annotations

import pytest

from grader.boundary.limits import Limit
from grader.processes import allowance
from grader.processes.allowance import MIN_GRACE_S, MOST_WAITING, Allowance


class Clock:
    """Time, and what the worker has waited for a processor, as the test says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waited = 5.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(allowance, "time", found)
    monkeypatch.setattr(allowance, "waited_s", lambda pid: found.waited)
    return found


@pytest.fixture
def allowed(clock: Clock) -> Allowance:
    """An allowance of ten seconds."""
    found = Allowance(lambda: 1)
    found.renew(Limit("limit_s", 10.0))
    return found


def waits(allowed: Allowance, clock: Clock, seconds: float) -> float:
    """The deadline of a wait that takes so long, counted from its beginning."""
    started = clock.now
    with allowed.waiting() as deadline:
        clock.now += seconds
    return deadline - started


def broken_off(clock: Clock, seconds: float) -> None:
    clock.now += seconds
    raise OverflowError


def test_nothing_is_allowed_before_a_limit_is_given(clock: Clock) -> None:
    assert waits(Allowance(lambda: None), clock, 0.0) == 0.0


def test_all_waiting_since_the_limit_was_given_counts_and_nothing_between(allowed: Allowance, clock: Clock) -> None:
    assert waits(allowed, clock, 3.0) == 10.0
    clock.now += 1000.0  # the judge draws and computes
    assert waits(allowed, clock, 6.0) == 7.0
    assert waits(allowed, clock, 0.0) == 1.0


def test_waiting_that_ends_in_an_exception_counts(allowed: Allowance, clock: Clock) -> None:
    with pytest.raises(OverflowError), allowed.waiting():
        broken_off(clock, 4.0)
    assert waits(allowed, clock, 0.0) == 6.0


def test_new_limit_takes_the_place_of_what_was_left(allowed: Allowance, clock: Clock) -> None:
    waits(allowed, clock, 9.0)
    allowed.renew(Limit("load_s", 2.0))
    assert allowed.limit == Limit("load_s", 2.0)
    assert waits(allowed, clock, 0.0) == 2.0


def test_what_the_worker_waited_for_a_processor_is_granted_once(allowed: Allowance, clock: Clock) -> None:
    assert allowed.grace() == 0.0
    clock.waited += 4.0
    assert allowed.grace() == 4.0
    assert allowed.grace() == 0.0
    assert waits(allowed, clock, 0.0) == 14.0


def test_what_was_waited_before_the_limit_was_given_is_not_granted(allowed: Allowance, clock: Clock) -> None:
    clock.waited += 4.0
    allowed.renew(Limit("limit_s", 10.0))
    assert allowed.grace() == 0.0


def test_grace_is_bounded_by_the_limit(allowed: Allowance, clock: Clock) -> None:
    granted = 0.0
    for _ in range(100):
        clock.waited += 7.0
        granted += allowed.grace()
    assert granted == MOST_WAITING * 10.0


def test_grace_that_is_not_worth_a_system_call_is_none(allowed: Allowance, clock: Clock) -> None:
    clock.waited += MIN_GRACE_S / 2
    assert allowed.grace() == 0.0
    clock.waited += MIN_GRACE_S  # together with what was not granted
    assert allowed.grace() == pytest.approx(1.5 * MIN_GRACE_S)
