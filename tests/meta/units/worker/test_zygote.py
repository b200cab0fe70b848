"""The zygote: it forks a worker for each request, ends it on request, and ends when the judge hangs up."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.boundary.rules import Rules
from grader.boundary.startup import End, Site, Start
from grader.worker import zygote
from grader.worker.guard import Guard

needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")


def test_rules_are_learned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    guard, rules = Guard(), Rules(banned=frozenset({"made_up.*"}))
    zygote.learn(guard, rules)
    assert guard.concerns("made_up")
    zygote.learn(guard, rules)
    assert frozen == [1]


def test_the_wait_is_used_until_somebody_asks() -> None:
    ours, its = socket.socketpair()
    taken: list[int] = []

    def step(number: int) -> int:
        taken.append(number)
        if number == 3:
            ours.sendall(b"?")
        return number

    with ours, its:
        zygote._use_the_wait(its, map(step, range(1, 9)))
        assert taken == [1, 2, 3]
        assert its.recv(9) == b"?"
        zygote._use_the_wait(its, map(step, range(4, 9)))
    assert taken == [*range(1, 9)]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    """The judge's end of a zygote that is up."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-P", "-s", "-m", "grader.worker", "zygote", str(its.fileno())]
    process = subprocess.Popen(command, pass_fds=[its.fileno()], cwd=tmp_path)
    its.close()
    ours.settimeout(120)
    ours.sendall(Site(tier="process").as_json().encode())
    assert ours.recv(1 << 12) == b"ready process \n"
    yield ours, process
    ours.close()
    process.kill()
    process.wait()


@needs_fork
def test_worker_lives_until_its_end_is_asked_for_and_the_zygote_until_the_judge_hangs_up(
    control: tuple[socket.socket, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    judge, process = control
    channel, end_of_worker = socket.socketpair()
    channel.settimeout(20)
    with open(tmp_path / "output", "wb") as output:
        descriptors = [end_of_worker.fileno(), output.fileno()]
        (tmp_path / "scratch").mkdir()
        socket.send_fds(judge, [Start(scratch=tmp_path / "scratch").as_json().encode()], descriptors)
        pid = int(judge.recv(100))
    end_of_worker.close()
    os.kill(pid, 0)  # it is there
    judge.sendall(End(pid).as_json().encode())
    assert int(judge.recv(100)) == -signal.SIGKILL
    assert channel.recv(1) == b""  # nobody holds the other end: neither the worker nor the zygote
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    channel.close()
    judge.close()
    assert process.wait(60) == 0
