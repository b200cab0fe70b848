"""Workers that have executed a source."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.boundary.limits import Limit
from grader.judge.attempt import OWN
from grader.judge.grading import Grading
from grader.judge.session import ToldSession
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.settings import Settings
from grader.submission import read_submission
from grader.suite.handles import RemoteSubmission

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
        return worker, RemoteSubmission(ToldSession(worker, 0))

    return executed
