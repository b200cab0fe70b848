"""What the tests of the grader share: the assignment, the reference's source, and a way to grade any source."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from grader.assignment import Assignment, find_assignment, load_assignment
from grader.boundary.messages import Load, Loaded
from grader.judge.grade import grade
from grader.processes.worker import Worker
from grader.processes.workers import Workers, open_workers
from grader.scorecard import Scorecard
from grader.settings import Effort, Settings
from grader.submission import read_submission

Grade = Callable[..., Scorecard]


def limited(assignment: Assignment, limit_s: float) -> Assignment:
    """The assignment with that limit for each check, and for each execution of the file."""
    questions = tuple(replace(q, limit_s=limit_s) for q in assignment.questions)
    return replace(assignment, questions=questions, limits=replace(assignment.limits, load_s=limit_s, part_s=limit_s))


def execute(
    worker: Worker, source: str, *, siblings: Mapping[str, str] = MappingProxyType({}), records: Sequence[str] = ()
) -> Loaded:
    """What the worker says of executing the whole of this source; it keeps what functions of these names return."""
    return worker.ask(Load(file="hw.py", source=source, siblings=dict(siblings), indices=None, records=tuple(records)))


@pytest.fixture(scope="session")
def assignment() -> Assignment:
    return load_assignment(find_assignment("hw3"))


@pytest.fixture(scope="session")
def reference_source(assignment: Assignment) -> str:
    assert assignment.reference is not None
    return assignment.reference.read_text()


@pytest.fixture(scope="session")
def parts_source(reference_source: str) -> str:
    """The reference without what trains: quick to execute as a whole."""
    lines = reference_source.splitlines(keepends=True)
    dropped = ("linear_model = train", "two_layer_model = train", "mnist_", "train_dataloader =", "test_dataloader =")
    return "".join(line for line in lines if not line.startswith(dropped))


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """One zygote for many gradings: importing torch is most of what a short one costs."""
    with open_workers() as opened:
        yield opened


@pytest.fixture
def grade_source(assignment: Assignment, workers: Workers, tmp_path: Path) -> Grade:
    """grade_source(source, only=..., seed=..., limit_s=...): the scorecard of a submission with that source."""

    def run(source: str, *, only: Sequence[str] = (), seed: int = 0, limit_s: float | None = None) -> Scorecard:
        path = tmp_path / "student.py"
        path.write_text(source)
        given = assignment if limit_s is None else limited(assignment, limit_s)
        settings = Settings(seed=seed, effort=Effort.QUICK, only=tuple(only))
        return grade(read_submission(path), given, settings, workers=workers)

    return run
