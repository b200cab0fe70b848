"""The judge's side of a worker: ask it, end it. What comes back is data, checked here."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import torch

from grader.boundary import wire
from grader.boundary.limits import Limit, Limits
from grader.machine import interrupts
from grader.processes.process import Process
from grader.processes.watch import Output, remove, waited_s
from grader.scorecard import CheckEnded, Verdict

MIN_GRACE_S: Final = 0.01  # below it, waiting on is not worth a system call


MOST_WAITING: Final = 3.0  # times a limit that a worker may be kept waiting by a busy machine


class WorkerStopped(CheckEnded):
    """The worker can't answer any more: it hung, died, or broke the protocol."""


class Worker:
    """One worker process: a channel, its captured output, and the seconds it may still use."""

    def __init__(self, process: Process, channel: wire.Channel, output: Output, scratch: Path) -> None:
        self._process = process
        self._channel = channel
        self._output = output
        self._scratch = scratch
        self._name = "the submission"
        self.limits = Limits()
        self._batch = 0
        self._left_s = 0.0
        self._limit = Limit("limit_s", 0.0)
        self._excused_s = 0.0  # granted beyond the limit, because the machine was busy
        self._waited_s = 0.0
        self._struck = ""  # the limit that the worker was killed for by the watch
        self._ending = threading.Lock()  # nobody kills a process id that somebody else has just given back
        self._stopped: WorkerStopped | None = None
        self._report: Callable[[Any], None] = lambda claims: None
        channel.grace = self._grace

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return self._stopped is None

    @property
    def has_answered(self) -> bool:
        """Whether nothing it does is to be waited for: what was asked is answered, or it can't be any more."""
        try:
            return self._stopped is not None or self._channel.is_ready()
        except wire.WireError:
            return True

    def work_for(self, name: str) -> None:
        """Name the submission, for messages."""
        self._name = name

    def report_to(self, listener: Callable[[Any], None]) -> None:
        """Who hears what the worker claims about forbidden code: see grader.worker.guard, and check the form of it."""
        self._report = listener

    def allow(self, limit: Limit) -> None:
        """Give the worker that long from now on. Only the time that the judge waits for it counts.

        What a busy machine makes it wait for a processor does not count, up to MOST_WAITING times the limit.
        """
        self._limit, self._left_s = limit, limit.seconds
        self._excused_s, self._waited_s = 0.0, waited_s(self._process.pid)

    def _grace(self) -> float:
        """The time has passed: more seconds, for those in which the worker wanted to run and could not."""
        waited = waited_s(self._process.pid)
        more = min(waited - self._waited_s, MOST_WAITING * self._limit.seconds - self._excused_s)
        if more < MIN_GRACE_S:
            return 0.0
        self._waited_s = waited
        self._excused_s += more
        self._left_s += more
        return more

    def strike(self, reason: str) -> None:
        """Kill it for passing a limit that it was not waited for at. From any thread."""
        with self._ending:
            if self._stopped is None and not self._struck and (pid := self._process.pid):
                self._struck = reason
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)

    def ask(
        self, header: dict[str, Any], tensors: Sequence[torch.Tensor] = ()
    ) -> tuple[dict[str, Any], list[torch.Tensor]]:
        """Send one frame and wait for its answer. Raises WorkerStopped, and from then on raises it always."""
        self.send(header, tensors)
        return self.receive()

    def send(self, header: dict[str, Any], tensors: Sequence[torch.Tensor] = ()) -> None:
        """Send one frame; exactly one answer belongs to it."""
        if self._stopped:
            raise self._stopped
        self._batch += 1
        started = time.monotonic()
        try:
            if self._channel.has_unread():
                raise wire.ProtocolError("it spoke before it was asked")
            self._channel.send({**header, "batch": self._batch}, tensors, started + self._left_s)
        except wire.WireError as error:
            raise self._stop(error) from error
        finally:
            self._left_s -= time.monotonic() - started

    def receive(self) -> tuple[dict[str, Any], list[torch.Tensor]]:
        """The answer to the last frame."""
        if self._stopped:
            raise self._stopped
        started = time.monotonic()
        try:
            answer, received = self._channel.receive(started + self._left_s)
            if answer.get("batch") != self._batch:
                raise wire.ProtocolError("it answered what it was not asked")
        except wire.WireError as error:
            raise self._stop(error) from error
        finally:
            self._left_s -= time.monotonic() - started
        if "forbidden" in answer:
            self._report(answer["forbidden"])
        return answer, received

    def limit_told(self, type_name: str, text: str) -> str:
        """The limit that an exception in the worker tells of, or nothing."""
        if type_name == "MemoryError" or "can't allocate memory" in text:
            return f"memory_mib = {self.limits.memory_mib:g}"
        if "[Errno 27]" in text:  # EFBIG
            return f"scratch_mib = {self.limits.scratch_mib:g}"
        return ""

    def broke_protocol(self, what: str) -> WorkerStopped:
        """End the worker because its answer makes no sense."""
        return self._stop(wire.ProtocolError(what))

    def output(self) -> str:
        """What the submission printed so far (bounded). Text to show, nothing else."""
        return self._output.text()

    @interrupts.deferred()
    def end(self) -> None:
        """Have the process killed, and then its scratch folder removed. Nobody waits for it: see Workers.settle."""
        self._channel.close()
        if self._stopped is None:
            with self._ending:
                self._stopped = WorkerStopped(Verdict.BROKEN, "the worker was ended")
                self._process.discard(lambda: remove(self._scratch))
        else:
            remove(self._scratch)

    def _stop(self, error: wire.WireError) -> WorkerStopped:
        with self._ending:
            status = self._process.end()
            self._stopped = self._ended_by(error, status)
        return self._stopped

    def _ended_by(self, error: wire.WireError, status: int | None) -> WorkerStopped:
        if self._struck:
            return WorkerStopped(Verdict.CRASHED, f"{self._name} {self._struck}")
        match error:
            case wire.DeadlinePassed():
                seconds = f"{self._limit.seconds:g} s ({self._limit.name})"
                message = f"{self._name} gave no answer within {seconds}: look for an endless loop"
                return WorkerStopped(Verdict.TIMED_OUT, message)
            case wire.ChannelClosed():
                return WorkerStopped(Verdict.CRASHED, f"{self._name} ended the process: {_ending(status, self.limits)}")
            case _:
                return WorkerStopped(Verdict.CRASHED, f"{self._name} broke off the conversation: {error}")


def _ending(status: int | None, limits: Limits) -> str:
    if status == errno.ENOMEM:
        return f"it is out of memory (memory_mib = {limits.memory_mib:g})"
    if status is None or status >= 0:
        return "os._exit or the like was called"
    if -status == signal.SIGKILL:
        return "killed (out of memory?)"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
