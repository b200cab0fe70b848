"""The judge's side of a worker: ask it, end it. What comes back is read and checked by grader.boundary.messages."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from grader.boundary import messages, wire
from grader.boundary.channel import Channel
from grader.boundary.limits import Limit, Limits
from grader.boundary.messages import Answer, Envelope, Loaded, Message, Sighting
from grader.boundary.places import Places
from grader.machine import interrupts
from grader.machine.garbage import Received
from grader.machine.trees import remove
from grader.processes.allowance import Allowance
from grader.processes.drain import Output
from grader.processes.loops import LoopKnown, Loops, Spot
from grader.processes.process import Process
from grader.scorecard import CheckEnded, Verdict

A = TypeVar("A", bound=Answer)


class WorkerStopped(CheckEnded):
    """The worker can't answer any more: it hung, died, or broke the protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process that was started as a worker, and what the judge holds of it."""

    process: Process
    channel: Channel
    output: Output
    scratch: Path  # the folder that it may write to
    scripts: int = 0  # how many it has: see Workers.compile


class Worker:
    """One worker process, and what it was asked."""

    def __init__(self, started: Started) -> None:
        self.limits = Limits()
        self.loops = Loops(Places(file=""), lambda line: None)  # those of the grading
        self.started = started
        self._name = "the submission"
        self._allowance = Allowance(lambda: started.process.pid)
        self._asked = 0
        self._awaited: deque[tuple[int, type[Answer]]] = deque()  # number and kind of the answers that are to come
        self._struck = ""  # the limit that the worker was killed for by the watch
        self._ending = threading.Lock()  # nobody kills a process id that somebody else has just given back
        self._stopped: WorkerStopped | None = None
        self._report: Callable[[Sequence[Sighting], bool], None] = lambda sightings, loading: None
        self._received = Received()
        started.channel.grace = self._allowance.grace

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return self._stopped is None

    @property
    def has_answered(self) -> bool:
        """Whether nothing it does is to be waited for: what was asked is answered, or it can't be any more."""
        try:
            return self._stopped is not None or not self._awaited or self.started.channel.is_ready()
        except wire.WireError:
            return True

    def work_for(self, name: str) -> None:
        """Name the submission, for messages."""
        self._name = name

    def report_to(self, listener: Callable[[Sequence[Sighting], bool], None]) -> None:
        """Who hears what the worker saw of forbidden code, and whether while it executed the file: its word."""
        self._report = listener

    def allow(self, limit: Limit) -> None:
        """Give the worker that long from now on. Only the time that the judge waits for it counts."""
        self._allowance.renew(limit)

    def strike(self, reason: str) -> None:
        """Kill it for passing a limit that it was not waited for at. From any thread."""
        with self._ending:
            if self._stopped is None and not self._struck and (pid := self.started.process.pid):
                self._struck = reason
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)

    def ask(self, message: Message[A]) -> A:
        """Send one message and wait for its answer. Raises WorkerStopped, and from then on raises it always."""
        self.send(message)
        answer: Any = self.receive()
        return answer  # type: ignore[no-any-return]

    def send(self, message: Message[Any]) -> None:
        """Send one message; exactly one answer belongs to it, and answers come in the order of messages."""
        if self._stopped:
            raise self._stopped
        begins = (
            message.answer is Loaded and not self._awaited
        )  # its numbers, too: the same answers are the same frames
        self._asked = 1 if begins else self._asked + 1
        try:
            if not self._awaited and self.started.channel.has_unread():
                raise wire.ProtocolError("it spoke before it was asked")
            self._awaited.append((self._asked, message.answer))
            with self._allowance.waiting() as deadline:
                self.started.channel.send(*messages.write_message(message, self._asked), deadline)
        except wire.WireError as error:
            raise self._stop(error) from error

    def receive(self) -> Answer:
        """The answer to the earliest message that has none yet."""
        _, envelope = self.receive_unless(None)
        assert envelope
        return envelope.answer

    def receive_unless(self, known: Container[bytes] | None) -> tuple[bytes, Envelope[Answer] | None]:
        """The digest of what has come, if one may be known (see wire.RawFrame.digest); unless it is, what it says."""
        if self._stopped:
            raise self._stopped
        number, kind = self._awaited.popleft()
        try:
            with self._allowance.waiting() as deadline:
                if number > 1 and not self.loops.is_empty:  # by then it can tell where it is
                    self.loops.look_out(self.started.process, self.started.channel, self.started.output, deadline)
                frame = self.started.channel.receive_frame(deadline)
            digest = b"" if known is None else frame.digest(number)
            if known is not None and digest in known:
                return digest, None
            self._received.add(len(frame.payload))
            envelope = messages.read_answer(kind, number, *frame.read(trusted=False))
        except wire.WireError as error:
            raise self._stop(error) from error
        if envelope.sightings:
            self._report(envelope.sightings, kind is Loaded)
        return digest, envelope

    def broke_protocol(self, what: str) -> WorkerStopped:
        """End the worker because its answer makes no sense."""
        return self._stop(wire.ProtocolError(what))

    def output(self) -> str:
        """What the submission printed so far (bounded). Text to show, nothing else."""
        return self.started.output.text()

    @interrupts.deferred()
    def end(self) -> None:
        """Have the process killed, and then its scratch folder removed. Nobody waits for it: see Workers.settle."""
        self.started.channel.close()
        if self._stopped is None:
            with self._ending:
                self._stopped = WorkerStopped(Verdict.BROKEN, "the worker was ended")
                self.started.process.discard(self._clear)
        else:
            self._clear()

    def _clear(self) -> None:
        remove(self.started.scratch)  # whoever removes the folder around it tells what is left

    def _stop(self, error: wire.WireError) -> WorkerStopped:
        spots: Sequence[Spot] = ()
        if type(error) is wire.DeadlinePassed:
            spots = self.loops.whereabouts(self.started.process, self.started.output)
        with self._ending:
            status = self.started.process.end()
            self._stopped = self._ended_by(error, status, spots)
        return self._stopped

    def _ended_by(self, error: wire.WireError, status: int | None, spots: Sequence[Spot]) -> WorkerStopped:
        if self._struck:
            return WorkerStopped(Verdict.CRASHED, f"{self._name} {self._struck}")
        match error:
            case LoopKnown():
                return WorkerStopped(Verdict.TIMED_OUT, str(error))
            case wire.DeadlinePassed():
                limit = f"{self._allowance.limit.seconds:g} s ({self._allowance.limit.name})"
                message = f"{self._name} gave no answer within {limit}: {self.loops.told(spots)}"
                self.loops.note(spots, message)
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
