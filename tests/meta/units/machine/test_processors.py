"""Processors and threads: the judge takes one thread while it grades, and knows how many workers fit beside it."""

import os
import sys
from pathlib import Path

import pytest
import torch

from grader.machine import processors
from grader.machine.processors import cores, one_thread, threads_of_user


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


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "50000 100000"}, 1),
        ("0::/\n", {"cpu.max": "250000 100000"}, 2),
        ("0::/\n", {"cpu.max": "max 100000"}, 3),
        ("0::/a/b\n", {"a/cpu.max": "200000 100000", "a/b/cpu.max": "max 100000"}, 2),
        ("4:cpu,cpuacct:/\n", {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ("4:cpu,cpuacct:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ("", {}, 3),
    ],
)
def test_quota_of_a_container_counts(
    cgroup: str, files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/cgroup").write_text(cgroup)
    for name, text in files.items():
        path = tmp_path / ("groups/cpu" if name.startswith("cpu/") else "groups") / name.removeprefix("cpu/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    found = [*processors.quotas(tmp_path, tmp_path / "groups")]
    monkeypatch.setattr(processors, "quotas", lambda: found)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 7}, raising=False)
    assert cores() == expected


def test_threads_of_this_user_are_counted(tmp_path: Path) -> None:
    user = os.getuid() if hasattr(os, "getuid") else -1
    for process, (owner, threads) in {"1": (user, 3), "22": (user + 1, 50), "333": (user, 4)}.items():
        (tmp_path / process).mkdir()
        (tmp_path / process / "status").write_text(f"Name:\tx\nUid:\t{owner}\t0\t0\t0\nThreads:\t{threads}\n")
    (tmp_path / "4").mkdir()
    (tmp_path / "4" / "status").write_text("Name:\tgone\n")
    assert threads_of_user(tmp_path) == 7
    assert sys.platform != "linux" or threads_of_user() >= 1


@pytest.mark.parametrize(("told", "expected"), [(8, 8), (None, 1)])
def test_cores_elsewhere_are_all_that_are_known_and_one_at_least(
    told: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "cpu_count", lambda: told)
    assert cores() == expected
