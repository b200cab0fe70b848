"""The pytest plugin: the `submission` fixture, and a result for each check.

`pytest SUITE --submission PATH` and `grade PATH` run the same checks through it. Tests that are not marked with
`@check` are left alone.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.judge.pytest_run import NAME, RUN, Run
from grader.judge.results import NotStarted
from grader.scorecard import CheckEnded
from grader.settings import Effort, Settings
from grader.suite.checks import info_of

if TYPE_CHECKING:
    from grader.assignment import Question


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a suite that is run by pytest itself."""
    group = parser.getgroup("grader", "grading a submission")
    group.addoption("--submission", type=Path, help="grade this file (default: the assignment's reference)")
    group.addoption("--seed", type=int, default=0, help="draw other examples (default: 0)")
    group.addoption("--effort", choices=[*Effort], default=Effort.STANDARD, help="how many examples")


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The submission, in a fresh worker: its names as attributes (see grader.worker.handles.RemoteSubmission)."""
    run = request.config.stash[RUN]
    info = info_of(request.function)
    if info is None:
        raise pytest.UsageError(f"{request.node.nodeid} uses `submission` but is not marked with @check")
    with contextlib.ExitStack() as stack:
        try:
            run.remote = stack.enter_context(run.grading.check(info.question, run.attempt, silent=run.silent))
        except CheckEnded as ended:
            raise NotStarted(ended) from None
        yield run.remote.submission


@pytest.fixture
def question(request: pytest.FixtureRequest) -> Question:
    """The question that the check belongs to: its thresholds are in `question.settings`."""
    info = info_of(request.function)
    if info is None:
        raise pytest.UsageError(f"{request.node.nodeid} uses `question` but is not marked with @check")
    found: Question = request.config.stash[RUN].grading.assignment.question(info.question)
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Where pytest was called on a suite by hand, begin a grading for it."""
    config = session.config
    folder = _suite_folder(config)
    if RUN in config.stash or folder is None:
        return
    from grader.assignment import load_assignment
    from grader.errors import GraderError
    from grader.judge.grading import Grading
    from grader.judge.listener import NoListener
    from grader.submission import read_submission

    try:
        assignment = load_assignment(folder)
        path = config.option.submission or assignment.reference
        if path is None:
            raise pytest.UsageError("the reference is not installed; pass --submission PATH")
        grading = Grading(
            read_submission(path), assignment, Settings(seed=config.option.seed, effort=Effort(config.option.effort))
        )
    except GraderError as error:
        raise pytest.UsageError(str(error)) from None
    grading.__enter__()
    config.option.seed = grading.draw_seed  # what fixtures of the suite draw with
    sys.path.insert(0, str(folder))  # what stands beside the checks is imported by its name
    config.add_cleanup(lambda: grading.__exit__(None, None, None))
    run = Run(grading, NoListener())
    config.stash[RUN] = run
    config.pluginmanager.register(run, NAME)


def _suite_folder(config: pytest.Config) -> Path | None:
    """The folder with an assignment.toml that pytest was pointed at, if it was."""
    for argument in config.args:
        path = Path(config.invocation_params.dir, argument.split("::")[0])
        for folder in (path, path.parent):
            if (folder / "assignment.toml").is_file():
                return folder
    return None
