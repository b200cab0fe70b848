"""A worker as the judge sees it: whatever comes in place of an answer, it is stopped, and says why."""

import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from grader.boundary import wire
from grader.boundary.channel import Channel
from grader.boundary.limits import Limit
from grader.boundary.messages import Load, Loaded, Message, Ran, Run, Sighting, write_answer
from grader.processes.drain import Output
from grader.processes.process import Process
from grader.processes.worker import Started, Worker, WorkerStopped
from grader.processes.workers import Workers
from grader.scorecard import Verdict
from grader.suite.ask import fetch
from tests.meta.units.processes.conftest import Load as LoadSource

RUN = Run([])
LOAD = Load(file="hw.py", source="", siblings={}, indices=None)


def test_worker_without_the_memory_to_read_a_request_says_so(load: LoadSource, workers: Workers) -> None:
    source = "from grader.boundary.channel import Channel\n\n\ndef full(*_):\n    raise MemoryError\n\n\n"
    _, submission = load(workers, source + "def fill():\n    Channel._read = full\n")
    fetch(submission.fill())
    with pytest.raises(WorkerStopped, match=r"it is out of memory \(memory_mib = \d+\)"):
        fetch(submission.fill())


class NoProcess:
    """Stands for a process, whose end is at the other side of the channel."""

    ended = 0
    pid: int | None = None
    status: int | None = None

    def identify(self) -> int | None:
        return self.pid

    def discard(self, then: Callable[[], None]) -> None:
        self.end()
        then()

    def end(self) -> int | None:
        self.ended += 1
        return self.status


Scripted = tuple[Worker, socket.socket, NoProcess]


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[Scripted]:
    """A worker whose answers the test writes itself."""
    ours, theirs = socket.socketpair()
    reader, writer = os.pipe()
    os.close(writer)
    process, scratch = NoProcess(), tmp_path / "scratch"
    scratch.mkdir()
    started = Started(process=cast(Process, process), channel=Channel(ours), output=Output(reader), scratch=scratch)
    worker = Worker(started)
    worker.work_for("student.py")
    worker.allow(Limit("limit_s", 30.0))
    with theirs:
        yield worker, theirs, process
    worker.end()


def framed(text: bytes, declared: int = 0) -> bytes:
    return wire.prefix(len(text), declared) + text


def answer(number: int, written: Ran | Loaded, sightings: Sequence[Sighting] = ()) -> bytes:
    """The frame of an answer."""
    return b"".join(wire.encode(*write_answer(written.write(), number, sightings)))


def stopped_by(scripted: Scripted, data: bytes, *, hang_up: bool = False, limit_s: float = 0.2) -> WorkerStopped:
    """What a request ends with, where that is the answer."""
    worker, theirs, process = scripted
    worker.allow(Limit("limit_s", limit_s))
    worker.send(RUN)
    theirs.sendall(data)
    if hang_up:
        theirs.close()
    with pytest.raises(WorkerStopped) as caught:
        worker.receive()
    assert not worker.is_alive
    assert worker.has_answered
    assert process.ended == 1
    for again in (lambda: worker.ask(RUN), lambda: worker.send(RUN), worker.receive):
        with pytest.raises(WorkerStopped) as later:
            again()
        assert later.value is caught.value
    assert process.ended == 1
    return caught.value


def test_numbers_begin_anew_with_an_execution_and_no_answer_counts_for_another(scripted: Scripted) -> None:
    """So the same answers are the same frames, whatever the worker was asked before."""
    worker, theirs, _ = scripted
    digests = list[bytes]()
    course: list[tuple[Message[Any], Ran | Loaded]] = [(LOAD, Loaded()), (RUN, Ran()), (RUN, Ran())]
    for _ in range(2):
        for number, (message, written) in enumerate(course, 1):
            worker.send(message)
            theirs.sendall(answer(number, written))
            digests.append(worker.receive_unless(())[0])
    assert digests[:3] == digests[3:]
    assert len({*digests}) == 3
    theirs.sendall(answer(1, Loaded()))  # before it is asked
    with pytest.raises(WorkerStopped, match="spoke before it was asked"):
        worker.send(LOAD)


PARTS = [b"", b"\x40", wire.prefix(64, 0) + b"{", framed(b'{"number":1,"tensors":[["uint8",[9]]]}', 9) + b"x"]


@pytest.mark.parametrize("data", PARTS)
def test_mute_peer_is_timed_out_wherever_it_stops(scripted: Scripted, data: bytes) -> None:
    stopped = stopped_by(scripted, data, limit_s=0.05)
    assert stopped.verdict is Verdict.TIMED_OUT
    assert stopped.message == "student.py gave no answer within 0.05 s (limit_s): look for an endless loop"


@pytest.mark.parametrize("data", PARTS)
def test_peer_that_hangs_up_has_crashed_wherever_it_stops(scripted: Scripted, data: bytes) -> None:
    stopped = stopped_by(scripted, data, hang_up=True, limit_s=30.0)
    assert stopped.verdict is Verdict.CRASHED
    assert stopped.message.startswith("student.py ended the process: ")


