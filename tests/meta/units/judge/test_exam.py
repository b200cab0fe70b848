"""An exam: what a check has asked of one submission is asked of the next, and judged by the same looks."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import cast

import pytest
import torch

from grader.boundary.messages import Play, Run
from grader.boundary.requests import Operation
from grader.figures import Measurement
from grader.judge import exam as exams
from grader.judge.exam import Exam, Paper
from grader.judge.silent import SilentSession
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.scorecard import CheckEnded, Untold, Verdict
from grader.suite import expect, value
from grader.suite.ask import fetch, is_instance, is_same, type_name
from grader.suite.deferred import deferrable
from grader.suite.handles import Attachments, RemoteSubmission, session_of
from tests.meta.fakes.papers import OTHERWISE, RIGHT, WRONG, Check, asked, doubles, kept, run
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
        requests = [request for message in worker.runs for request in message.requests]
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
        sent = asked(paper, RIGHT).sent
        assert all(isinstance(message, Run) and (message.written is not None) is once for message in sent)


class Compiling:
    """Workers that are given scripts, as far as there is room; they only note what for."""

    def __init__(self, most: int = 99) -> None:
        self.given: list[Run] = []
        self._most = most

    def compile(self, messages: Sequence[Run]) -> range | None:
        if len(self.given) + len(messages) > self._most:
            return None
        self.given += messages
        return range(len(self.given) - len(messages), len(self.given))


def exam_of(*checks: Check, is_hidden: bool = False) -> tuple[Exam, list[Paper]]:
    exam = Exam()
    for check in checks:
        exam.put(check.__name__, run(check), is_hidden=is_hidden)
    papers = [exam.paper(check.__name__) for check in checks]
    assert all(papers)
    return exam, [paper for paper in papers if paper]


def knowing(exam: Exam, source: str) -> LocalWorker:
    """A worker that was forked after the exam was compiled."""
    worker = LocalWorker(source)
    exam.compile(cast(Workers, worker))
    return worker


@pytest.mark.parametrize("check", [doubles, is_a_layer])
def test_worker_that_has_scripts_is_told_their_numbers_and_passes_where_another_does(check: Check) -> None:
    wrong = WRONG.replace("class Layer:\n    pass", "def Layer():\n    return object()")
    for source, passes in ((RIGHT, True), (OTHERWISE, True), (wrong, False), (RIGHT, True)):
        exam, (paper,) = exam_of(check)
        worker = knowing(exam, source)
        with contextlib.nullcontext() if passes else pytest.raises(Untold):
            silent(worker=worker)[1].ask(paper)
        paper.clear()
        assert worker.sent
        assert all(isinstance(message, Play) for message in worker.sent)
        assert not passes or worker.operations == asked(paper, RIGHT).operations


def test_answer_that_was_read_is_known_where_it_is_played() -> None:
    exam, (paper,) = exam_of(doubles)
    asked(paper, RIGHT)
    before = [len(part.known.digests) for part in paper.parts if part.known]
    silent(worker=knowing(exam, OTHERWISE))[1].ask(paper)
    assert [len(part.known.digests) for part in paper.parts if part.known] == before == [1] * len(paper.parts)


def test_worker_that_was_forked_before_reads() -> None:
    exam, (paper,) = exam_of(doubles)
    worker = knowing(exam, RIGHT)
    worker.started.scripts = 1
    silent(worker=worker)[1].ask(paper)
    assert [type(message) for message in worker.sent] == [Play] + [Run] * (len(paper.parts) - 1)


def test_secrets_are_no_more_than_places_in_a_script() -> None:
    exam, (paper,) = exam_of(is_a_layer)
    workers = Compiling()
    exam.compile(cast(Workers, workers))
    secrets = {secret.text for part in paper.parts for _, _, secret in part.secrets}
    assert len(secrets) == 40
    assert not any(text in str(message.requests) for message in workers.given for text in secrets)
    worker = knowing(exam, RIGHT)
    silent(worker=worker)[1].ask(paper)
    told = {text for play in worker.sent if isinstance(play, Play) for text in play.secrets}
    assert not secrets & told
    assert len(told) == 40


def test_what_not_all_may_know_is_no_script() -> None:
    def has_code(submission: RemoteSubmission, i: int) -> None:
        session_of(submission.state).request(Operation.PART, "limit", "limit = 7", text=str)
        doubles(submission, i)

    for exam, papers in (exam_of(doubles, is_hidden=True), exam_of(has_code)):
        workers = Compiling()
        exam.compile(cast(Workers, workers))
        assert not workers.given
        assert all(part.script is None for paper in papers for part in paper.parts)


def test_each_is_compiled_once_and_others_have_other_numbers() -> None:
    exam, (paper,) = exam_of(doubles)
    first, other, small = Compiling(), Compiling(), Compiling(most=0)
    for workers, most in ((first, 4), (first, 4), (other, 4)):
        exam.compile(cast(Workers, workers))
        assert [part.script for part in paper.parts] == [*range(4)]
        assert len(workers.given) == most
    exam.put("is_a_layer", run(is_a_layer))
    exam.compile(cast(Workers, other))
    assert (len(other.given), len(first.given)) == (8, 4)
    exam.compile(cast(Workers, small))
    assert [part.script for part in paper.parts] == [None] * 4


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
