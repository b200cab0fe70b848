"""A session that tells: each expectation is looked at when it is said, and all that a snippet needs is kept."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch

from grader.boundary.requests import Operation
from grader.boundary.values import Opaque
from grader.judge import session as session_module
from grader.judge.queue import MAX_BATCH
from grader.judge.session import MAX_GIVEN, ToldSession
from grader.processes.worker import WorkerStopped
from grader.scorecard import CheckEnded, Verdict
from grader.suite import expect
from grader.suite.ask import attempt, fetch
from grader.suite.deferred import value
from grader.suite.failures import CheckFailed, StudentError
from tests.meta.fakes.worker import LocalWorker, example, told

SOURCE = """
import torch

weight = torch.zeros(2)

def double(x):
    return 2 * x

def fill(x):
    weight.fill_(x)

def broken():
    raise ValueError("no")

def full():
    raise MemoryError
"""


def test_example_costs_one_wait_where_nothing_is_looked_at() -> None:
    worker, session, submission = told(SOURCE)
    with session.example({}, {}):
        submission.double(1)
        submission.double(2)
    assert worker.waits == 1
    assert worker.operations == [Operation.BEGIN, Operation.NAME, Operation.CALL, Operation.NAME, Operation.CALL]


def test_each_example_begins_anew_for_who_wants_to_know() -> None:
    """So that a picture of an earlier example, which was right, is not shown for the one that failed."""
    _, session, submission = told(SOURCE)
    begun: list[int] = []
    session.examples.at_begin = lambda: begun.append(session.examples.count)
    for _ in range(2):
        with session.example({}, {}):
            submission.double(1)
    assert begun == [0, 1]


def test_start_is_called_once_before_the_first_wait() -> None:
    worker, _, _ = told(SOURCE)
    started: list[int] = []
    session = session_module.ToldSession(worker, 0, lambda: started.append(worker.waits))  # type: ignore[arg-type]
    for _ in range(2):
        with session.example({}, {}):
            assert len(started) == min(worker.waits, 1)
    assert started == [0]


def test_expectation_is_looked_at_where_it_is_said() -> None:
    worker, session, submission = told(SOURCE)
    with session.example({}, {}):
        expect.equal(submission.double(2), 4)
        assert worker.waits == 1
        with pytest.raises(CheckFailed, match=r"double\(2\) is 4, expected 5"):
            expect.equal(submission.double(2), 5)


def test_value_that_is_known_costs_no_second_wait() -> None:
    worker, session, submission = told(SOURCE)
    with session.example({}, {}):
        four = submission.double(2)
        expect.equal(four, 4)
        expect.equal(four, 4)
        assert worker.waits == 1
        fill = submission.fill
        expect.equal(four, 4)  # something was asked since, which may have changed it
        assert worker.waits == 2
        assert repr(fill) == "fill"


def test_value_is_that_of_the_moment_it_was_taken() -> None:
    _, session, submission = told(SOURCE)
    with session.example({}, {}):
        weight = submission.weight
        before = value(weight)
        submission.fill(1)
        expect.equal(before, torch.zeros(2))
        expect.equal(weight, torch.ones(2))
        expect.equal(before, torch.zeros(2))


def test_crash_after_a_failed_expectation_hides_nothing() -> None:
    _, session, submission = told(worker=LocalWorker(SOURCE, dies_at=2))

    def check() -> None:
        expect.equal(submission.double(2), 5)
        submission.double(3)

    with pytest.raises(CheckFailed, match="is 4, expected 5"):
        example(session, check)


def test_exception_after_a_failed_expectation_hides_nothing() -> None:
    _, session, submission = told(SOURCE)

    def check() -> None:
        expect.equal(submission.double(2), 5)
        submission.broken()

    with pytest.raises(CheckFailed, match="is 4, expected 5"):
        example(session, check)


def test_exception_is_told_with_the_call_that_raised() -> None:
    _, session, submission = told(SOURCE)

    def check() -> None:
        submission.double(1)
        submission.broken()
        submission.double(2)

    with pytest.raises(StudentError) as caught:
        example(session, check)
    error = caught.value
    assert (error.type_name, error.text, error.call, error.limit) == ("ValueError", "no", "broken()", "")
    assert error.frames[-1].line == 13
    assert error.request is not None
    assert session.transcript.raised == {error.request: "ValueError"}


def test_exception_tells_of_the_limit_that_it_comes_from() -> None:
    _, session, submission = told(SOURCE)

    def check() -> None:
        submission.full()

    with pytest.raises(StudentError) as caught:
        example(session, check)
    assert caught.value.limit == "memory_mib = 1"


def test_exception_that_was_attempted_is_known_to_the_snippet() -> None:
    _, session, submission = told(SOURCE)
    with session.example({}, {}):
        raised = attempt(submission.broken)
        expect.holds(lambda error: None if error.type_name == "ValueError" else "another one", raised)
    assert list(session.transcript.raised.values()) == ["ValueError"]


def test_transcript_is_that_of_the_present_example() -> None:
    _, session, submission = told(SOURCE)
    for number in (1, 2):
        with session.example({"number": number}, {}):
            expect.equal(submission.double(number), 2 * number)
    assert next(step.arguments for step in session.transcript.steps if step.operation == "call")[1:] == ([2], {})
    assert [content for _, content in session.transcript.fetched] == [4]
    assert session.examples.count == 2
    assert list(session.examples.given) == [{"number": 1}, {"number": 2}]


def test_examples_that_are_kept_are_few() -> None:
    _, session, _ = told()
    for number in range(MAX_GIVEN + 5):
        with session.example({"number": number}, {}):
            pass
    assert session.examples.count == MAX_GIVEN + 5
    assert session.examples.given[0] == {"number": 5}
    assert len(session.examples.given) == MAX_GIVEN


def test_request_that_is_not_told_is_no_step() -> None:
    _, session, submission = told(SOURCE)
    with session.example({}, {}):
        found = session.request(Operation.TYPE, submission.weight, text=lambda: "type(weight)", told=False)
        assert fetch(found) == "Tensor"
    assert [step.operation for step in session.transcript.steps] == [Operation.NAME]


def test_next_example_knows_nothing_of_what_was_asked_before() -> None:
    worker, session, submission = told(SOURCE)

    def check() -> None:
        submission.broken()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        example(session, check)
    with session.example({}, {}):
        expect.equal(submission.double(1), 2)
    assert worker.operations.count(Operation.BEGIN) == 1


def test_causes_of_each_failure_are_kept_by_its_place() -> None:
    _, session, submission = told(SOURCE)
    session.examples.only_causes = True
    for number in (1, 2):
        with session.example({}, {"no": "it refuses"}):
            expect.equal(submission.double(number), 5, likely={"doubled": 2 * number, "forgotten": number})
    with session.example({}, {"no": "it refuses"}):
        submission.broken()
    assert list(session.examples.causes.values()) == [[("doubled",), ("doubled",)], [("it refuses",)]]


def test_full_queue_is_sent_before_more_is_asked() -> None:
    worker, session, submission = told(SOURCE)
    with session.example({}, {}):
        for _ in range(MAX_BATCH):
            submission.double(1)
    assert len(worker.sent) > 1
    assert max(len(message.requests) for message in worker.runs) <= MAX_BATCH


def test_tensor_that_the_check_changes_after_it_gave_it_is_noticed() -> None:
    _, session, submission = told(SOURCE)
    x = torch.ones(2)

    def check() -> None:
        submission.double(x)
        x.add_(1)

    with pytest.raises(ValueError, match="clone"):
        example(session, check)


# --- a worker that lies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[], [1, 2], [1, 2, 3]])
def test_another_number_of_values_ends_the_worker(values: list[int]) -> None:
    worker, session, submission = told(SOURCE)
    worker.answers = lambda written: ({**written[0], "values": values}, [])

    def check() -> None:
        fetch(submission.double(1))

    with pytest.raises(WorkerStopped, match="another number of values") as caught:
        example(session, check)
    assert caught.value.verdict is Verdict.CRASHED


@pytest.mark.parametrize("at", [-1, -7, 0, 99, 2**62])
def test_exception_at_a_place_that_is_not_there_is_told_all_the_same(at: int) -> None:
    worker, session, submission = told(SOURCE)
    worker.answers = lambda written: ({"values": [], "raised": ["Passed", "", []], "at": at}, [])

    def check() -> None:
        fetch(submission.double(1))

    with pytest.raises(StudentError, match="Passed") as caught:
        example(session, check)
    assert caught.value.call == "double(1)"
    assert caught.value.request is None
    assert session.transcript.raised == {}


def test_bytes_of_one_example_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "MAX_EXAMPLE_BYTES", 1000)
    _, session, submission = told(SOURCE)
    for _ in range(3):  # each of them counts from nothing
        with session.example({}, {}):
            fetch(submission.double(torch.ones(200)))

    def check() -> None:
        for _ in range(2):
            fetch(submission.double(torch.ones(200)))

    with pytest.raises(CheckEnded, match="MiB in one example"):
        example(session, check)


def test_what_does_not_cross_is_no_value() -> None:
    _, session, submission = told(SOURCE)
    with session.example({}, {}):
        found = fetch(submission.double)
    assert type(found) is Opaque


def test_output_is_that_of_the_worker() -> None:
    _, session, _ = told()
    assert session.output() == "printed\n"
    session.finish()


def test_no_example_begins_when_time_is_over() -> None:
    """The judge's own seconds count too: a submission may make an oracle slow."""

    def over() -> None:
        raise CheckEnded(Verdict.NOT_GRADED, "all checks together took more than 900 s (grading_s)")

    session = ToldSession(cast(Any, None), 0, may_go_on=over)
    with pytest.raises(CheckEnded, match="grading_s"), session.example({}, {}):
        pytest.fail("it began")
