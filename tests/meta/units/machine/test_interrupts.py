"""Signals: deferred to the end of what must not be cut in two, and their handlers put back."""

import contextlib
import signal

import pytest

from grader.machine import interrupts


def test_signal_waits_for_the_end_of_a_deferral_and_comes_once() -> None:
    steps = []

    @interrupts.deferred()
    def work() -> None:
        with interrupts.deferred():
            signal.raise_signal(signal.SIGTERM)
            steps.append("inner")
        steps.append("outer")

    with interrupts.raised():
        with pytest.raises(interrupts.Interrupted) as stopped:
            work()
        signal.raise_signal(signal.SIGINT)  # while it is cleaning up
        steps.append("cleaned up")
    assert steps == ["inner", "outer", "cleaned up"]
    assert stopped.value.number == signal.SIGTERM


def test_handlers_are_put_back_and_ignored_signals_stay_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with interrupts.raised():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGTERM) is interrupts._handle
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signal_whose_exception_is_swallowed_comes_at_the_end() -> None:
    def swallow() -> None:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)

    with interrupts.raised(), pytest.raises(interrupts.Interrupted) as stopped, interrupts.at_once():
        swallow()
    assert stopped.value.number == signal.SIGTERM
    with interrupts.raised(), interrupts.at_once():
        pass
    with interrupts.raised(), pytest.raises(interrupts.Interrupted):
        signal.raise_signal(signal.SIGTERM)
    with interrupts.at_once():  # a later grading of this process is another one
        pass
