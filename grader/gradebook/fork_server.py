"""Judges that share what they have imported and drawn: Linux.

What a judge has imported and what it asks of all submissions are some 400 MiB, and take seconds to make. One process
makes them (grader.gradebook.judge_process.fork_judges), and each judge is a fork of it, which has 110 to 130 MiB of
its own. The workers are not: each judge starts a zygote for them.

The process is told what to make, then, for each judge, a folder, with three descriptors: its socket, its lifeline and
its log. It answers nothing. A judge becomes the child of this process, which adopts it, and tells its process id as its
first line; so it is reaped here, whatever has become of the process that it was forked from.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.gradebook.judges import DYING_S, LOG, JudgeProcess, SpawnedProcess, told_end
from grader.processes.process import last_line
from grader.sandbox import linux


class ForkServer:
    """Has judges forked; if what forks them dies, another is started for the next judge."""

    def __init__(self, command: Sequence[str], config: Mapping[str, Any], folder: Path) -> None:
        self._command, self._config, self._folder = command, config, folder
        self._process: ForkingProcess | None = None
        self._count = 0
        linux.adopt_orphans()

    def start(self, channel: int, lifeline: int, temporary: Path) -> JudgeProcess:
        """See grader.gradebook.judges.JudgeStarter. It does not wait until the judge is there."""
        if self._process is None or not self._process.is_alive:
            self._end_process()
            self._count += 1
            self._process = ForkingProcess(self._command, self._config, self._folder / f"forks-{self._count}")
        log = temporary / LOG
        with log.open("wb") as opened:
            self._process.tell({"temporary": str(temporary)}, (channel, lifeline, opened.fileno()))
        return ForkedProcess(self._process, log)

    def close(self) -> None:
        """See grader.gradebook.judges.JudgeStarter."""
        self._end_process()
        linux.leave_orphans()

    def _end_process(self) -> None:
        if self._process:
            self._process.end()


class ForkingProcess:
    """The process that judges are forked from."""

    def __init__(self, command: Sequence[str], config: Mapping[str, Any], temporary: Path) -> None:
        self._temporary = temporary
        temporary.mkdir(mode=0o700)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reader, self._lifeline = os.pipe()
        try:
            descriptors = (theirs.fileno(), reader)
            self._process = SpawnedProcess([*command, "fork", *map(str, descriptors)], descriptors, temporary)
        finally:
            theirs.close()
            os.close(reader)
        self._is_over, self._told = False, ""
        self.tell(config)

    @property
    def is_alive(self) -> bool:
        """Whether judges can be forked."""
        return not self._is_over and self._process.is_alive

    def tell(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Send that. Where it is gone, what it is sent is closed, which is heard as the end of a judge."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._control, [json.dumps(message).encode()], [*descriptors])

    def ended_with(self) -> str:
        """See grader.gradebook.judges.JudgeProcess."""
        if not self._told:
            told = self._process.ended_with()
            self._told = "" if self.is_alive else told
            return told
        return self._told

    def end(self) -> None:
        """Kill it, and remove its files. Judges that it has forked go on."""
        if self._is_over:
            return
        if not self.is_alive:
            self.ended_with()  # while its log is there
        self._is_over = True
        os.close(self._lifeline)
        self._process.end()
        self._control.close()
        shutil.rmtree(self._temporary, ignore_errors=True)


class ForkedProcess:
    """A judge that was forked, or is going to be. Where it is ended before, its fork finds its run gone and ends."""

    def __init__(self, forking: ForkingProcess, log: Path) -> None:
        self._forking, self._log = forking, log
        self._pid: int | None = None
        self._is_reaped, self._told = False, ""
        self.origin: object = self

    @property
    def is_known(self) -> bool:
        """See grader.gradebook.judges.JudgeProcess."""
        return self._pid is not None

    def is_known_as(self, pid: int) -> None:
        """See grader.gradebook.judges.JudgeProcess."""
        self._pid = pid

    def ended_with(self) -> str:
        """See grader.gradebook.judges.JudgeProcess."""
        if not self._told and self._pid is None and not last_line(self._log):
            self.origin, self._told = self._forking, self._forking.ended_with()
        self._told = self._told or told_end(self._reap(DYING_S), self._log)
        return self._told

    def end(self) -> None:
        """See grader.gradebook.judges.JudgeProcess."""
        self._reap(0.0)

    def _reap(self, patience_s: float) -> int | None:
        """Kill it with its group, if it does not end by itself in that time; how it has, where that is known."""
        if self._pid is None or self._is_reaped:
            return None
        self._is_reaped, has_ended = True, False
        with contextlib.suppress(OSError):  # an old kernel: no patience then
            handle = os.pidfd_open(self._pid)
            select.select([handle], [], [], patience_s)
            os.close(handle)
        with contextlib.suppress(ChildProcessError):
            has_ended = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self._pid, signal.SIGKILL)
        status = 0
        with contextlib.suppress(ChildProcessError):  # nobody is left, or this process could adopt none
            _, status = os.waitpid(self._pid, 0)
            while os.waitpid(-self._pid, 0):  # what was in its group
                pass
        return os.waitstatus_to_exitcode(status) if has_ended else None
