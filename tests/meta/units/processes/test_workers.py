"""Workers: started in either way, replaced when they die, and gone without a trace."""

import os
from collections.abc import Iterator

import pytest
import torch

from grader.boundary.limits import Limit
from grader.boundary.messages import Run
from grader.boundary.requests import Operation, Request
from grader.processes.spawner import Spawner
from grader.processes.worker import WorkerStopped
from grader.processes.workers import Workers
from grader.sandbox.tiers import Tier
from grader.scorecard import Verdict
from grader.suite.ask import fetch
from tests.meta.units.processes.conftest import Load


@pytest.fixture(scope="module")
def spawned(workers: Workers) -> Iterator[Workers]:
    """Workers that are a process each, as on macOS and Windows."""
    opened = Workers(workers.data, fork=False)
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
    scratch = worker.started.scratch
    assert fetch(submission.double(21)) == 42
    assert torch.equal(fetch(submission.double(torch.ones(2, 3))), torch.full((2, 3), 2.0))
    assert worker.is_alive
    assert scratch.is_dir()
    pid = worker.started.process.identify()
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


def test_no_worker_can_know_the_folder_of_another(workers: Workers) -> None:
    """Else whether a file is there (stat) would be a letter box between a worker that lives long and the others."""
    taken = [workers.take("hw.py") for _ in range(2)]
    names = [worker.started.scratch.name for worker in taken]
    for worker in taken:
        worker.end()
    assert len({*names}) == 2
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in names)


def test_scripts_are_bounded_and_of_forked_workers_alone(either: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    message = Run([Request(Operation.BEGIN, 1, [0])], [torch.ones(100)])
    can = not isinstance(either._start, Spawner)
    assert (either.compile([message]) is not None) is can
    before = either._scripts
    monkeypatch.setattr("grader.processes.workers.MAX_SCRIPT_BYTES", either._script_bytes + 900)
    assert (either.compile([message]) is not None) is can
    assert either.compile([message]) is None
    assert either._scripts == before + can
