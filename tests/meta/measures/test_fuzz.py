"""A short run of the fuzzer; `nox -s fuzz` is the long one."""

from __future__ import annotations

import pytest

from grader.boundary import wire
from tests.meta.measures.fuzz import ANSWERS, Fuzzer


def test_reader_takes_any_frame() -> None:
    fuzzer = Fuzzer(seed=1)
    fuzzer.run(3000)
    assert sum(fuzzer.outcomes.values()) == 3000
    assert len(fuzzer.outcomes) > 20  # it gets far into the reader, in many ways


def test_each_answer_that_is_changed_is_an_answer() -> None:
    fuzzer = Fuzzer()
    outcomes = {fuzzer.outcome(kind, data) for kind, frames in ANSWERS.items() for data in frames}
    assert {"inspect: Inspected", "load: Loaded", "run: Tensor", "run: an error of the student's"} <= outcomes
    assert not any("broke" in outcome for outcome in outcomes), outcomes


def test_exception_of_the_reader_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(wire, "unpack", broken)
    with pytest.raises(ZeroDivisionError):
        Fuzzer().run(500)
