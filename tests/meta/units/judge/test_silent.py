"""A silent session: it is some examples ahead, waits for none of them, and raises Untold where one may not pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
import torch
from hypothesis.errors import UnsatisfiedAssumption

from grader.boundary.messages import Written
from grader.boundary.requests import Operation
from grader.judge.queue import MAX_BATCH
from grader.judge.silent import AHEAD, TOGETHER, SilentSession
from grader.processes.worker import WorkerStopped
from grader.scorecard import CheckEnded, Untold, Verdict
from grader.suite import expect
from grader.suite.ask import attempt, fetch, is_same, take
from grader.suite.deferred import deferrable, value
from grader.suite.handles import RemoteSubmission
from tests.meta.fakes.worker import LocalWorker, example, silent, told

SOURCE = """
import random
import torch

weight = torch.zeros(2)
alive = 0

def double(x):
    return 2 * x

def fill(x):
    weight.fill_(x)

def broken():
    raise ValueError("no")

def leave():
    raise SystemExit

def draw():
    return random.random()

class Layer:
    size = 3

    def __init__(self):
        global alive
        alive += 1

    def __del__(self):
        global alive
        alive -= 1

def count():
    return alive
"""
Check = Callable[[RemoteSubmission], object]


def runs(check: Check, times: int = 1, source: str = SOURCE) -> LocalWorker:
    """Run a check in a silent session. Raises Untold."""
    worker, session, submission = silent(source)
    for _ in range(times):
        example(session, lambda: check(submission))
    session.finish()
    return worker


def passes(submission: RemoteSubmission) -> None:
    expect.equal(submission.double(2), 4)


# --- how often it waits -----------------------------------------------------------------------------------------------


def test_no_example_is_waited_for_by_itself() -> None:
    times = 10 * TOGETHER
    worker = runs(passes, times)
    assert worker.operations.count(Operation.BEGIN) == times
    assert len(worker.sent) == worker.waits == 10


def test_judge_goes_on_while_the_worker_computes() -> None:
    worker, session, submission = silent(SOURCE)
    waits = []
    for _ in range(4 * TOGETHER):
        example(session, lambda: passes(submission))
        waits.append(worker.waits)
    assert waits[TOGETHER - 1] == 0  # the first message was sent, and nobody has waited for it
    assert worker.most_behind == AHEAD
    assert waits[-1] == 3
    session.finish()
    assert worker.waits == 4


def test_example_after_many_requests_begins_another_message() -> None:
    """So it is not cut, if it is not larger than half of one."""
    worker, session, submission = silent(SOURCE)
    for _ in range(4):
        example(session, lambda: [submission.double(1) for _ in range(MAX_BATCH // 4)])
    session.finish()
    assert all(message.requests[0].operation is Operation.BEGIN for message in worker.runs)
    assert len(worker.sent) == 4


def test_full_queue_is_sent_in_the_midst_of_an_example() -> None:
    worker = runs(lambda submission: [submission.double(1) for _ in range(MAX_BATCH)])
    assert len(worker.sent) == 3
    assert max(len(message.requests) for message in worker.runs) <= MAX_BATCH


def test_expectations_of_one_value_ask_for_it_once() -> None:
    def check(submission: RemoteSubmission) -> None:
        four = submission.double(2)
        expect.equal(four, 4)
        expect.is_true(attempt(is_same, four, four), otherwise="it is another")
        expect.equal(four, 4)
        expect.equal(value(four), 4)

    assert runs(check).operations.count(Operation.VALUE) == 3


def test_start_is_called_once_before_the_first_message() -> None:
    worker, _, _ = silent(SOURCE)
    started: list[int] = []
    session = SilentSession(worker, 0, lambda: started.append(len(worker.sent)))  # type: ignore[arg-type]
    for _ in range(20):
        example(session, lambda: None)
    session.finish()
    assert started == [0]


# --- what passes, and what does not -----------------------------------------------------------------------------------


def exact(x: torch.Tensor) -> torch.Tensor:
    return 2 * x


doubled = deferrable(exact)
PASSES: dict[str, Check] = {
    "nothing": lambda submission: None,
    "an expectation": passes,
    "an oracle of a value": lambda submission: expect.equal(
        submission.double(submission.weight), doubled(submission.weight)
    ),
    "an exception that is expected": lambda submission: expect.raises(
        "ValueError", submission.broken, otherwise="it goes on"
    ),
    "a value that is waited for": lambda submission: expect.that(fetch(submission.double(2)) == 4, "no"),
    "an instance": lambda submission: expect.is_instance(submission.Layer(), submission.Layer, otherwise="no"),
}
DOES_NOT_PASS: dict[str, Check] = {
    "an expectation": lambda submission: expect.equal(submission.double(2), 5),
    "one of the judge's own": lambda submission: expect.that(False, "no"),
    "a plain assertion": lambda submission: [][0],
    "an exception": lambda submission: submission.broken(),
    "an exception that ends the process": lambda submission: submission.leave(),
    "an exception of an unexpected type": lambda submission: expect.raises(
        "KeyError", submission.broken, otherwise="it goes on"
    ),
    "no exception": lambda submission: expect.raises("KeyError", submission.double, 1, otherwise="it goes on"),
    "an oracle of what makes no sense": lambda submission: expect.equal(
        submission.double(1), doubled(submission.Layer())
    ),
    "a name that is not there": lambda submission: submission.missing,
    "a value that is waited for": lambda submission: expect.that(fetch(submission.double(2)) == 5, "no"),
    "a value of what raises": lambda submission: fetch(submission.broken()),
    "another object": lambda submission: expect.is_same(submission.Layer(), submission.Layer(), otherwise="no"),
    "no instance": lambda submission: expect.is_instance(submission.weight, submission.Layer, otherwise="no"),
    "items of what has none": lambda submission: list(submission.Layer()),
    "an attempt of another request": lambda submission: attempt(lambda: [submission.weight, submission.fill][0]),
    "a value that can't be sent": lambda submission: submission.double({1}),
    "a comparison of handles": lambda submission: submission.weight == 1,
}


@pytest.mark.parametrize("check", PASSES.values(), ids=PASSES)
def test_what_passes_in_a_session_that_tells_passes(check: Check) -> None:
    _, session, submission = told(SOURCE)
    example(session, lambda: check(submission))
    for times in (1, TOGETHER, 3 * TOGETHER + 1):
        runs(check, times)


@pytest.mark.parametrize("check", DOES_NOT_PASS.values(), ids=DOES_NOT_PASS)
def test_what_does_not_pass_in_a_session_that_tells_raises_untold(check: Check) -> None:
    _, session, submission = told(SOURCE)
    with pytest.raises(Exception):  # noqa: B017
        example(session, lambda: check(submission))
    for times in (1, TOGETHER):
        with pytest.raises(Untold):
            runs(check, times)


@pytest.mark.parametrize("wrong", [1, 2, TOGETHER, TOGETHER + 1, 5 * TOGETHER - 1, 5 * TOGETHER])
def test_one_example_that_does_not_pass_is_found_wherever_it_is(wrong: int) -> None:
    numbers = iter(range(1, 5 * TOGETHER + 1))

    def check(submission: RemoteSubmission) -> None:
        expect.equal(submission.double(2), 5 if next(numbers) == wrong else 4)

    with pytest.raises(Untold):
        runs(check, 5 * TOGETHER)


def changes_what_it_gave(submission: RemoteSubmission) -> None:
    x = torch.ones(2)
    expect.equal(submission.double(x), torch.full((2,), 2.0))
    x += 1


@pytest.mark.parametrize("times", [1, TOGETHER, TOGETHER + 1])
def test_tensor_that_the_check_changes_after_it_gave_it_raises_untold(times: int) -> None:
    with pytest.raises(Untold):
        runs(changes_what_it_gave, times)


def test_exception_of_one_example_does_not_touch_those_before_it() -> None:
    """Their looks have been made, or are made in a session that tells: nothing is believed by half."""
    seen: list[object] = []
    worker, session, submission = silent(SOURCE)
    for _ in range(TOGETHER):
        example(session, lambda: expect.holds(seen.append, submission.double(1)))
    example(session, lambda: submission.broken())
    with pytest.raises(Untold):
        session.finish()
    assert seen == [2] * TOGETHER
    assert worker.waits == 2


def test_process_that_ends_stops_the_session() -> None:
    worker, session, submission = silent(worker=LocalWorker(SOURCE, dies_at=2))
    for _ in range(2 * TOGETHER - 1):
        example(session, lambda: passes(submission))
    with pytest.raises(WorkerStopped):
        session.finish()
    assert len(worker.sent) == 2


@pytest.mark.parametrize(
    "answers",
    [
        lambda written: ({**written[0], "values": written[0]["values"][1:]}, written[1]),
        lambda written: ({**written[0], "values": [*written[0]["values"], 4]}, written[1]),
        lambda written: ({**written[0], "raised": ["E", "", []]}, written[1]),
    ],
)
def test_answer_that_does_not_fit_raises_untold(answers: Callable[[Written], Written]) -> None:
    worker, session, submission = silent(SOURCE)
    worker.answers = answers
    example(session, lambda: passes(submission))
    with pytest.raises(Untold):
        session.finish()


def unwanted() -> None:
    raise UnsatisfiedAssumption


def test_example_that_is_not_one_is_no_failure() -> None:
    _, session, submission = silent(SOURCE)
    for _ in range(20):
        with pytest.raises(UnsatisfiedAssumption):
            example(session, unwanted)
        example(session, lambda: passes(submission))
    session.finish()
    assert session.examples.count == 40


# --- values -----------------------------------------------------------------------------------------------------------


def test_value_is_that_of_the_moment_it_was_taken() -> None:
    def check(submission: RemoteSubmission) -> None:
        weight = submission.weight
        submission.fill(0)
        before = value(weight)
        submission.fill(1)
        expect.equal(before, torch.zeros(2))
        expect.equal(weight, torch.ones(2))
        expect.equal(before, torch.zeros(2))

    runs(check, 2 * TOGETHER)


def seen_in_both(check: Callable[[RemoteSubmission, list[Any]], None], times: int = 3) -> list[Any]:
    """What a check sees, which must be the same in a session that tells."""
    both = []
    for make in (told, silent):
        seen: list[Any] = []
        _, session, submission = make(SOURCE)
        for _ in range(times):
            example(session, lambda s=submission, found=seen: check(s, found))  # type: ignore[misc]
        session.finish()
        both.append(seen)
    assert both[0] == both[1]
    return both[0]


def test_random_numbers_begin_anew_with_each_example() -> None:
    seen = seen_in_both(lambda submission, seen: expect.holds(seen.append, submission.draw()))
    assert seen == [seen[0]] * 3


def test_objects_are_forgotten_when_the_next_example_begins() -> None:
    def check(submission: RemoteSubmission, seen: list[Any]) -> None:
        submission.Layer()
        expect.holds(seen.append, submission.count())

    assert seen_in_both(check) == [1, 1, 1]


def test_order_of_looks_is_that_of_the_check() -> None:
    def check(submission: RemoteSubmission, seen: list[Any]) -> None:
        expect.holds(seen.append, submission.double(1))
        expect.holds(seen.append, take(submission.make_list([5, 6]), 1))
        expect.holds(lambda a, b: seen.append((a, b)), submission.double(2), value(submission.double(3)))

    assert seen_in_both(check, 2) == [2, [5], (4, 6)] * 2


def test_output_is_that_of_the_worker() -> None:
    _, session, _ = silent()
    assert session.output() == "printed\n"


def test_no_example_begins_when_time_is_over() -> None:
    """The judge's own seconds count too: a submission may make an oracle slow."""

    def over() -> None:
        raise CheckEnded(Verdict.NOT_GRADED, "all checks together took more than 900 s (grading_s)")

    session = SilentSession(cast(Any, None), 0, may_go_on=over)
    with pytest.raises(CheckEnded, match="grading_s"), session.example({}, {}):
        pytest.fail("it began")


def test_expectation_that_fails_asks_for_nothing_more() -> None:
    """What explains it is for a run that tells."""
    worker, session, submission = silent(SOURCE)
    example(session, lambda: expect.is_same(submission.Layer(), submission.Layer(), otherwise="it is a {type}"))
    with pytest.raises(Untold):
        session.finish()
    assert Operation.TYPE not in worker.operations
