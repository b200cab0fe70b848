"""Judges as the run holds them: how they are started, spoken with and ended."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from grader.processes.process import last_line

COMMAND: Final = (
    sys.executable,
    "-P",
    "-m",  # -P: files of students may lie in the folder that it is called from
    "grader.gradebook.judge_process",
)
MAX_REPLY: Final = 256 << 20
DYING_S: Final = 1.0  # from a judge's last word to its end
LOG: Final = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One submission to grade."""

    key: str
    path: str
    entry: str = ""


class JudgeProcess(Protocol):
    """A judge's process, which leads a group."""

    origin: object  # what has to be mended if it does not start: one thing, however many wait for it

    @property
    def is_known(self) -> bool:
        """Whether it is there, and can be ended."""

    def is_known_as(self, pid: int) -> None:
        """It has told its process id."""

    def ended_with(self) -> str:
        """How it has ended, and the last that it, or what should have started it, has said. Kills it if it has not."""

    def end(self) -> None:
        """Kill it with its group."""


class JudgeStarter(Protocol):
    """A way to start judges."""

    def start(self, channel: int, lifeline: int, temporary: Path) -> JudgeProcess:
        """One that speaks on that socket, and lives as long as the other end of the pipe is open."""

    def close(self) -> None:
        """No more are started. Those that were are ended one by one."""


class JudgeSpawner:
    """Starts each judge as a process that imports all of its own."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    def start(self, channel: int, lifeline: int, temporary: Path) -> JudgeProcess:
        """See JudgeStarter."""
        return SpawnedProcess([*self._command, str(channel), str(lifeline)], (channel, lifeline), temporary)

    def close(self) -> None:
        """Nothing is left."""


class SpawnedProcess:
    """A process that this one has started, the leader of a group. It speaks into a log."""

    def __init__(self, command: Sequence[str], descriptors: Sequence[int], temporary: Path) -> None:
        self.origin: object = self
        self._log = temporary / LOG
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                pass_fds=descriptors,
                env={**os.environ, "TMPDIR": str(temporary)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C goes to the run, which then ends the judges
            )

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    @property
    def is_known(self) -> bool:
        """See JudgeProcess."""
        return True

    def is_known_as(self, pid: int) -> None:
        """See JudgeProcess."""

    def ended_with(self) -> str:
        """See JudgeProcess."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(DYING_S)
        return told_end(self._process.returncode, self._log)

    def end(self) -> None:
        """See JudgeProcess."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()


def told_end(status: int | None, log: Path) -> str:
    """How a judge has ended, in words. status: as of subprocess; None where it is not known."""
    how = f" with status {status}" if status is not None else ""
    if status is not None and status < 0:
        how = f" with signal {signal.Signals(-status).name}"
    said = last_line(log)
    return f"its judge ended{how}{': ' + said if said else ''}"


class JudgeHandle:
    """One judge."""

    def __init__(self, starter: JudgeStarter, config: Mapping[str, Any], temporary: Path) -> None:
        self.task: Task | None = None
        self.attempt, self.is_ready, self.since = 0, False, time.monotonic()
        self._temporary = temporary
        temporary.mkdir(mode=0o700)
        self.channel, theirs = socket.socketpair()
        reader, self._lifeline = os.pipe()
        try:
            self._process = starter.start(theirs.fileno(), reader, temporary)
        finally:
            theirs.close()
            os.close(reader)
        self._buffer = bytearray()
        self._send(config)

    @property
    def key(self) -> str:
        """Of the submission that it grades."""
        return self.task.key if self.task else ""

    def give(self, task: Task, attempt: int) -> None:
        """Have it grade that one."""
        self.task, self.attempt, self.since = task, attempt, time.monotonic()
        self._send({"path": task.path, "entry": task.entry})

    def _send(self, message: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # it is gone: that is heard
            self.channel.sendall(json.dumps(message).encode() + b"\n")

    def hear(self) -> list[dict[str, Any]]:
        """The whole lines that have come. Raises OSError where it is gone, ValueError where it speaks nonsense."""
        chunk = self.channel.recv(1 << 20)
        if not chunk:
            raise OSError("it is gone")
        self._buffer += chunk
        if len(self._buffer) > MAX_REPLY:
            raise ValueError("its reply is too long")
        *lines, rest = bytes(self._buffer).split(b"\n") if b"\n" in chunk else [bytes(self._buffer)]
        self._buffer = bytearray(rest)
        heard: list[dict[str, Any]] = [json.loads(line) for line in lines]
        if heard and "pid" in heard[0]:
            self._process.is_known_as(heard.pop(0)["pid"])
        return heard

    @property
    def origin(self) -> object:
        """What has to be mended if it does not start; see JudgeProcess."""
        return self._process.origin

    def last_words(self) -> str:
        """How it ended, and the last line that it wrote."""
        return self._process.ended_with()

    def end(self) -> None:
        """Kill it with all that it has started, and remove its files. Its zygote ends when it does."""
        os.close(self._lifeline)
        self.channel.settimeout(0.0 if self._process.is_known else DYING_S)
        with contextlib.suppress(OSError, ValueError, TypeError):
            self.hear()  # its process id, or the end of what holds the other end
        self._process.end()
        self.channel.close()
        shutil.rmtree(self._temporary, ignore_errors=True)
