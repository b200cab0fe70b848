"""Workers that are a process each: how Python is started, and the job object that holds them on Windows."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from grader.assignment import Assignment
from grader.boundary.rules import Rules
from grader.errors import WorkerStartFailed
from grader.processes import spawner
from grader.processes.workers import Workers
from grader.sandbox import job_object
from tests.meta.fakes.kernel32 import JOB, Kernel32, names
from tests.meta.tools.jailed import Jailed


def test_python_of_a_framework_is_started_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be started by another program, which must not start one."""
    assert spawner._interpreter() == (sys.executable, {})
    program = tmp_path / "Resources/Python.app/Contents/MacOS/Python"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert spawner._interpreter() == (str(program), {"__PYVENV_LAUNCHER__": sys.executable})


def test_python_of_a_virtual_environment_on_windows_is_started_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the process that is put into the job, and gets the channel, would not be the worker."""
    program = tmp_path / "python.exe"
    program.touch()
    monkeypatch.setattr(sys, "_base_executable", str(program))
    monkeypatch.setattr(sys, "platform", "win32")
    assert spawner._interpreter() == (str(program), {"__PYVENV_LAUNCHER__": sys.executable})


@pytest.fixture
def with_job(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Kernel32], Workers]]:
    """with_job(kernel32): workers that are a process each, put into jobs of that library."""
    opened: list[Workers] = []

    def spawn(kernel32: Kernel32) -> Workers:
        monkeypatch.setattr(spawner, "_hold", lambda *_: job_object.JobObject(lambda: kernel32))
        opened.append(Workers(workers.data, fork=False))
        return opened[-1]

    yield spawn
    for each in opened:
        each.close()


class Told:
    """The standard input of a worker, noting each line that is written to it."""

    def __init__(self, stdin: IO[bytes], calls: list[tuple[Any, ...]]) -> None:
        self._stdin = stdin
        self._calls = calls

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None:
        self._stdin.close()

    def write(self, line: bytes) -> None:
        self._calls.append(("told",))
        self._stdin.write(line)


def test_worker_is_in_its_job_before_it_is_told_anything(
    with_job: Callable[[Kernel32], Workers], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel32, popen = Kernel32(), subprocess.Popen

    def noting(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = popen(*arguments, **options)
        assert process.stdin is not None
        process.stdin = Told(process.stdin, kernel32.calls)  # type: ignore[assignment]
        return process

    monkeypatch.setattr(subprocess, "Popen", noting)
    with_job(kernel32).take("hw.py").end()
    found = [name for name in names(kernel32) if name in ("AssignProcessToJobObject", "told")]
    assert found == ["AssignProcessToJobObject", "told"] * 3  # the one that is tried, the one taken, the next one


def test_worker_has_the_limits_of_the_assignment_and_its_job_ends_with_it(
    with_job: Callable[[Kernel32], Workers], assignment: Assignment
) -> None:
    kernel32 = Kernel32()
    spawned = with_job(kernel32)
    assert str(spawned.isolation) == "process: job object"  # a job object keeps nobody from reading or sending
    spawned.prepare(Rules(), assignment.limits)
    tried = len(kernel32.calls)
    jailed = Jailed(spawned, {})
    pid = jailed.worker.started.process.pid
    assert next(pid for name, *_, pid in kernel32.calls[tried:] if name == "OpenProcess") == pid
    limits = job_object.ExtendedLimits.from_buffer_copy(kernel32.calls[tried + 1][3])
    memory_mib = job_object.PYTHON_AND_TORCH_MIB + assignment.limits.memory_mib
    assert limits.ProcessMemoryLimit == int(memory_mib * (1 << 20))
    before = len(kernel32.calls)
    jailed.worker.end()
    jailed.worker.end()
    assert kernel32.calls[before:] == [("CloseHandle", JOB)]


def test_machine_without_job_objects_grades_without_and_says_why(
    with_job: Callable[[Kernel32], Workers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
    kernel32 = Kernel32(*["AssignProcessToJobObject"] * 2)
    spawned = with_job(kernel32)
    reason = "AssignProcessToJobObject failed, Windows error 5"
    assert str(spawned.isolation) == f"process: no job object here ({reason})"
    tried = len(kernel32.calls)
    jailed = Jailed(spawned, {})
    assert jailed.attempt("result = 'alive'") == "alive"
    jailed.worker.end()
    assert len(kernel32.calls) == tried


def test_worker_that_can_not_be_held_as_was_announced_is_not_started(with_job: Callable[[Kernel32], Workers]) -> None:
    kernel32 = Kernel32()
    spawned = with_job(kernel32)
    assert str(spawned.isolation) == "process: job object"
    kernel32.failing = ["CreateJobObjectW"]
    with pytest.raises(WorkerStartFailed, match="no worker can be started: CreateJobObjectW failed"):
        spawned.take("hw.py")
