"""What is executed beside the checks: no more at a time than there are cores for, and the longest first."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from grader.assignment import Assignment
from grader.boundary.messages import Sighting
from grader.errors import WorkerStartFailed
from grader.judge import grading as grading_module
from grader.judge.attempt import OWN, Attempt
from grader.judge.grading import Grading, WorkerStarter
from grader.processes.workers import Workers
from grader.scorecard import CheckEnded, Verdict
from grader.settings import Settings
from grader.submission import read_submission

QUESTIONS = ("eval_linear_model", "eval_two_layer_nn")
LINEAR, TWO_LAYER = QUESTIONS
ENDLESS = "{0} = None\nwhile {0} is None:\n    {0} = None\n"  # it binds the name: the slice has it
QUICK = "{0} = Linear(784, 10)\n"
DIES = "import os\n{0} = os._exit(0)\n"

Begin = Callable[..., Grading]


@pytest.fixture
def begin(
    assignment: Assignment, workers: Workers, tmp_path: Path, parts_source: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Begin]:
    """begin(cores, linear=..., two_layer=...): a grading on so many cores, started; its models are made so."""
    gradings: list[Grading] = []

    def run(cores: int, *, linear: str = ENDLESS, two_layer: str = ENDLESS) -> Grading:
        monkeypatch.setattr(grading_module, "cores", lambda: cores)
        source = parts_source + linear.format("linear_model") + two_layer.format("two_layer_model")
        path = tmp_path / "student.py"
        path.write_text(source)
        grading = Grading(read_submission(path), assignment, Settings(), workers)
        gradings.append(grading)
        grading.__enter__()
        grading.start(QUESTIONS)
        return grading

    yield run
    for grading in gradings:
        grading.__exit__(None, None, None)


def begun(grading: Grading) -> list[str]:
    return [name for name, _ in grading.executions.shared]


def use(grading: Grading, question: str, attempt: Attempt = OWN) -> None:
    """A check of that question, which waits for the submission once."""
    with grading.check(question, attempt) as conversation:
        conversation.session.fetch([conversation.submission.Linear(2, 3)])


def wait_for(grading: Grading, question: str) -> None:
    """Until its execution has ended. What it says is left unread."""
    worker = grading.executions.shared[question, OWN].worker
    ends = time.monotonic() + 60
    while not worker.has_answered and time.monotonic() < ends:
        time.sleep(0.01)
    assert worker.has_answered


@pytest.mark.parametrize(("cores", "expected"), [(1, 1), (2, 1), (3, 2), (64, 2)])
def test_the_checks_have_a_core_of_their_own_where_there_are_two(begin: Begin, cores: int, expected: int) -> None:
    grading = begin(cores)
    assert begun(grading) == [TWO_LAYER, LINEAR][:expected]  # the last of the homework first
    use(grading, "Linear")
    assert begun(grading) == [TWO_LAYER, LINEAR][:expected]
    assert not any(shared.worker.has_answered for shared in grading.executions.shared.values())


def test_the_next_begins_with_a_check_after_the_first_has_ended(begin: Begin) -> None:
    grading = begin(2, two_layer=QUICK)
    wait_for(grading, TWO_LAYER)
    assert begun(grading) == [TWO_LAYER]
    use(grading, "Linear")
    assert begun(grading) == [TWO_LAYER, LINEAR]


def test_the_next_begins_with_a_check_after_the_first_has_died(begin: Begin) -> None:
    grading = begin(2, two_layer=DIES)
    wait_for(grading, TWO_LAYER)
    use(grading, "Linear")
    assert begun(grading) == [TWO_LAYER, LINEAR]


def test_what_a_check_waits_for_begins_at_once(begin: Begin) -> None:
    grading = begin(2, linear=QUICK)
    use(grading, LINEAR)  # though the other one never ends
    assert begun(grading) == [TWO_LAYER, LINEAR]
    assert grading.executions.queued == []


def test_while_a_check_waits_all_cores_are_used(begin: Begin) -> None:
    grading = begin(2, two_layer=QUICK)
    use(grading, TWO_LAYER)
    assert begun(grading) == [TWO_LAYER, LINEAR]


def test_a_later_attempt_takes_the_place_of_one_that_is_queued(begin: Begin) -> None:
    grading = begin(2)
    attempt = Attempt(stand_ins=("SGD",))
    grading.begin(LINEAR, attempt)
    assert grading.executions.queued == [(LINEAR, attempt)]
    grading.begin(TWO_LAYER, attempt)  # the one that runs is given up, and the core is free
    assert begun(grading) == [LINEAR]
    assert grading.executions.queued == [(TWO_LAYER, attempt)]


def test_an_attempt_that_a_check_has_no_use_for_any_more_is_given_up(begin: Begin) -> None:
    grading = begin(3, linear=QUICK)
    others = [Attempt(stand_ins=(name,)) for name in ("SGD", "epoch")]
    grading.begin(LINEAR, others[0])
    assert list(grading.executions.shared) == [(TWO_LAYER, OWN), (LINEAR, others[0])]
    use(grading, LINEAR)  # on its own, as if the needed part had earned its points by now
    assert list(grading.executions.shared) == [(TWO_LAYER, OWN), (LINEAR, OWN)]
    use(grading, LINEAR, others[1])
    assert list(grading.executions.shared)[1:] == [(LINEAR, OWN), (LINEAR, others[1])]  # what was waited for is kept


def test_what_was_waited_for_takes_no_core_any_more(begin: Begin) -> None:
    grading = begin(2, two_layer=QUICK)
    use(grading, TWO_LAYER)  # before that, the other one has begun
    grading.begin(LINEAR, Attempt(stand_ins=("SGD",)))
    assert begun(grading) == [TWO_LAYER, LINEAR]


def test_a_worker_that_was_ended_is_not_waited_for(begin: Begin) -> None:
    grading = begin(2)
    worker = grading.executions.shared[TWO_LAYER, OWN].worker
    assert not worker.has_answered
    worker.end()
    assert worker.has_answered


@pytest.mark.parametrize("error", [CheckEnded(Verdict.CRASHED, "it died at once"), WorkerStartFailed("no memory")])
def test_what_can_not_begin_costs_no_other_check(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    grading = begin(2, linear=QUICK, two_layer=QUICK)
    wait_for(grading, TWO_LAYER)

    def no_worker(*_: object) -> NoReturn:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(WorkerStarter, "start_shared", no_worker)
        use(grading, "Linear")
    assert begun(grading) == [TWO_LAYER]
    use(grading, LINEAR)  # tried again


def test_what_turned_out_to_be_forbidden_does_not_begin(begin: Begin) -> None:
    grading = begin(2, two_layer=QUICK)
    wait_for(grading, TWO_LAYER)
    grading.forbid([Sighting(0, "torch.optim.SGD", (LINEAR,))], loading=False)
    use(grading, "Linear")
    assert begun(grading) == [TWO_LAYER]
    assert grading.executions.queued == []