@pytest.mark.skipif(os.name != "posix", reason="signals have other numbers there")
@pytest.mark.parametrize(
    ("status", "told"),
    [
        (None, "os._exit or the like was called"),
        (0, "os._exit or the like was called"),
        (3, "os._exit or the like was called"),
        (12, "it is out of memory (memory_mib = "),
        (-signal.SIGSEGV, "SIGSEGV"),
        (-9, "killed (out of memory?)"),
        (-99, "signal 99"),
    ],
)
def test_end_of_the_process_is_told_by_its_status(scripted: Scripted, status: int | None, told: str) -> None:
    scripted[2].status = status
    assert stopped_by(scripted, b"", hang_up=True).message.startswith(f"student.py ended the process: {told}")


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff\0\0\0\0",
        bytes(8),
        framed(b"[]"),
        framed(b'{"number":1}'),
        framed(b'{"number":1,"tensors":[]}'),
        framed(b'{"number":1,"values":[],"raised":null,"tensors":[]}'),
        framed(b'{"number":1,"values":[],"raised":["E"],"at":0,"tensors":[]}'),
        framed(b'{"number":"1","values":[],"raised":null,"at":-1,"tensors":[]}'),
        framed(b'{"values":[],"raised":null,"at":-1,"tensors":[]}'),
        framed(b'{"number":1,"tensors":[["uint8",[99999999999]]]}'),
        answer(1, Loaded()),
        answer(2, Ran()),
    ],
)
def test_peer_that_breaks_the_protocol_has_crashed(scripted: Scripted, data: bytes) -> None:
    stopped = stopped_by(scripted, data, limit_s=30.0)
    assert stopped.verdict is Verdict.CRASHED
    assert stopped.message.startswith("student.py broke off the conversation: ")


def test_answer_before_the_question_is_refused(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    theirs.sendall(answer(1, Ran()))
    with pytest.raises(WorkerStopped, match="it spoke before it was asked"):
        worker.ask(RUN)


def test_two_answers_to_one_question_are_refused_at_the_next_one(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    worker.send(RUN)
    theirs.sendall(answer(1, Ran()) + answer(2, Ran()))
    worker.receive()
    with pytest.raises(WorkerStopped, match="it spoke before it was asked"):
        worker.ask(RUN)


def test_answers_come_in_the_order_of_messages_each_of_its_own_kind(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    worker.send(LOAD)
    worker.send(RUN)
    assert not worker.has_answered
    theirs.sendall(answer(1, Loaded()))
    assert worker.has_answered
    worker.send(RUN)  # what has come is not taken for speech before it was asked
    theirs.sendall(answer(2, Ran(values=(1,))) + answer(3, Ran(values=(2,))))
    assert [worker.receive(), worker.receive(), worker.receive()] == [Loaded(), Ran(values=(1,)), Ran(values=(2,))]
    assert worker.is_alive


def test_answers_in_another_order_are_refused(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    worker.send(RUN)
    worker.send(RUN)
    theirs.sendall(answer(2, Ran()) + answer(1, Ran()))
    with pytest.raises(WorkerStopped, match="it answered what it was not asked"):
        worker.receive()


def test_sightings_are_reported_before_the_answer_is_given(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    heard: list[tuple[Sequence[Sighting], bool]] = []
    worker.report_to(lambda sightings, loading: heard.append((sightings, loading)))
    seen = (Sighting(1, "torch.nn.Linear", ("f",)),)
    worker.send(Load(file="hw.py", source="", siblings={}, indices=None))
    theirs.sendall(answer(1, Loaded(), seen))
    assert worker.receive() == Loaded()
    worker.send(RUN)
    theirs.sendall(answer(2, Ran(), seen))
    assert worker.receive() == Ran()
    assert heard == [(seen, True), (seen, False)]


def test_answer_that_is_known_is_not_read(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    heard: list[Sequence[Sighting]] = []
    worker.report_to(lambda sightings, _: heard.append(sightings))
    seen = (Sighting(1, "torch.nn.Linear", ("f",)),)
    same, other = Ran(values=(1,)), Ran(values=(2,))

    def asked(number: int, given: Ran, known: set[bytes]) -> tuple[bytes, Ran | None]:
        worker.send(RUN)
        theirs.sendall(answer(number, given, seen))
        digest, envelope = worker.receive_unless(known)
        told = envelope.answer if envelope else None
        assert told is None or isinstance(told, Ran)
        return digest, told

    first, told = asked(1, same, set())
    assert (told, heard) == (same, [seen])
    assert asked(2, same, {first})[1] == same, "the answer to another message"
    second, told = asked(3, other, {first})
    assert (told, heard) == (other, [seen] * 3)
    worker._asked = 2  # as another one, which is asked the same
    assert asked(3, other, {first, second}) == (second, None)
    assert heard == [seen] * 3
    assert worker.is_alive


def test_answer_is_read_strictly(scripted: Scripted) -> None:
    """Who sends it is not believed: as JSON of the judge's, this could be read."""
    data = framed(b'{"number":1,"number":1,"values":[],"raised":null,"at":-1,"tensors":[]}')
    assert "not strict JSON" in stopped_by(scripted, data, limit_s=30.0).message


def test_worker_that_was_ended_answers_nothing_and_leaves_no_folder(scripted: Scripted) -> None:
    worker, _, process = scripted
    worker.end()
    worker.end()
    assert not worker.is_alive
    assert worker.has_answered
    assert process.ended == 1
    assert not worker.started.scratch.exists()
    with pytest.raises(WorkerStopped, match="the worker was ended"):
        worker.ask(RUN)


def test_answer_that_makes_no_sense_to_who_asked_ends_the_worker(scripted: Scripted) -> None:
    worker, _, process = scripted
    stopped = worker.broke_protocol("it answered with another number of values")
    assert stopped.message == "student.py broke off the conversation: it answered with another number of values"
    assert not worker.is_alive
    assert process.ended == 1
