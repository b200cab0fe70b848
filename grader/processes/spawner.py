"""Starts each worker as a process of its own: macOS, Windows."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from grader.boundary.limits import Limits
from grader.boundary.startup import Site, Start
from grader.errors import WorkerStartFailed
from grader.machine.trees import remove
from grader.processes.process import ARGUMENTS, START_LIMIT_S, Process, last_line
from grader.sandbox import environment, job_object, seatbelt, tiers


class Hold(Protocol):
    """What a platform has to put around a process that is a worker of its own."""

    name: str
    isolation: tiers.Isolation  # what it is, if it holds

    def unreadable(self) -> tuple[Path, ...]:
        """Files that a worker which is held must not be able to read: it tries them."""

    def command(self, program: str, scratch: Path) -> list[str]:
        """What to put before the command that starts the worker with that program. Raises OSError."""

    def take(self, pid: int, limits: Limits) -> Callable[[], object]:
        """Hold the process, which does nothing before it is told; what to call when it has ended. Raises OSError."""


class Spawner:
    """Starts each worker as a process of its own."""

    def __init__(self, root: Path, site: Site) -> None:
        self._root = root
        self._site = site
        self._isolation: tiers.Isolation | None = None
        self._hold: Hold | None = _hold(root, site)

    def is_alive(self) -> bool:
        """Nothing has to run."""
        return True

    def isolation(self) -> tiers.Isolation:
        """What holds them. One worker is started for that, of which nothing is asked but an answer."""
        if self._isolation is None:
            self._isolation = tiers.Isolation(tiers.Tier.PROCESS)
            if self._hold is not None:
                try:
                    self._try_out(self._hold)
                    self._isolation = self._hold.isolation
                except OSError as error:
                    reason = f"no {self._hold.name} here ({error})"
                    self._isolation, self._hold = tiers.Isolation(tiers.Tier.PROCESS, reason), None
        return self._isolation

    def _try_out(self, hold: Hold) -> None:
        """Raises OSError where a worker does not come up so held."""
        from grader.boundary import messages, wire  # they need torch: see grader.processes.workers
        from grader.boundary.channel import Channel

        scratch, log = self._root / "0", self._root / "spawned.log"
        scratch.mkdir(mode=0o700)
        ours, theirs = socket.socketpair()
        try:
            with ours, log.open("wb") as output:
                with theirs:
                    process = self._launch(theirs, output.fileno(), Start(scratch=scratch), hold)
                try:
                    channel = Channel(ours)
                    deadline = time.monotonic() + START_LIMIT_S
                    channel.send(*messages.write_message(messages.Run([]), 0), deadline)
                    messages.read_answer(messages.Ran, 0, *channel.receive(deadline))
                finally:
                    process.end()
        except (wire.WireError, BrokenPipeError):
            raise OSError(last_line(log) or "it does not start Python") from None
        finally:
            remove(scratch)

    def compile(self, frames: bytes) -> bool:
        """Scripts would be made anew in each process, which takes longer than they save. Always false."""
        return False

    def start(self, channel: socket.socket, output: int, start: Start) -> Process:
        """Start a worker with these ends of the channel and the output."""
        self.isolation()
        try:
            return self._launch(channel, output, start, self._hold)
        except OSError as error:
            raise WorkerStartFailed(f"no worker can be started: {error}") from error

    def _launch(self, channel: socket.socket, output: int, start: Start, hold: Hold | None) -> _Spawned:
        start = replace(start, unreadable=hold.unreadable() if hold else ())
        windows = sys.platform == "win32"
        program, launcher = _interpreter()
        process = subprocess.Popen(
            [
                *(hold.command(program, start.scratch) if hold else []),
                *(program, *ARGUMENTS, "worker"),
                *([] if windows else [str(channel.fileno())]),
            ],
            pass_fds=[] if windows else [channel.fileno()],
            cwd=start.scratch,
            env=environment.worker_environment(start.scratch) | launcher,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        spawned = _Spawned(process)
        try:
            if hold:
                spawned.let_go = hold.take(process.pid, start.limits)
            if process.stdin is None:
                raise WorkerStartFailed("a worker was started without standard input")
            with process.stdin as stdin:
                stdin.write(f"{self._site.as_json()}\n{start.as_json()}\n".encode())
                if sys.platform == "win32":
                    shared = channel.share(process.pid)
                    stdin.write(b"%d\n" % len(shared) + shared)
        except BaseException:
            spawned.end()
            raise
        return spawned

    def settle(self) -> None:
        """Nothing is on its way."""

    def close(self) -> None:
        """Nothing is left once the workers have ended."""


def _hold(root: Path, site: Site) -> Hold | None:
    if sys.platform == "win32":
        return job_object.JobObject()
    if site.tier == tiers.Tier.PROCESS:
        return None
    return seatbelt.Seatbelt([*site.data.values()], site.suites, root)


def _interpreter() -> tuple[str, dict[str, str]]:
    """The program that is Python itself, and how it finds the virtual environment.

    In one on Windows, and in a framework of macOS, sys.executable only starts that program, as another process.
    """
    program = Path(sys.base_prefix, "Resources/Python.app/Contents/MacOS/Python")
    if sys.platform == "win32":
        program = Path(getattr(sys, "_base_executable", sys.executable))
    if program.exists() and program != Path(sys.executable):
        return str(program), {"__PYVENV_LAUNCHER__": sys.executable}
    return sys.executable, {}


class _Spawned:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.let_go: Callable[[], object] = lambda: None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process.poll() is None else None

    def identify(self) -> int | None:
        return self.pid

    def end(self) -> int | None:
        ended = self._process.poll()
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self.let_go()
        return ended if ended is not None else self._process.returncode

    def discard(self, then: Callable[[], None]) -> None:
        self.end()
        then()
