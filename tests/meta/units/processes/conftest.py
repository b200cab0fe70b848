"""Workers that have executed a source."""

from collections.abc import Callable

import pytest

from grader.assignment import Assignment
from grader.judge.session import ToldSession
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.suite.handles import RemoteSubmission
from tests.meta.conftest import execute

Load = Callable[[Workers, str], tuple[Worker, RemoteSubmission]]


@pytest.fixture
def load(assignment: Assignment) -> Load:
    """load(workers, source): a fresh worker that has executed it, and the submission in it."""

    def executed(workers: Workers, source: str) -> tuple[Worker, RemoteSubmission]:
        workers.prepare(assignment.rules, assignment.limits)
        worker = workers.take("student.py")
        execute(worker, source, file="student.py")
        return worker, RemoteSubmission(ToldSession(worker, 0))

    return executed
