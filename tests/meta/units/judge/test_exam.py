"""An exam: what a check has asked of one submission is asked of the next, and judged by the same looks."""

from __future__ import annotations

from typing import cast

import pytest
import torch

from grader.boundary.requests import Operation
from grader.figures import Measurement
from grader.judge import exam as exams
from grader.judge.exam import Exam, Paper
from grader.judge.silent import SilentSession
from grader.processes.worker import Worker
from grader.scorecard import CheckEnded, Untold, Verdict
from grader.suite import expect, value
from grader.suite.ask import fetch, is_instance, is_same, type_name
from grader.suite.deferred import deferrable
from grader.suite.handles import Attachments, RemoteSubmission
from tests.meta.fakes.papers import OTHERWISE, RIGHT, WRONG, asked, doubles, kept, run
from tests.meta.fakes.worker import LocalWorker, silent


def test_next_submission_is_asked_the_same() -> None:
    paper = kept(doubles)
    first, second = asked(paper, RIGHT), asked(paper, OTHERWISE)
    assert first.operations == second.operations
    assert first.operations.count(Operation.BEGIN) == 20


def test_examples_are_counted_as_they_are_asked() -> None:
    """What ends a loop of a check looks at it: an exam of many examples is no loop."""
    _, session, _ = silent(RIGHT)
    counts = list[int]()
    paper = kept(doubles)
    paper.parts[-1].looks.append(lambda: counts.append(session.examples.count))
    paper.parts[0].looks.append(lambda: counts.append(session.examples.count))
    session.ask(paper)
    assert 0 < counts[0] < counts[1] == 20


@pytest.mark.parametrize("between", [RIGHT, WRONG])
def test_wrong_one_does_not_pass_whoever_was_asked_before(between: str) -> None:
    paper = kept(doubles)
    for source in (between, WRONG):
        if source == WRONG:
            with pytest.raises(Untold):
                asked(paper, source)
        else:
            asked(paper, source)
        paper.clear()
    asked(paper, OTHERWISE)


def test_what_is_expected_is_computed_from_what_the_present_one_has_sent() -> None:
    computed = []

    @deferrable
    def doubled(x: torch.Tensor) -> torch.Tensor:
        computed.append(x)
        return 2 * x

    def check(submission: RemoteSubmission, i: int) -> None:
        state = value(submission.state)
        expect.equal(submission.double(submission.state), doubled(state))

    paper = kept(check, times=1)
    other = RIGHT.replace("torch.zeros(2)", "torch.ones(2)")
    asked(paper, other)
    assert [x.tolist() for x in computed] == [[0, 0], [1, 1]]
    with pytest.raises(Untold):
        asked(paper, other.replace("return x * 2\n", "return x * 0\n"))


