"""Starts judge processes, hands them submissions, and outlives whatever happens to them.

Each judge is a process group of its own that grades many submissions one after the other. One that dies, or takes too
long, is killed with its group and replaced; the submission that it held is tried once more, by a fresh judge, and then
listed with the reason. Nobody else loses anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.errors import AssignmentInvalid, WorkerStartFailed
from grader.gradebook.judge_process import UNFIT
from grader.machine import interrupts
from grader.processes.process import last_line

COMMAND: Final = (
    sys.executable,
    "-P",
    "-m",  # -P: files of students may lie in the folder that it is called from
    "grader.gradebook.judge_process",
)
ATTEMPTS: Final = 2  # a judge may be killed by somebody else's fault
FAILED_STARTS: Final = 3  # in a row: then it is the machine
POLL_S: Final = 0.5
MAX_REPLY: Final = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One submission to grade."""

    key: str
    path: str
    entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """What became of it. outcome: graded, unreadable, crashed or timed_out. card, page: of one that is graded."""

    key: str
    outcome: str
    reason: str = ""
    card: Mapping[str, Any] | None = None
    page: str = ""
    duration_s: float = 0.0


class Supervisor:
    """Grades tasks with a number of judges. A context manager: at its end no judge is left."""

    def __init__(
        self,
        config: Mapping[str, Any],
        temporary: Path,
        *,
        jobs: int,
        limit_s: float,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._config, self._temporary, self._command = config, temporary, command
        self._jobs, self._limit_s = jobs, limit_s
        self._selector = selectors.DefaultSelector()
        self._judges: list[_Judge] = []
        self._failed_starts, self._count = 0, 0

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *exception: object) -> None:
        for judge in [*self._judges]:
            self._end(judge)
        self._selector.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[Graded]:
        """The results, as they come.

        Raises WorkerStartFailed where no judge can be started, AssignmentInvalid where the suite can't be run.
        """
        waiting = deque((task, 1) for task in tasks)
        crashed: dict[str, Graded] = {}  # whose worker died: somebody may have killed it
        while waiting or any(judge.task for judge in self._judges):
            with interrupts.at_once():  # Ctrl-C, also where Python has swallowed what it raised
                pass
            while len(self._judges) < min(self._jobs, len(waiting) + sum(bool(j.task) for j in self._judges)):
                self._start()
            for judge in self._judges:
                if judge.is_ready and not judge.task and waiting:
                    judge.give(*waiting.popleft())
            for judge, reply in self._heard():
                task, attempt = judge.task, judge.attempt
                if task is None:
                    continue
                judge.task = None
                if reply.outcome == UNFIT:
                    raise AssignmentInvalid(reply.reason)
                if reply.outcome == "died" and attempt < ATTEMPTS:
                    waiting.append((task, attempt + 1))
                elif attempt < ATTEMPTS and _has_crashed(reply):
                    crashed[task.key] = reply
                    waiting.append((task, attempt + 1))
                else:
                    yield _better(_told(reply), crashed.pop(task.key, None))

    def _heard(self) -> Iterator[tuple[_Judge, Graded]]:
        """What the judges say, or what ended them, for the tasks that they had."""
        for key, _ in self._selector.select(POLL_S):
            judge: _Judge = key.data
            try:
                replies = [None if line.get("is_ready") else Graded(key=judge.key, **line) for line in judge.hear()]
            except (OSError, ValueError, TypeError, AttributeError):  # it is gone, or does not speak as a judge does
                reason = judge.last_words()
                self._end(judge)
                if not judge.is_ready:
                    self._count_failed_start(reason)
                yield judge, Graded(key=judge.key, outcome="died", reason=reason)
                continue
            self._failed_starts = 0
            for reply in replies:
                if reply is None:
                    judge.is_ready = True
                else:
                    yield judge, reply
        for judge in [*self._judges]:
            limit_s = self._limit_s if judge.task else max(self._limit_s, 300.0)
            is_busy = judge.task or not judge.is_ready
            if is_busy and time.monotonic() - judge.since > limit_s:
                self._end(judge)
                if not judge.is_ready:
                    self._count_failed_start(f"its judge was not ready after {limit_s:g} s")
                yield (
                    judge,
                    Graded(
                        key=judge.key,
                        outcome="timed_out",
                        reason=f"took longer than {self._limit_s:g} s and was ended (--limit)",
                        duration_s=self._limit_s,
                    ),
                )

    def _count_failed_start(self, reason: str) -> None:
        self._failed_starts += 1
        if self._failed_starts >= FAILED_STARTS:
            raise WorkerStartFailed(f"no judge can be started: {reason}")

    def _start(self) -> None:
        self._count += 1
        judge = _Judge(self._command, self._config, self._temporary / f"judge-{self._count}")
        self._judges.append(judge)
        self._selector.register(judge.channel, selectors.EVENT_READ, judge)

    def _end(self, judge: _Judge) -> None:
        self._judges.remove(judge)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(judge.channel)
        judge.end()


class _Judge:
    """One judge process, as the supervisor holds it."""

    def __init__(self, command: Sequence[str], config: Mapping[str, Any], temporary: Path) -> None:
        self.task: Task | None = None
        self.attempt, self.is_ready, self.since = 0, False, time.monotonic()
        self._temporary = temporary
        temporary.mkdir(mode=0o700)
        self.channel, theirs = socket.socketpair()
        reader, self._lifeline = os.pipe()
        try:
            with (temporary / "log").open("wb") as log:
                self._process = subprocess.Popen(
                    [*command, str(theirs.fileno()), str(reader)],
                    pass_fds=[theirs.fileno(), reader],
                    env={**os.environ, "TMPDIR": str(temporary)},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C goes to the run, which then ends the judges
                )
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
        return [json.loads(line) for line in lines]

    def last_words(self) -> str:
        """How it ended, and the last line that it wrote."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        status = self._process.returncode
        how = f"signal {signal.Signals(-status).name}" if status and status < 0 else f"status {status}"
        said = last_line(self._temporary / "log")
        return f"its judge ended with {how}{': ' + said if said else ''}"

    def end(self) -> None:
        """Kill it with all that it has started, and remove its files. Its zygote ends when it does."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self.channel.close()
        os.close(self._lifeline)
        shutil.rmtree(self._temporary, ignore_errors=True)


def _told(reply: Graded) -> Graded:
    if reply.outcome != "died":
        return reply
    return Graded(key=reply.key, outcome="crashed", reason=f"{reply.reason}; twice", duration_s=reply.duration_s)


def _has_crashed(reply: Graded) -> bool:
    """Whether a worker died in it, or the grader itself failed: neither need be the submission's doing."""
    checks = [check for question in (reply.card or {}).get("questions", ()) for check in question["checks"]]
    return any(check["verdict"] in ("crashed", "broken") for check in checks)


def _better(reply: Graded, first: Graded | None) -> Graded:
    """The second attempt counts unless it gave less."""
    if first is None or first.card is None:
        return reply
    if reply.card is None or (reply.card["provisional"], -reply.card["score"]) > (
        first.card["provisional"],
        -first.card["score"],
    ):
        return first
    return reply
