"""A worker without a process: the same program carries out the judge's messages here, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Sequence
from types import SimpleNamespace
from typing import Any, cast

from grader.boundary import strict_json, wire
from grader.boundary.limits import Limits
from grader.boundary.messages import (
    Envelope,
    Message,
    Play,
    Ran,
    Run,
    Sighting,
    Written,
    read_answer,
    read_message,
    write_answer,
    write_message,
)
from grader.boundary.requests import Operation
from grader.judge.session import ToldSession
from grader.judge.silent import SilentSession
from grader.processes.worker import Worker, WorkerStopped
from grader.scorecard import Verdict
from grader.suite.handles import RemoteSubmission
from grader.worker import executor, scripts
from grader.worker.state import State

FILE = "student.py"


class LocalWorker:
    """Answers when an answer is waited for, as a worker does that is always behind; counts what is said."""

    def __init__(self, source: str = "", *, dies_at: int = 0) -> None:
        """dies_at: the number of the message, from 1, that it does not answer any more."""
        self.limits = Limits(memory_mib=1.0)
        self.state = State()
        exec(compile(source, FILE, "exec"), self.state.namespace)
        self.state.lines = {FILE: (0, source.split("\n"))}
        self.sent: list[Run | Play] = []
        self.started = SimpleNamespace(scripts=0)
        self._compiled: list[Run] = []
        self.waits = 0
        self.most_behind = 0  # messages without an answer
        self.answers: Callable[[Written], Written] = lambda written: written  # what a hostile one makes of them
        self.sightings: list[Sighting] = []  # what it says with each answer that it saw
        self._dies_at = dies_at
        self._awaited: deque[tuple[int, Written]] = deque()

    @property
    def runs(self) -> list[Run]:
        """What was sent; of a script, what it was made of."""
        return [self._compiled[sent.script] if isinstance(sent, Play) else sent for sent in self.sent]

    @property
    def operations(self) -> list[Operation]:
        """All that was asked, in order."""
        return [request.operation for run in self.runs for request in run.requests]

    def compile(self, messages: Sequence[Run]) -> range:
        """Have scripts of these, as all workers that are forked after Workers.compile."""
        first = len(self._compiled)
        self._compiled += messages
        frames = b"".join(b"".join(wire.encode(*write_message(message, 0))) for message in messages)
        self.state.scripts = [*self.state.scripts, *scripts.read(frames)]
        self.started.scripts = len(self._compiled)
        return range(first, len(self._compiled))

    def ask(self, message: Message[Any]) -> Ran:
        self.send(message)
        return self.receive()

    def send(self, message: Message[Any]) -> None:
        """The tensors are copied, as those of a frame are."""
        assert isinstance(message, Run | Play)
        self.sent.append(message)
        self._awaited.append((len(self.sent), through_json(write_message(message, len(self.sent)))))
        self.most_behind = max(self.most_behind, len(self._awaited))

    def receive(self) -> Ran:
        _, envelope = self.receive_unless(None)
        assert envelope
        return envelope.answer

    def receive_unless(self, known: Container[bytes] | None) -> tuple[bytes, Envelope[Ran] | None]:
        self.waits += 1
        number, (header, tensors) = self._awaited.popleft()
        if number == self._dies_at:
            raise WorkerStopped(Verdict.CRASHED, "student.py ended the process")
        message = read_message(header, list(tensors))
        assert isinstance(message, Run | Play)
        carry_out: Any = scripts.play if isinstance(message, Play) else executor.run
        answered = self.answers(carry_out(self.state, message))
        header, sent = through_json(write_answer(answered, number, self.sightings))
        text, *payload = wire.encode(header, sent)
        digest = wire.RawFrame(bytes(text)[wire.PREFIX_BYTES :], bytearray(b"".join(payload))).digest(number)
        return digest, None if digest in (known or ()) else read_answer(Ran, number, header, list(sent))

    def broke_protocol(self, what: str) -> WorkerStopped:
        return WorkerStopped(Verdict.CRASHED, what)

    def output(self) -> str:
        return "printed\n"


def through_json(written: Written) -> Written:
    """What is left of a frame at its other end."""
    header, tensors = written
    return strict_json.read(strict_json.write(header), trusted=True), [tensor.detach().clone() for tensor in tensors]


def told(source: str = "", *, worker: LocalWorker | None = None) -> tuple[LocalWorker, ToldSession, RemoteSubmission]:
    """A conversation that tells, with a submission of that source."""
    local = worker or LocalWorker(source)
    session = ToldSession(cast(Worker, local), 0)
    return local, session, RemoteSubmission(session)


def silent(
    source: str = "", *, worker: LocalWorker | None = None
) -> tuple[LocalWorker, SilentSession, RemoteSubmission]:
    """A conversation that is some examples ahead, with a submission of that source."""
    local = worker or LocalWorker(source)
    session = SilentSession(cast(Worker, local), 0)
    return local, session, RemoteSubmission(session)


def example(session: ToldSession | SilentSession, check: Callable[[], object]) -> None:
    """One example of a check."""
    with session.example({}, {}):
        check()


def conversation(kind: str, source: str) -> tuple[LocalWorker, ToldSession | SilentSession, RemoteSubmission]:
    """kind: "told" or "silent"."""
    return told(source) if kind == "told" else silent(source)
