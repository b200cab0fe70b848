"""Entering the jail: where one step fails, nothing runs."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.processes.workers import Workers
from grader.sandbox import environment


@pytest.mark.skipif(sys.platform != "linux", reason="the jail is for Linux")
def test_worker_that_can_not_enter_the_jail_runs_nothing(
    jail_workers: Workers, data: dict[str, Path], tmp_path: Path
) -> None:
    """Each step fails once; the process ends before it answers."""
    script = """
import json, os, sys
from pathlib import Path
from grader.boundary.startup import Start
from grader.sandbox import landlock, linux, seccomp
from grader.sandbox.jail import Jail
from grader.worker import guard, serve
def fail(*_):
    raise OSError(1, "this step fails")
jail = Jail([Path(sys.argv[3])], [])
jail.zygote = os.getpid()
for module, step in json.loads(sys.argv[4]):
    pid = os.fork()
    if pid == 0:
        setattr({"linux": linux, "landlock": landlock, "seccomp": seccomp}[module], step, fail)
        serve.run_worker(int(sys.argv[1]), None, Start(scratch=Path(sys.argv[2])), guard.Guard(), jail)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    steps = [
        ("linux", "set_no_new_privileges"), ("landlock", "allow"), ("landlock", "enter"),
        ("linux", "drop_capabilities"), ("linux", "hide_memory"), ("linux", "die_with_parent"), ("seccomp", "enter"),
    ]  # fmt: skip
    ours, theirs = socket.socketpair()
    with ours, theirs:
        arguments = [str(theirs.fileno()), str(tmp_path), str(data["mnist"]), json.dumps(steps)]
        done = subprocess.run(
            [sys.executable, "-P", "-c", script, *arguments],
            pass_fds=[theirs.fileno()],
            env=environment.worker_environment(tmp_path),
            capture_output=True,
            text=True,
            check=True,
        )
        theirs.close()
        assert done.stdout.split() == ["1"] * len(steps)
        assert done.stderr.count("this step fails") >= len(steps)
        assert ours.recv(1) == b""
