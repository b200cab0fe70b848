"""Handles: how often the judge waits, and what it believes about instances."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.assignment import Assignment
from grader.boundary.limits import Limit
from grader.judge.attempt import OWN
from grader.judge.grading import Grading
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.settings import Settings
from grader.submission import read_submission
from grader.suite import expect
from grader.suite.expect import CheckFailed
from grader.suite.handles import (
    RemoteSubmission,
    Session,
    StudentError,
    are_instances,
    error_of,
    fetch,
    is_instance,
    later,
    prefetch,
)

SOURCE = """
class Liar(type):
    def __instancecheck__(cls, instance):
        return True


class Layer:
    def __init__(self, size):
        self.size = size


class Claimed(metaclass=Liar):
    pass


class Closed:
    __class__ = property(lambda self: 1 / 0)


def same(x):
    return x
"""


class Counted(Session):
    """A session that counts its waits."""

    waits = 0

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker, 0)
        ask = worker.ask

        def counted(*arguments: Any) -> Any:
            self.waits += 1
            return ask(*arguments)

        worker.ask = counted  # type: ignore[method-assign,assignment]


@pytest.fixture
def session(workers: Workers, assignment: Assignment, tmp_path: Path) -> Iterator[Counted]:
    """A session with SOURCE."""
    path = tmp_path / "student.py"
    path.write_text(SOURCE)
    with Grading(read_submission(path), assignment, Settings(), workers) as grading:
        worker = grading._executing(None, OWN, Limit("load_s", 60.0))
        grading._await_execution(worker, OWN)
    yield Counted(worker)
    worker.end()


def test_values_that_come_together_cost_one_wait(session: Counted) -> None:
    submission = RemoteSubmission(session)
    layers = [submission.Layer(size) for size in range(3)]
    sizes = [layer.size for layer in layers]
    prefetch(*sizes)
    again = layers[0].size
    assert [fetch(size) for size in sizes] == [0, 1, 2]
    assert session.waits == 1
    assert fetch(again) == 0


def test_value_that_came_ahead_is_given_once(session: Counted) -> None:
    submission = RemoteSubmission(session)
    weight = submission.torch.nn.Parameter(torch.zeros(2))
    prefetch(weight)
    session.sync()
    weight.data = torch.ones(2)
    assert torch.equal(fetch(weight), torch.zeros(2))  # as it was then
    assert torch.equal(fetch(weight), torch.ones(2))


def test_value_that_is_waited_for_anyway_is_not_kept(session: Counted) -> None:
    submission = RemoteSubmission(session)
    weight = submission.torch.nn.Parameter(torch.zeros(2))
    prefetch(weight)
    assert torch.equal(fetch(weight), torch.zeros(2))
    weight.data = torch.ones(2)
    assert torch.equal(fetch(weight), torch.ones(2))


def test_next_example_knows_nothing_of_what_came_ahead(session: Counted) -> None:
    submission = RemoteSubmission(session)
    prefetch(submission.same(1))
    session.sync()
    prefetch(submission.same(2))
    later(pytest.fail, submission.same(3))
    session.begin()
    assert not session.kept
    assert fetch(submission.same(4)) == 4
    assert not session.kept


def test_look_comes_with_the_next_wait_and_sees_what_was_there_before(session: Counted) -> None:
    submission = RemoteSubmission(session)
    seen: list[Any] = []
    weight = submission.torch.nn.Parameter(torch.zeros(2))
    later(lambda *values: seen.extend(values), weight, submission.same([weight]), submission.same(7))
    submission.torch.nn.init.ones_(weight)
    asked = list(session.transcript)
    assert torch.equal(fetch(weight), torch.ones(2))
    assert session.waits == 1
    assert torch.equal(seen[0], torch.zeros(2))
    assert torch.equal(seen[1][0], torch.zeros(2))
    assert seen[2] == 7
    assert session.transcript == asked


def test_look_is_told_in_the_snippet_without_what_came_after_it(session: Counted) -> None:
    submission = RemoteSubmission(session)
    told = submission.same(1)
    later(lambda value: expect.equal(value, 2, what="same(1)"), told)
    submission.same(3)
    with pytest.raises(CheckFailed, match=r"same\(1\) is 1, expected 2"):
        session.sync()
    assert [r.arguments[1] for r in session.transcript if r.operation == "call"] == [[1]]
    assert session.fetched[-1] == (told, 1)


def test_look_comes_before_an_exception_of_what_follows_it(session: Counted) -> None:
    submission = RemoteSubmission(session)
    seen: list[object] = []
    later(seen.append, submission.same(1))
    broken = submission.same(1, 2)
    later(seen.append, submission.same(2))
    with pytest.raises(StudentError, match="TypeError"):
        fetch(broken)
    assert seen == [1]
    later(partial(expect.equal, expected=5, what="it"), submission.same(4))
    submission.same(1, 2)
    with pytest.raises(CheckFailed, match="it is 4, expected 5"):
        session.sync()


def test_exception_is_asked_for_before_anything_else_is(session: Counted) -> None:
    submission = RemoteSubmission(session)
    broken = submission.same(1, 2)
    later(pytest.fail, submission.same(1))  # would never look
    with pytest.raises(ValueError, match=r"same\(1, 2\) is not what was asked last"):
        error_of(broken)
    session.begin()
    fine, broken = submission.same(1), submission.same(1, 2)
    error = error_of(broken)
    assert error is not None
    assert error.type_name == "TypeError"
    assert fetch(fine) == 1


def test_look_may_ask_for_more(session: Counted) -> None:
    submission = RemoteSubmission(session)
    seen: list[object] = []
    layer = submission.Layer(3)
    later(lambda _: seen.append(fetch(layer.size)), submission.same(1))
    later(seen.append, submission.same(2))
    assert fetch(submission.same(3)) == 3
    assert seen == [3, 2]


def test_instances_cost_one_wait(session: Counted) -> None:
    submission = RemoteSubmission(session)
    assert are_instances([submission.Layer(size) for size in range(4)], submission.Layer)
    assert session.waits == 1


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_is_none_is_found(session: Counted, place: int) -> None:
    submission = RemoteSubmission(session)
    handles = [submission.Layer(1)]
    handles.insert(place, submission.same(1))
    assert not are_instances(handles, submission.Layer)
    assert not is_instance(handles[place], submission.Layer)
    assert is_instance(handles[1 - place], submission.Layer)


def test_class_that_says_yes_to_all_is_not_believed(session: Counted) -> None:
    submission = RemoteSubmission(session)
    assert not is_instance(submission.Layer(1), submission.Claimed)
    assert is_instance(submission.Claimed(), submission.Claimed)


def test_class_that_takes_no_attributes_is_taken_at_its_word(session: Counted) -> None:
    submission = RemoteSubmission(session)
    builtin = submission.torch.Size
    assert is_instance(submission.torch.zeros(2).shape, builtin)
    assert not is_instance(submission.same(1), builtin)


def test_question_that_raises_raises(session: Counted) -> None:
    submission = RemoteSubmission(session)
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        is_instance(submission.Closed(), submission.Layer)


def test_what_raises_before_the_question_is_told_as_such(session: Counted) -> None:
    submission = RemoteSubmission(session)
    with pytest.raises(StudentError, match="AttributeError") as caught:
        is_instance(submission.Layer(1).missing, submission.Layer)
    assert caught.value.call == "Layer(1).missing"
