"""What a check can ask of objects in the worker, and exceptions as values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.boundary.requests import Operation
from grader.boundary.values import Raised
from grader.suite import ask, expect, value
from grader.suite.ask import advance, attempt, fetch, is_instance, is_same, iterate, take, type_name
from grader.suite.handles import Handle, RemoteSubmission
from grader.suite.secret import Secret
from tests.meta.fakes.worker import LocalWorker, conversation, example, told

SOURCE = """
class Layer:
    size = 3

def broken():
    raise KeyError("no")

def leave():
    raise SystemExit

class Claimed:
    __class__ = Layer
"""
Run = Callable[[Callable[[RemoteSubmission], object]], LocalWorker]


@pytest.fixture(params=["told", "silent"])
def run(request: pytest.FixtureRequest) -> Run:
    """run(check): one example of it, in a session that tells or in a silent one."""

    def both(check: Callable[[RemoteSubmission], object]) -> LocalWorker:
        worker, session, submission = conversation(request.param, SOURCE)
        example(session, lambda: check(submission))
        session.finish()
        return worker

    return both


def test_value_is_waited_for(run: Run) -> None:
    seen: list[object] = []

    def check(submission: RemoteSubmission) -> None:
        seen.append(fetch(submission.Layer.size))
        seen.append(fetch(submission.make_list([1, 2])))

    assert run(check).waits >= 2
    assert seen == [3, [1, 2]]


def test_values_are_waited_for_in_any_arrangement(run: Run) -> None:
    seen: list[object] = []

    def check(submission: RemoteSubmission) -> None:
        size, items = submission.Layer.size, submission.make_list([1, 2])
        seen.append(fetch([size, {"items": items}, (5, value(size))]))
        seen.append(fetch([1, 2]))

    run(check)
    assert seen == [[3, {"items": [1, 2]}, (5, 3)], [1, 2]]


def test_instance_of_a_class_is_a_value_and_what_only_claims_to_be_one_is_none(run: Run) -> None:
    seen: list[object] = []

    def check(submission: RemoteSubmission) -> None:
        things = submission.Layer(), submission.Claimed(), submission.make_list([])
        seen.append(fetch([is_instance(thing, submission.Layer) for thing in things]))
        seen.append(fetch(is_instance(submission.torch.zeros(2).shape, submission.torch.Size)))

    run(check)
    assert seen == [[True, False, False], True]


def test_iterators_lists_types_and_identity_are_asked_for(run: Run) -> None:
    def check(submission: RemoteSubmission) -> None:
        items = submission.make_list([5, 6, 7])
        iterator = iterate(items)
        expect.equal(advance(iterator), 5)
        expect.equal(take(iterator, 1), [6])
        expect.equal(take(items, 9)[2], 7)
        expect.equal(type_name(iterator), "list_iterator")
        expect.equal(is_same(iterate(iterator), iterator), True)
        expect.equal(is_same(items, submission.make_list([5, 6, 7])), False)

    run(check)


def test_requests_are_told_as_python() -> None:
    _, _, submission = told(SOURCE)
    items = submission.make_list([1])
    assert [repr(found) for found in (iterate(items), advance(items), take(items, 2), is_same(items, items))] == [
        "iter([1])",
        "next([1])",
        "list([1])",
        "[1] is [1]",
    ]
    assert repr(type_name(items)) == "type([1])"


def test_exception_becomes_a_value_and_the_example_goes_on(run: Run) -> None:
    seen: list[object] = []

    def check(submission: RemoteSubmission) -> None:
        raised = attempt(submission.broken)
        expect.holds(seen.append, raised)
        expect.holds(seen.append, attempt(advance, iterate(submission.make_list([]))))
        expect.equal(submission.Layer.size, 3)

    run(check)
    first, second = seen
    assert type(first) is Raised
    assert type(second) is Raised
    assert (first.type_name, first.text, second.type_name) == ("KeyError", "'no'", "StopIteration")


def test_attempt_that_goes_well_is_what_was_asked(run: Run) -> None:
    run(lambda submission: expect.equal(attempt(lambda layer: layer.size, submission.Layer), 3))


@pytest.mark.parametrize("kind", ["told", "silent"])
def test_attempt_of_what_was_not_asked_last_is_refused(kind: str) -> None:
    _, _, submission = conversation(kind, SOURCE)
    layer = submission.Layer

    def other(handle: Handle) -> Handle:
        iterate(handle)
        return handle

    with pytest.raises(ValueError, match="is not what was asked last"):
        attempt(other, layer)
    with pytest.raises(ValueError, match="is not what was asked last"):
        attempt(other, iterate(layer))


@pytest.mark.parametrize("kind", ["told", "silent"])
def test_attempt_of_what_was_looked_at_already_is_refused(kind: str) -> None:
    _, session, submission = conversation(kind, SOURCE)
    layer = submission.Layer
    session.values([layer])
    with pytest.raises(ValueError, match="is not what was asked last"):
        attempt(lambda: layer)


def test_secret_is_another_one_each_time_and_no_snippet_tells_of_it() -> None:
    assert len({Secret().text for _ in range(20)}) == 20
    _, session, submission = told(SOURCE)
    name, mark = Secret("_"), Secret()

    def check() -> None:
        layer = submission.Layer
        ask.set_untold(layer, name, mark)
        expect.equal(ask.get_untold(layer(), name), mark.text)

    example(session, check)
    assert [step.operation for step in session.transcript.steps] == [Operation.NAME, Operation.CALL]
    assert mark.text not in repr(ask.set_untold(submission.Layer, name, mark))


def test_calls_that_were_recorded_are_asked_for_and_not_told() -> None:
    _, session, submission = told(SOURCE)
    seen: list[object] = []
    example(session, lambda: seen.append(fetch(ask.recorded(submission.Layer))))
    assert seen == [[]]
    assert [step.operation for step in session.transcript.steps] == [Operation.NAME]
