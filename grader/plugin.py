"""The pytest plugin: options, the fixtures `submission` and `question`, and a grading where pytest was called by hand.

`pytest SUITE --submission PATH` and `grade PATH` run the same checks through it. Every pytest on the machine loads
this: torch, Hypothesis and the judge are imported where there is something to grade.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.assignment import Question
    from grader.judge.grading import Grading
    from grader.judge.pytest_run import SuiteRun


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a suite that is run by pytest itself."""
    group = parser.getgroup("grader", "grading a submission")
    group.addoption("--submission", type=Path, help="grade this file (default: the assignment's reference)")
    group.addoption("--seed", type=int, default=0, help="draw other examples (default: 0)")
    group.addoption("--effort", choices=["quick", "standard", "thorough"], default="standard", help="how many examples")


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The submission, in a fresh worker: its names as attributes (see grader.suite.handles.RemoteSubmission)."""
    run, question = _asked_by(request, "submission")
    with run.submission(question) as remote:
        yield remote


@pytest.fixture
def question(request: pytest.FixtureRequest) -> Question:
    """The question that the check belongs to: its thresholds are in `question.settings`."""
    run, question = _asked_by(request, "question")
    return run.grading.assignment.question(question)


def _asked_by(request: pytest.FixtureRequest, fixture: str) -> tuple[SuiteRun, str]:
    """The grading that goes on, and the question of the check that uses the fixture."""
    from grader.judge import pytest_run
    from grader.suite.checks import info_of

    info, run = info_of(request.function), pytest_run.of_session(request.config)
    if info is None:
        raise pytest.UsageError(f"{request.node.nodeid} uses `{fixture}` but is not marked with @check")
    if run is None:
        raise pytest.UsageError(f"{request.node.nodeid} is not graded: call pytest with the folder of its suite")
    return run, info.question


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """What stands beside the checks is imported by its name, from a conftest.py, too: `grade` does it so."""
    named = getattr(early_config.known_args_namespace, "file_or_dir", ())
    _import_beside(_suite_folder(named, early_config.invocation_params.dir))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Where pytest was called on a suite by hand, begin a grading for it."""
    config = session.config
    folder = _suite_folder(config.args, config.invocation_params.dir)
    if folder is None:
        return
    if getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "a suite is graded by one pytest, which runs beside each other what can be: leave out -n (or pass -n 0)"
        )
    from grader.judge import pytest_run
    from grader.judge.listener import NoListener

    if pytest_run.of_session(config) is not None:
        return
    grading = _grading(config, folder)
    grading.__enter__()
    config.option.seed = grading.draw_seed()  # what fixtures of the suite draw with
    _import_beside(folder, *grading.assignment.extended)
    config.args += [str(path) for path in grading.assignment.extended if _is_whole(config, folder)]
    config.add_cleanup(lambda: grading.__exit__(None, None, None))
    pytest_run.attach(config, pytest_run.SuiteRun(grading, NoListener()))


def _grading(config: pytest.Config, folder: Path) -> Grading:
    """The grading that the options ask for."""
    from grader.assignment import load_assignment
    from grader.errors import GraderError
    from grader.judge.collection import is_debugged
    from grader.judge.grading import Grading
    from grader.settings import Effort, Settings
    from grader.submission import read_submission

    try:
        assignment = load_assignment(folder)
        path = config.option.submission or assignment.reference
        if path is None:
            raise pytest.UsageError("the reference is not installed; pass --submission PATH")
        if is_debugged(config):
            assignment = replace(assignment, limits=replace(assignment.limits, grading_s=float("inf")))
        settings = Settings(seed=config.option.seed, effort=Effort(config.option.effort))
        return Grading(read_submission(path), assignment, settings)
    except GraderError as error:
        raise pytest.UsageError(str(error)) from None


def _suite_folder(arguments: Sequence[str], here: Path) -> Path | None:
    """The folder with an assignment.toml that pytest was pointed at, if it was."""
    for argument in arguments:
        path = Path(here, argument.split("::")[0])
        for folder in (path, path.parent):
            if (folder / "assignment.toml").is_file():
                return folder
    return None


def _is_whole(config: pytest.Config, folder: Path) -> bool:
    """Whether pytest was pointed at the folder, and not at a file in it."""
    return any(Path(config.invocation_params.dir, argument) == folder for argument in config.args)


def _import_beside(*folders: Path | None) -> None:
    sys.path[:0] = [str(folder) for folder in folders if folder and str(folder) not in sys.path]
