"""What `epoch` returned while a model was trained: kept without disturbing it, and bounded."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import pytest

from grader.boundary.limits import Limit
from grader.boundary.requests import MAX_CALLS
from grader.judge.session import ToldSession
from grader.processes.workers import Workers
from grader.suite.ask import fetch
from grader.suite.handles import RemoteSubmission, session_of
from grader.suite.recorded import Call, calls_with
from tests.meta.conftest import execute

Run = Callable[..., RemoteSubmission]
NONE: Mapping[str, str] = MappingProxyType({})
SOURCE = """
import inspect


class Model:
    pass


model, other = Model(), Model()


def epoch(model, loader, loss, opt=None):
    def helper(model):
        return 3.0, 4.0
    if loss == "returns text":
        return "text"
    elif loss == "raises":
        return 1 / 0
    for value in loader:
        return value, helper(model)[0]


def source():
    return inspect.getsource(epoch)
"""


@pytest.fixture
def run(workers: Workers) -> Iterator[Run]:
    """run(source): the submission, executed in a worker that keeps what `epoch` returns."""
    opened = []

    def executed(source: str, siblings: Mapping[str, str] = NONE) -> RemoteSubmission:
        worker = workers.take("hw.py")
        opened.append(worker)
        worker.allow(Limit("limit_s", 60))
        assert execute(worker, source, siblings=siblings, records=["epoch"]).problems == ()
        return RemoteSubmission(ToldSession(worker, 0))

    yield executed
    for worker in opened:
        worker.end()


def test_calls_with_a_model_are_told_in_their_order_with_which_arguments_were_given(run: Run) -> None:
    lines = "epoch(model, [1.5], 0, 'opt')\nepoch(other, [7], 0)\nepoch(model, [2], 0)\n"
    submission = run(SOURCE + lines)
    assert calls_with(submission.model) == [
        Call((True, True, True, True), (1.5, 3.0)),
        Call((True, True, True, False), (2.0, 3.0)),
    ]


def test_numbers_may_be_tensors_and_of_numpy_and_anything_else_is_no_call(run: Run) -> None:
    lines = """
import numpy, torch
class Number(float):
    def __float__(self):
        raise SystemExit
for value in (torch.tensor(0.5, requires_grad=True), numpy.float32(0.25), Number(1), "1", None, torch.ones(2), 10**400):
    epoch(model, [value], 0)
epoch(model, [], 0)
epoch(model, [1], "returns text")
"""
    assert [call.numbers for call in calls_with(run(SOURCE + lines).model)] == [(0.5, 3.0), (0.25, 3.0), (1.0, 3.0)]


def test_result_may_be_a_named_tuple(run: Run) -> None:
    lines = """
from typing import NamedTuple
class Result(NamedTuple):
    loss: float
    error: float
def epoch(model):
    return Result(0.5, 0.25)
epoch(model)
"""
    assert [call.numbers for call in calls_with(run(SOURCE + lines).model)] == [(0.5, 0.25)]


def test_function_result_source_and_traceback_are_what_they_were(run: Run) -> None:
    submission = run(SOURCE)
    assert fetch(submission.epoch(submission.model, [1.5], 0)) == (1.5, 3.0)
    assert fetch(submission.source()) == SOURCE[SOURCE.index("def epoch") : SOURCE.index("\n\n\ndef source")] + "\n"
    submission.epoch(submission.model, [], "raises")
    with pytest.raises(Exception, match="division") as raised:
        fetch(submission.model)
    assert [(frame.code, frame.function) for frame in raised.value.frames] == [("return 1 / 0", "epoch")]  # type: ignore[attr-defined]


def test_epoch_of_a_file_beside_the_main_one_is_recorded(run: Run) -> None:
    siblings = {"parts.py": "def epoch(model, loader, loss, opt=None):\n    return 1.0, 0.5\n"}
    submission = run("class Model: pass\nfrom parts import epoch\nmodel = Model()\nepoch(model, 0, 0, 0)\n", siblings)
    assert calls_with(submission.model) == [Call((True, True, True, True), (1.0, 0.5))]


def test_calls_beyond_the_bound_are_left_out_and_models_are_not_kept_alive(run: Run) -> None:
    lines = """
import weakref
for _ in range(300):
    epoch(model, [1], 0)
dropped = Model()
epoch(dropped, [1], 0)
alive = weakref.ref(dropped)
del dropped
"""
    submission = run(SOURCE + lines)
    assert len(calls_with(submission.model)) == MAX_CALLS
    assert fetch(submission.alive()) is None


def test_answer_that_the_submission_has_broken_costs_no_check(run: Run) -> None:
    submission = run(SOURCE + "import sys\nsys.modules['__main__'].__dict__['x'] = 1\n")
    gone = submission.model
    with session_of(gone).example({}, {}):
        assert calls_with(gone) == []
