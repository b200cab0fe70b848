"""A worker as the judge sees it: whatever comes in place of an answer, it is stopped, and says why."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.boundary import wire
from grader.boundary.limits import Limit
from grader.processes.watch import Output
from grader.processes.worker import Worker, WorkerStopped
from grader.processes.workers import Workers
from grader.scorecard import Verdict
from grader.suite.ask import fetch
from tests.meta.units.processes.conftest import Load


def test_worker_without_the_memory_to_read_a_request_says_so(load: Load, workers: Workers) -> None:
    source = "import grader.boundary.wire as wire\n\n\ndef full(*_):\n    raise MemoryError\n\n\n"
    _, submission = load(workers, source + "def fill():\n    wire.Channel._read = full\n")
    fetch(submission.fill())
    with pytest.raises(WorkerStopped, match=r"it is out of memory \(memory_mib = \d+\)"):
        fetch(submission.fill())


class NoProcess:
    """Stands for a process, whose end is at the other side of the channel."""

    ended = 0
    pid = None

    def discard(self, then: Callable[[], None]) -> None:
        self.end()
        then()

    def end(self) -> int | None:
        self.ended += 1
        return None


Scripted = tuple[Worker, socket.socket, NoProcess]


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[Scripted]:
    """A worker whose answers the test writes itself."""
    ours, theirs = socket.socketpair()
    reader, writer = os.pipe()
    os.close(writer)
    process, scratch = NoProcess(), tmp_path / "scratch"
    scratch.mkdir()
    worker = Worker(process, wire.Channel(ours), Output(reader), scratch)
    worker.work_for("student.py")
    with theirs:
        yield worker, theirs, process
    worker.end()


def answer(text: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text


def stopped_by(scripted: Scripted, data: bytes, *, hang_up: bool = False, limit_s: float = 0.2) -> WorkerStopped:
    """What a request ends with, where that is the answer."""
    worker, theirs, process = scripted
    worker.allow(Limit("limit_s", limit_s))
    worker.send({"kind": "run"})
    theirs.sendall(data)
    if hang_up:
        theirs.close()
    with pytest.raises(WorkerStopped) as caught:
        worker.receive()
    assert not worker.is_alive
    assert process.ended == 1
    with pytest.raises(WorkerStopped) as again:
        worker.ask({"kind": "run"})
    assert again.value is caught.value
    assert process.ended == 1
    return caught.value


@pytest.mark.parametrize(
    "data", [b"", b"\x40", b"\x40\0\0\0{", answer(b'{"batch":1,"tensors":[["uint8",[9]]]}') + b"x"]
)
def test_mute_peer_is_timed_out_wherever_it_stops(scripted: Scripted, data: bytes) -> None:
    assert stopped_by(scripted, data).verdict is Verdict.TIMED_OUT


@pytest.mark.parametrize(
    "data", [b"", b"\x40", b"\x40\0\0\0{", answer(b'{"batch":1,"tensors":[["uint8",[9]]]}') + b"x"]
)
def test_peer_that_hangs_up_has_crashed_wherever_it_stops(scripted: Scripted, data: bytes) -> None:
    stopped = stopped_by(scripted, data, hang_up=True, limit_s=30.0)
    assert stopped.verdict is Verdict.CRASHED
    assert stopped.message.startswith("student.py ended the process: ")


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        b"\0\0\0\0",
        answer(b"[]"),
        answer(b'{"batch":1}'),
        answer(b'{"batch":2,"tensors":[]}'),
        answer(b'{"tensors":[]}'),
        answer(b'{"batch":"1","tensors":[]}'),
        answer(b'{"batch":1,"tensors":[["uint8",[99999999999]]]}'),
    ],
)
def test_peer_that_breaks_the_protocol_has_crashed(scripted: Scripted, data: bytes) -> None:
    stopped = stopped_by(scripted, data, limit_s=30.0)
    assert stopped.verdict is Verdict.CRASHED
    assert stopped.message.startswith("student.py broke off the conversation: ")


def test_answer_before_the_question_is_refused(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    theirs.sendall(answer(b'{"batch":1,"tensors":[]}'))
    worker.allow(Limit("limit_s", 30.0))
    with pytest.raises(WorkerStopped, match="it spoke before it was asked"):
        worker.ask({"kind": "run"})


def test_two_answers_to_one_question_are_refused_at_the_next_one(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    worker.allow(Limit("limit_s", 30.0))
    worker.send({"kind": "run"})
    theirs.sendall(answer(b'{"batch":1,"tensors":[]}') + answer(b'{"batch":2,"tensors":[]}'))
    worker.receive()
    with pytest.raises(WorkerStopped, match="it spoke before it was asked"):
        worker.ask({"kind": "run"})


def test_limit_counts_all_waiting_since_it_was_given(scripted: Scripted) -> None:
    worker, theirs, _ = scripted
    worker.allow(Limit("limit_s", 30.0))
    for batch in (1, 2, 3):
        left = worker._left_s
        worker.send({"kind": "run"})
        theirs.sendall(answer(b'{"batch":%d,"tensors":[]}' % batch))
        worker.receive()
        assert worker._left_s < left
    worker.allow(Limit("limit_s", 30.0))
    assert worker._left_s == 30.0
