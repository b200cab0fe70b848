"""Workers: started in either way, replaced when they die, bounded in what they say, and gone without a trace."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from grader.assignment import Assignment
from grader.boundary import wire
from grader.boundary.limits import Limit
from grader.judge.attempt import OWN
from grader.judge.grading import Grading
from grader.processes.watch import MAX_OUTPUT_BYTES, Output
from grader.processes.worker import Worker, WorkerStopped
from grader.processes.workers import Workers
from grader.sandbox.tiers import Tier
from grader.scorecard import Verdict
from grader.settings import Settings
from grader.submission import read_submission
from grader.suite.handles import RemoteSubmission, Session, fetch

needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")


Load = Callable[[Workers, str], tuple[Worker, RemoteSubmission]]


@pytest.fixture
def load(assignment: Assignment, tmp_path: Path) -> Load:
    """load(workers, source): a fresh worker that has executed it, and the submission in it."""

    def executed(workers: Workers, source: str) -> tuple[Worker, RemoteSubmission]:
        path = tmp_path / "student.py"
        path.write_text(source)
        with Grading(read_submission(path), assignment, Settings(), workers) as grading:
            worker = grading._executing(None, OWN, Limit("load_s", 60.0))
            grading._await_execution(worker, OWN)
        return worker, RemoteSubmission(Session(worker, 0))

    return executed


def test_worker_without_the_memory_to_read_a_request_says_so(load: Load, workers: Workers) -> None:
    source = "import grader.boundary.wire as wire\n\n\ndef full(*_):\n    raise MemoryError\n\n\n"
    _, submission = load(workers, source + "def fill():\n    wire.Channel._read = full\n")
    fetch(submission.fill())
    with pytest.raises(WorkerStopped, match=r"it is out of memory \(memory_mib = \d+\)"):
        fetch(submission.fill())


# --- both ways to start -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spawned(workers: Workers) -> Iterator[Workers]:
    """Workers that are a process each, as on macOS and Windows."""
    opened = Workers(workers.mnist_root, fork=False)
    yield opened
    opened.close()


@pytest.fixture(params=["forked", "spawned"])
def either(request: pytest.FixtureRequest, workers: Workers) -> Workers:
    """Workers started in one way and in the other."""
    if request.param == "forked":
        return workers
    opened = request.getfixturevalue("spawned")
    assert isinstance(opened, Workers)
    return opened


def test_spawned_workers_say_that_a_process_is_all_that_holds_them(spawned: Workers) -> None:
    assert spawned.isolation.tier is Tier.PROCESS


def test_worker_runs_talks_and_ends(load: Load, either: Workers) -> None:
    worker, submission = load(either, "def double(x):\n    print('doubling')\n    return 2 * x\n")
    scratch = worker._scratch
    assert fetch(submission.double(21)) == 42
    assert torch.equal(fetch(submission.double(torch.ones(2, 3))), torch.full((2, 3), 2.0))
    assert worker.is_alive
    assert scratch.is_dir()
    pid = worker._process.pid
    assert pid is not None
    worker.end()
    either.settle()
    worker.end()
    assert not worker.is_alive
    assert not scratch.exists()
    if os.name == "posix":
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert worker.output().replace("\r\n", "\n") == "doubling\n" * 2


@pytest.mark.parametrize(
    "made",
    ["torch.empty(50, 30)", "torch.Tensor(50, 30)", "torch.empty_like(x)", "x.new_empty(50, 30)", "x.new(50, 30)"],
)
def test_memory_that_nothing_has_written_to_is_the_same_each_time(load: Load, either: Workers, made: str) -> None:
    _, submission = load(either, f"import torch\nx = torch.ones(50, 30)\ndef again():\n    x + 1\n    return {made}\n")
    assert fetch(submission.again()).isnan().all()  # else it may be the sum, whose memory was given back


def test_answer_that_comes_too_late_ends_the_worker_for_good(load: Load, either: Workers) -> None:
    worker, submission = load(either, "def loop():\n    while True: pass\n")
    worker.allow(Limit("limit_s", 0.3))
    with pytest.raises(WorkerStopped) as caught:
        fetch(submission.loop())
    assert caught.value.verdict is Verdict.TIMED_OUT
    assert caught.value.message == "student.py gave no answer within 0.3 s (limit_s): look for an endless loop"
    assert not worker.is_alive
    for _ in range(2):
        worker.allow(Limit("limit_s", 60.0))  # no new limit brings it back
        with pytest.raises(WorkerStopped) as again:
            fetch(submission.loop())
        assert again.value is caught.value
    worker.end()


def test_death_names_the_signal(load: Load, workers: Workers) -> None:
    worker, submission = load(workers, "import ctypes\ndef crash():\n    ctypes.string_at(0)\n")
    with pytest.raises(WorkerStopped) as caught:
        fetch(submission.crash())
    assert caught.value.verdict is Verdict.CRASHED
    assert caught.value.message == "student.py ended the process: SIGSEGV"
    worker.end()


def test_workers_share_nothing(load: Load, workers: Workers) -> None:
    one, first = load(
        workers, "import torch\ntorch.manual_seed(1)\ntorch.table = 1\ndef f():\n    return torch.table\n"
    )
    two, second = load(workers, "import torch\ndef f():\n    return hasattr(torch, 'table')\n")
    assert fetch(first.f()) == 1
    assert fetch(second.f()) is False
    one.end()
    assert fetch(second.f()) is False
    two.end()


def test_output_is_bounded(load: Load, workers: Workers) -> None:
    worker, submission = load(workers, "import os\ndef shout():\n    os.write(1, b'x' * 900_000)\n    return 1\n")
    assert fetch(submission.shout()) == 1
    assert fetch(submission.shout()) == 1
    worker.end()
    worker._output._thread.join(10.0)
    kept, _, dropped = worker.output().partition("\n")
    assert len(kept) == MAX_OUTPUT_BYTES
    assert dropped == f"[{1_800_000 - MAX_OUTPUT_BYTES} more bytes]"


@pytest.mark.skipif(os.name != "posix", reason="elsewhere, only the thread reads")
def test_output_is_there_at_once() -> None:
    for _ in range(200):
        reader, writer = os.pipe()
        os.write(writer, b"printed\n")
        assert Output(reader).text() == "printed\n"
        os.close(writer)


def test_output_of_any_bytes_is_text() -> None:
    reader, writer = os.pipe()
    output = Output(reader)
    os.write(writer, b"caf\xe9 \xff\xfe \xc3\xa9\n")
    os.close(writer)
    output._thread.join(10.0)
    assert output.text() == "caf\ufffd \ufffd\ufffd é\n"


# --- the zygote -------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_workers(workers: Workers) -> Iterator[Workers]:
    """Workers whose zygote may be killed."""
    opened = Workers(workers.mnist_root)
    opened.take("student.py").end()  # it is up
    yield opened
    opened.close()


def kill_zygote(workers: Workers) -> int:
    """Its process id, which is free now."""
    process = workers._start._process  # type: ignore[union-attr]
    process.kill()
    process.wait()
    return process.pid


@needs_fork
def test_zygote_that_is_killed_between_two_checks_costs_nothing(load: Load, own_workers: Workers) -> None:
    kill_zygote(own_workers)
    _, submission = load(own_workers, "def one():\n    return 1\n")
    assert fetch(submission.one()) == 1


@needs_fork
def test_killed_zygote_is_replaced(load: Load, own_workers: Workers) -> None:
    killed = kill_zygote(own_workers)
    own_workers.take("student.py").end()  # this one was prepared before
    worker, submission = load(own_workers, "def one():\n    return 1\n")
    assert fetch(submission.one()) == 1
    assert own_workers._start._process.pid != killed  # type: ignore[union-attr]
    worker.end()
    own_workers.close()
    assert not own_workers._root.exists()
    assert own_workers._start._process.poll() is not None  # type: ignore[union-attr]


# --- a peer that does not keep to the protocol ------------------------------------------------------------------------


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
