"""A plugin of pytest: the checks in this process, with the submission in it, too. What the class is measured against.

`python -m pytest SUITE -p no:grader -p benchmarks.plain --plain FILE`: no judge, no worker, no second chances.
"""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
import torch

from benchmarks.direct import DirectSession
from grader.assignment import Question, load_assignment
from grader.suite.checks import info_of
from grader.suite.handles import RemoteSubmission

hypothesis.settings.register_profile(
    "plain", max_examples=50, deadline=None, database=None, suppress_health_check=[*hypothesis.HealthCheck]
)
hypothesis.settings.load_profile("plain")
torch.set_num_threads(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The submission."""
    parser.addoption("--plain", type=Path)


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> RemoteSubmission:
    """Its names, in this process."""
    return RemoteSubmission(DirectSession(request.config.getoption("--plain").read_text(encoding="utf-8"), None))


@pytest.fixture
def question(request: pytest.FixtureRequest) -> Question:
    """With its thresholds."""
    info = info_of(request.function)
    assert info is not None
    return load_assignment(request.path.parent).question(info.question)
