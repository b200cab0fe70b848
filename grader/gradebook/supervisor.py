"""Starts judge processes, hands them submissions, and outlives whatever happens to them.

Each judge is a process group of its own that grades many submissions one after the other. One that dies, or takes too
long, is killed with its group and replaced; the submission that it held is tried once more, by a fresh judge, and then
listed with the reason. Nobody else loses anything.
"""

from __future__ import annotations

import contextlib
import selectors
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.errors import AssignmentInvalid, WorkerStartFailed
from grader.gradebook.fork_server import ForkServer
from grader.gradebook.judges import COMMAND, JudgeHandle, JudgeSpawner, JudgeStarter, Task
from grader.gradebook.judging import UNFIT
from grader.machine import interrupts

ATTEMPTS: Final = 2  # a judge may be killed by somebody else's fault
FAILED_STARTS: Final = 3  # in a row: then it is the machine
POLL_S: Final = 0.5
START_S: Final = 900.0  # at least, until a judge is ready: the exam may have to be drawn first


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
    """Grades tasks with a number of judges. A context manager: at its end no judge is left.

    forks: whether judges share what they import and ask; by default where there are several, on Linux.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        temporary: Path,
        *,
        jobs: int,
        limit_s: float,
        command: Sequence[str] = COMMAND,
        forks: bool | None = None,
    ) -> None:
        self._config, self._temporary, self._command = config, temporary, command
        self._jobs, self._limit_s = jobs, limit_s
        self._selector = selectors.DefaultSelector()
        self._judges: list[JudgeHandle] = []
        self._failed_starts, self._count = list[object](), 0  # what did not start, one after the other
        self._forks = forks
        self._starter: JudgeStarter | None = None

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._starter:
            self._starter.close()  # first: then no more come
        for judge in [*self._judges]:
            self._end(judge)
        self._selector.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[Graded]:
        """The results, as they come.

        Raises WorkerStartFailed where no judge can be started, AssignmentInvalid where the suite can't be run.
        """
        waiting = deque((task, 1) for task in tasks)
        starter = self._starter = self._starter or self._starting(min(self._jobs, len(waiting)))
        crashed: dict[str, Graded] = {}  # whose worker died: somebody may have killed it
        while waiting or any(judge.task for judge in self._judges):
            with interrupts.at_once():  # Ctrl-C, also where Python has swallowed what it raised
                pass
            while len(self._judges) < min(self._jobs, len(waiting) + sum(bool(j.task) for j in self._judges)):
                self._start(starter)
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

    def _heard(self) -> Iterator[tuple[JudgeHandle, Graded]]:
        """What the judges say, or what ended them, for the tasks that they had."""
        for key, _ in self._selector.select(POLL_S):
            judge: JudgeHandle = key.data
            try:
                replies = [None if line.get("is_ready") else Graded(key=judge.key, **line) for line in judge.hear()]
            except (OSError, ValueError, TypeError, AttributeError):  # it is gone, or does not speak as a judge does
                reason = judge.last_words()
                self._end(judge)
                if not judge.is_ready:
                    self._count_failed_start(judge, reason)
                yield judge, Graded(key=judge.key, outcome="died", reason=reason)
                continue
            if replies:
                self._failed_starts.clear()
            for reply in replies:
                if reply is None:
                    judge.is_ready = True
                else:
                    yield judge, reply
        for judge in [*self._judges]:
            limit_s = self._limit_s if judge.task else max(self._limit_s, START_S)
            is_busy = judge.task or not judge.is_ready
            if is_busy and time.monotonic() - judge.since > limit_s:
                self._end(judge)
                if not judge.is_ready:
                    self._count_failed_start(judge, f"its judge was not ready after {limit_s:g} s")
                yield (
                    judge,
                    Graded(
                        key=judge.key,
                        outcome="timed_out",
                        reason=f"took longer than {self._limit_s:g} s and was ended (--limit)",
                        duration_s=self._limit_s,
                    ),
                )

    def _count_failed_start(self, judge: JudgeHandle, reason: str) -> None:
        """Raises WorkerStartFailed where nothing starts. What many judges have waited for has failed once."""
        if judge.origin not in self._failed_starts:
            self._failed_starts.append(judge.origin)
        if len(self._failed_starts) >= FAILED_STARTS:
            raise WorkerStartFailed(f"no judge can be started: {reason}")

    def _starting(self, judges: int) -> JudgeStarter:
        """The way to start so many."""
        forks = sys.platform == "linux" and judges > 1 if self._forks is None else self._forks
        return ForkServer(self._command, self._config, self._temporary) if forks else JudgeSpawner(self._command)

    def _start(self, starter: JudgeStarter) -> None:
        self._count += 1
        judge = JudgeHandle(starter, self._config, self._temporary / f"judge-{self._count}")
        self._judges.append(judge)
        self._selector.register(judge.channel, selectors.EVENT_READ, judge)

    def _end(self, judge: JudgeHandle) -> None:
        self._judges.remove(judge)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(judge.channel)
        judge.end()


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
