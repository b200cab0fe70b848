"""The zygote: one that is killed is replaced, and costs nothing."""

import sys
from collections.abc import Iterator
from typing import cast

import pytest
import torch

from grader.assignment import Assignment
from grader.boundary.limits import Limit
from grader.boundary.messages import Load, Play, Run, Sighting
from grader.boundary.requests import Operation, Request
from grader.processes.workers import Workers
from grader.processes.zygote import Control, ToCompile
from grader.suite.ask import fetch
from tests.meta.units.processes.conftest import Load as Loader

TWO, NONE = {"tuple": [2, 1]}, {"dict": list[object]()}
needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")


@pytest.fixture
def own_workers(workers: Workers) -> Iterator[Workers]:
    """Workers whose zygote may be killed."""
    opened = Workers(workers.data)
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
def test_zygote_that_is_killed_between_two_checks_costs_nothing(load: Loader, own_workers: Workers) -> None:
    kill_zygote(own_workers)
    _, submission = load(own_workers, "def one():\n    return 1\n")
    assert fetch(submission.one()) == 1


SCRIPT = [
    Request(Operation.BEGIN, 1, [0]),
    Request(Operation.NAME, 2, ["one"]),
    Request(Operation.CALL, 3, [{"ref": 2}, {"tuple": [{"tensor": 0}]}, {"dict": []}]),
    Request(Operation.VALUE, 0, [{"ref": 3}]),
]


@needs_fork
def test_zygote_makes_scripts_and_so_does_the_one_that_takes_its_place(load: Loader, own_workers: Workers) -> None:
    """Those that are forked from then on have them; the one that was ready has as many as it says."""
    messages = [Run(SCRIPT, [torch.full((2,), float(number))]) for number in range(3)]
    assert own_workers.compile(messages[:1]) == range(1)
    kill_zygote(own_workers)
    assert own_workers.compile(messages[1:]) == range(1, 3)
    known = list[int]()
    for _ in range(3):
        worker, _ = load(own_workers, "def one(x):\n    return x + 1\n")
        known.append(worker.started.scripts)
        for number in range(worker.started.scripts):
            (value,) = worker.ask(Play(number)).values
            assert torch.equal(cast(torch.Tensor, value), torch.full((2,), number + 1.0))
            assert str(worker.ask(messages[number]).values) == str((value,))
        worker.end()
    assert known[1:] == [3, 3]


class Deaf:
    """Takes no command, as the control of a zygote that is busy for too long; notes that it is hung up."""

    is_closed = False

    def send(self, *_: object) -> None:
        raise TimeoutError

    def close(self) -> None:
        self.is_closed = True


@needs_fork
def test_zygote_that_did_not_get_its_messages_is_used_no_more() -> None:
    """Its workers would be told numbers of scripts that they don't have."""
    control = Deaf()
    ToCompile().add(b"", cast(Control, control))
    assert control.is_closed


@needs_fork
def test_guard_sees_in_a_script_what_it_sees_in_requests(assignment: Assignment, own_workers: Workers) -> None:
    own = [
        *(SCRIPT[0], Request(Operation.TORCH, 2, ["nn.Linear"]), Request(Operation.CALL, 3, [{"ref": 2}, TWO, NONE])),
        Request(Operation.CALL, 4, [{"ref": 3}, {"tuple": [{"tensor": 0}]}, NONE]),
    ]
    theirs = [SCRIPT[0], Request(Operation.NAME, 2, ["Own"]), Request(Operation.CALL, 3, [{"ref": 2}, TWO, NONE])]
    messages = [Run(requests, [torch.ones(2)]) for requests in (own, theirs)]
    own_workers.prepare(assignment.rules, assignment.limits)
    own_workers.compile(messages)
    own_workers.take("student.py").end()
    seen = list[list[Sighting]]()
    for asked in (*messages, Play(0), Play(1)):
        worker = own_workers.take("student.py")
        worker.allow(Limit("load_s", 60.0))
        source = "import torch\nOwn = [torch.nn.Linear][0]\n"
        worker.ask(Load(file="student.py", source=source, siblings={}, indices=None, rules=assignment.rules))
        seen.append([])
        worker.report_to(lambda sightings, _: seen[-1].extend(sightings))
        assert worker.ask(cast(Run, asked)).raised is None
        worker.end()
    assert seen[:2] == seen[2:]
    assert seen[0] == []
    assert {sighting.name for sighting in seen[1]} == {"torch.nn.Linear"}


@needs_fork
def test_killed_zygote_is_replaced(load: Loader, own_workers: Workers) -> None:
    killed = kill_zygote(own_workers)
    own_workers.take("student.py").end()  # this one was prepared before
    worker, submission = load(own_workers, "def one():\n    return 1\n")
    assert fetch(submission.one()) == 1
    assert own_workers._start._process.pid != killed  # type: ignore[union-attr]
    worker.end()
    own_workers.close()
    assert not own_workers._root.exists()
    assert own_workers._start._process.poll() is not None  # type: ignore[union-attr]
