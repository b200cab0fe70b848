"""Processors and threads: the judge takes one thread while it grades, and knows how many workers fit beside it."""

import os
import sys

import pytest
import torch

from grader.machine.processors import cores, one_thread


def test_one_thread_lasts_as_long_as_the_grading_even_if_that_fails() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with pytest.raises(KeyError), one_thread():
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_cores_are_those_that_linux_lets_this_process_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 7}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert cores() == 3


@pytest.mark.parametrize(("told", "expected"), [(8, 8), (None, 1)])
def test_cores_elsewhere_are_all_that_are_known_and_one_at_least(
    told: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "cpu_count", lambda: told)
    assert cores() == expected
