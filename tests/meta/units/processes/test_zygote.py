"""The zygote: one that is killed is replaced, and costs nothing."""

import sys
from collections.abc import Iterator

import pytest

from grader.processes.workers import Workers
from grader.suite.ask import fetch
from tests.meta.units.processes.conftest import Load

needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")


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
