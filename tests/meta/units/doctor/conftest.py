"""A bench for the shipped homework."""

from __future__ import annotations

import pytest

from grader.assignment import Assignment
from grader.doctor.processes import Bench
from grader.processes.workers import Workers


@pytest.fixture(scope="module")
def bench(assignment: Assignment, reference_source: str, workers: Workers) -> Bench:
    return Bench(assignment, reference_source, workers)