def test_computed_from_what_is_computed_is_computed_anew() -> None:
    @deferrable
    def plus(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y

    def check(submission: RemoteSubmission, i: int) -> None:
        state = value(submission.state)
        expect.equal(submission.double(submission.state), plus(state, plus(state, torch.zeros(2))))

    paper = kept(check, times=1)
    asked(paper, RIGHT.replace("torch.zeros(2)", "torch.ones(2)"))


def test_values_of_a_submission_are_forgotten() -> None:
    paper = kept(doubles)
    asked(paper, RIGHT)
    paper.clear()
    snapshots = [snapshot for part in paper.parts for snapshot in part.snapshots]
    assert len(snapshots) == 20
    for snapshot in snapshots:
        with pytest.raises(LookupError):
            snapshot.read()


def is_a_layer(submission: RemoteSubmission, i: int) -> None:
    expect.is_true(is_instance(submission.Layer(), submission.Layer), otherwise="no")  # asked with a secret


def test_secrets_are_others_for_each_submission() -> None:
    def told(worker: LocalWorker) -> set[object]:
        requests = [request for message in worker.sent for request in message.requests]
        return {str(argument) for r in requests if r.operation is Operation.SET for argument in r.arguments[1:]}

    paper = kept(is_a_layer, times=3)
    first, second = told(asked(paper, RIGHT)), told(asked(paper, RIGHT))
    assert len(first) == len(second) == 6
    assert not first & second
    with pytest.raises(Untold):
        asked(paper, RIGHT.replace("class Layer:\n    pass", "def Layer():\n    return object()"))


def test_what_is_sent_to_many_is_written_once_unless_it_has_a_secret() -> None:
    exam = Exam()
    for name, check, once in (("doubles", doubles, True), ("is_a_layer", is_a_layer, False)):
        exam.put(name, run(check))
        paper = exam.paper(name)
        assert paper is not None
        paper.renew()
        assert all((part.message.written is not None) is once for part in paper.parts)


def test_check_whose_requests_depend_on_an_answer_is_not_kept() -> None:
    def check(submission: RemoteSubmission, i: int) -> None:
        doubles(submission, i)
        if fetch(submission.double(1)) == 2:
            doubles(submission, i)

    paper = run(check)
    assert paper is None
    exam = Exam()
    assert exam.is_wanted("check")
    exam.put("check", paper)
    assert exam.paper("check") is None
    assert not exam.is_wanted("check")


def test_what_it_shows_is_of_the_present_one() -> None:
    @deferrable
    def measured(state: torch.Tensor) -> Measurement:
        return Measurement(name="sum", value=state.sum().item())

    @deferrable
    def told(state: torch.Tensor) -> str:
        return f"state {state.tolist()}"

    def check(submission: RemoteSubmission, i: int) -> None:
        submission.attach(measured(value(submission.state)))
        submission.note(told(value(submission.state)))

    paper = kept(check, times=1)
    for _ in range(2):
        asked(paper, RIGHT.replace("torch.zeros(2)", "torch.ones(2)"))
        assert [m.value for m in paper.attachments.measurements.values()] == [2]
        assert paper.attachments.notes == ["state [1.0, 1.0]"]


def test_look_that_asks_for_more_where_it_fails_lets_no_later_one_pass() -> None:
    """It has handles of the first submission, whose worker is gone."""

    def names_the_type(submission: RemoteSubmission, i: int) -> None:
        layer = submission.Layer()
        expect.is_same(submission.same(layer), layer, otherwise="it is a {type}")

    def asks(submission: RemoteSubmission, i: int) -> None:
        layer = submission.Layer()
        same = submission.same(layer)

        def look(word: object) -> None:
            if word is not True:
                fetch(type_name(same))

        expect.holds(look, is_same(same, layer))

    def expects(submission: RemoteSubmission, i: int) -> None:
        layer = submission.Layer()
        same = submission.same(layer)
        expect.holds(lambda word: None if word else expect.equal(same, 1), is_same(same, layer))

    def expects_of_what_has_come(submission: RemoteSubmission, i: int) -> None:
        layer, doubled = submission.Layer(), value(submission.double(1.0))
        word = is_same(submission.same(layer), layer)
        expect.holds(lambda word: None if word else expect.equal(doubled, 3.0), word)

    right = f"{RIGHT}\ndef same(x):\n    return x\n"
    for check in (names_the_type, asks, expects, expects_of_what_has_come):
        paper = kept(check, right)
        for _ in range(2):
            with pytest.raises(Untold):
                asked(paper, f"{RIGHT}\ndef same(x):\n    return Layer()\n")
            paper.clear()
        asked(paper, right)


def test_look_within_a_look_is_looked_at() -> None:
    def check(submission: RemoteSubmission, i: int) -> None:
        doubled, state = value(submission.double(1.0)), value(submission.state)
        expect.holds(lambda _: expect.equal(doubled, 2.0), state)

    assert run(check, times=1) is None  # drawn for each submission
    with pytest.raises(Untold):
        run(check, RIGHT.replace("return x * 2\n", "return x * 3\n"), times=1)


def test_what_a_look_adds_to_another_message_is_not_kept() -> None:
    """It would be looked at for others, with the values of the first."""

    def notes(submission: RemoteSubmission, i: int) -> None:
        doubled = value(submission.double(float(i)))
        expect.holds(lambda x: submission.note(f"saw {x}") if i == 0 else None, doubled)

    def expects(submission: RemoteSubmission, i: int) -> None:
        doubled = value(submission.double(float(i)))
        expect.holds(lambda x: expect.equal(doubled, 2.0 * i), doubled)

    for check in (notes, expects):
        assert run(check, times=40) is None


def test_look_at_what_came_before_is_not_forgotten() -> None:
    """Nothing is asked after it."""

    def check(submission: RemoteSubmission, i: int) -> None:
        doubled = value(submission.double(1.0))
        fetch(submission.state)
        expect.equal(doubled, 3.0)

    with pytest.raises(Untold):
        run(check, times=1)


def test_paper_at_whose_answers_nobody_looks_is_none() -> None:
    assert run(lambda submission, i: submission.double(i)) is None
    with pytest.raises(ValueError, match="nobody looks"):
        Paper((), Attachments())


def test_paper_of_too_many_bytes_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    exam, paper = Exam(), kept(doubles)
    exam.put("kept", paper)
    assert exam.paper("kept") is paper
    monkeypatch.setattr(exams, "MAX_BYTES", 100)
    exam.put("check", kept(doubles))
    assert exam.paper("check") is None


def test_end_of_the_time_for_all_checks_ends_an_exam() -> None:
    def ends() -> None:
        raise CheckEnded(Verdict.TIMED_OUT, "no time is left")

    worker = LocalWorker(RIGHT)
    session = SilentSession(cast(Worker, worker), 0, may_go_on=ends)
    with pytest.raises(CheckEnded, match="no time is left"):
        session.ask(kept(doubles))
    assert not worker.sent


def test_worker_that_dies_is_heard() -> None:
    paper = kept(doubles)
    worker, session, _ = silent(worker=LocalWorker(RIGHT, dies_at=2))
    with pytest.raises(CheckEnded) as ended:
        session.ask(paper)
    assert ended.value.verdict is Verdict.CRASHED
    assert worker.waits == 2
    asked(paper, RIGHT)
