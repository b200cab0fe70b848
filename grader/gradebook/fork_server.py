"""Judges that share what they have imported and drawn: Linux.

What a judge has imported and what it asks of all submissions are some 400 MiB, and take seconds to make. One process
makes them (grader.gradebook.judge_process.fork_judges), and each judge is a fork of it, which has some 100 MiB of its
own. The workers are not: each judge starts a zygote for them.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from grader.gradebook.judges import DYING_S, LOG, JudgeProcess, Spawned, told_end

ANSWER_S: Final = 10.0  # for a fork, or the end of one, where the process is ready for it


class ForkServer:
    """Forks judges; if it dies, a new one is started for the next judge."""

    def __init__(self, command: Sequence[str], config: Mapping[str, Any], folder: Path) -> None:
        self._command, self._config, self._folder = command, config, folder
        self._serving: Serving | None = None
        self._count = 0

    def start(self, channel: int, lifeline: int, temporary: Path) -> JudgeProcess:
        """See grader.gradebook.judges.JudgeStarter. It does not wait until the judge is there."""
        if self._serving is None or not self._serving.is_alive:
            self.close()
            self._count += 1
            self._serving = Serving(self._command, self._config, self._folder / f"forks-{self._count}")
        return self._serving.fork(channel, lifeline, temporary)

    def close(self) -> None:
        """End the process. Judges that it has forked go on until they are ended."""
        if self._serving:
            self._serving.close()


class Serving:
    """The process that judges are forked from."""

    def __init__(self, command: Sequence[str], config: Mapping[str, Any], temporary: Path) -> None:
        self._temporary = temporary
        temporary.mkdir(mode=0o700)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reader, self._lifeline = os.pipe()
        try:
            descriptors = (theirs.fileno(), reader)
            self._process = Spawned([*command, "fork", *map(str, descriptors)], descriptors, temporary)
        finally:
            theirs.close()
            os.close(reader)
        self._is_ready, self._told = False, ""
        self._asked = deque[Forked]()  # that it has not forked yet
        self._status: int | None = None
        self._send(config)

    @property
    def is_alive(self) -> bool:
        """Whether judges can be forked."""
        return not self._told and self._process.is_alive

    def fork(self, channel: int, lifeline: int, temporary: Path) -> Forked:
        """Ask for a judge."""
        forked = Forked(self, temporary / LOG)
        with forked.log.open("wb") as log:
            self._send({"temporary": str(temporary)}, (channel, lifeline, log.fileno()))
        self._asked.append(forked)
        return forked

    def find(self, forked: Forked) -> None:
        """Learn its process id, if it is there by now."""
        while forked.pid is None and self._hear(ANSWER_S if self._is_ready else 0.0):
            pass

    def reap(self, pid: int, patience_s: float) -> int | None:
        """Have it killed with its group, if it does not end by itself; how it has ended, where that can be known."""
        self._status = None
        if self.is_alive:
            self._send({"end": pid, "patience_s": patience_s})
            while self._status is None and self._hear(ANSWER_S + patience_s):
                pass
        if self._status is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        return self._status

    def close(self, patience_s: float = 0.0) -> str:
        """End it, if it does not end by itself; how it has ended."""
        if not self._told:
            self._told = self._process.ended_with(patience_s)
            os.close(self._lifeline)
            self._process.end()
            self._control.close()
            shutil.rmtree(self._temporary, ignore_errors=True)
        return self._told

    def _send(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        with contextlib.suppress(OSError):  # it is gone: that is seen
            socket.send_fds(self._control, [json.dumps(message).encode()], [*descriptors])

    def _hear(self, wait_s: float) -> bool:
        """Take in what it says next; whether it has said something."""
        if self._told or not select.select([self._control], [], [], wait_s)[0]:
            return False
        try:
            reply = json.loads(self._control.recv(1 << 16))
        except (OSError, ValueError):  # it is gone
            return False
        if "pid" in reply:
            self._asked.popleft().pid = reply["pid"]
        else:
            self._status, self._is_ready = reply.get("status"), True
        return True


class Forked:
    """A judge that was forked, or is going to be."""

    def __init__(self, serving: Serving, log: Path) -> None:
        self.log = log
        self.pid: int | None = None
        self._serving = serving
        self._told = ""

    def ended_with(self) -> str:
        """See grader.gradebook.judges.JudgeProcess."""
        self._serving.find(self)
        if not self._told:
            ended = self._serving.reap(self.pid, DYING_S) if self.pid else None
            self._told = told_end(ended, self.log) if self.pid else self._serving.close(DYING_S)
        return self._told

    def end(self) -> None:
        """See grader.gradebook.judges.JudgeProcess."""
        self._serving.find(self)
        if self._told:
            return
        if self.pid:
            self._serving.reap(self.pid, 0.0)
        else:  # what is to make it ends, too
            self._serving.close()
