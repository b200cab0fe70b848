"""One grading, with workers that are made up: what it reads, what it starts, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock

import pytest

from grader.assignment import Assignment
from grader.boundary.limits import Limit
from grader.boundary.messages import Inspect, Inspected, Load, Loaded
from grader.boundary.places import Places
from grader.boundary.values import Frame, Raised
from grader.errors import IsolationMissing, SubmissionUnreadable
from grader.figures import Coverage
from grader.judge.attempt import OWN, Attempt
from grader.judge.executions import TimeLeft
from grader.judge.grading import Grading, WorkerStarter, _conversation, draw_seed, worker_seed
from grader.judge.plans import Plan, Reading
from grader.processes.loops import Loops
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.sandbox.tiers import Isolation, Tier
from grader.scorecard import CheckEnded, Verdict
from grader.settings import Settings
from grader.submission import Submission, read_submission
from grader.suite.handles import RemoteSubmission, attachments_of
from grader.worker.reading import inspection
from tests.meta.fakes.worker import told
from tests.meta.units.judge.test_run import assignment_of, question

SOURCE = "def a(): return 1\ndef b(): pass\n"


@dataclass(eq=False)
class FakeWorker:
    """Reads in this process; anything else it answers with what it is given."""

    answer: Loaded | CheckEnded | Inspected | None = None
    ended: bool = False
    limits: list[Limit] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    told: object = None
    started: Any = field(default_factory=lambda: SimpleNamespace(output=Mock()))

    def allow(self, limit: Limit) -> None:
        self.limits.append(limit)

    def report_to(self, saw: Callable[[Sequence[Any], bool], None]) -> None:
        self.told = saw

    def send(self, message: object) -> None:
        self.sent.append(message)

    def receive(self) -> object:
        return self.answer

    def ask(self, message: Inspect) -> Inspected:
        if isinstance(self.answer, CheckEnded):
            raise self.answer
        return self.answer if isinstance(self.answer, Inspected) else inspection.inspect(message)

    def end(self) -> None:
        self.ended = True


@dataclass
class FakeWorkers:
    """Gives out one worker after the other."""

    next_answer: Any = None
    isolation: Isolation = field(default_factory=lambda: Isolation(Tier.JAIL, "seccomp"))
    given: list[FakeWorker] = field(default_factory=list)
    settled: int = 0

    def require(self, data: Iterable[str]) -> None: ...

    def prepare(self, *rules_and_limits: object) -> None: ...

    def take(self, file: str) -> FakeWorker:
        self.given.append(FakeWorker(self.next_answer))
        return self.given[-1]

    def settle(self) -> None:
        self.settled += 1


@pytest.fixture
def submission(tmp_path: Path) -> Submission:
    (tmp_path / "hw.py").write_text(SOURCE)
    return read_submission(tmp_path / "hw.py")


ASSIGNMENT: Assignment = assignment_of(question("a"), question("b", "a"))


def grading(submission: Submission, workers: FakeWorkers, **settings: Any) -> Grading:
    return Grading(submission, ASSIGNMENT, Settings(**settings), cast(Workers, workers))


def test_plans_are_read_by_a_worker_that_is_ended_then(submission: Submission) -> None:
    workers = FakeWorkers()
    with grading(submission, workers) as begun:
        assert (begun.reading.source, begun.plan_of("a").indices, begun.reading.places.at(2)) == (
            SOURCE,
            (0,),
            "hw.py, line 2",
        )
        with pytest.raises(CheckEnded) as ended, begun.check("b", OWN):
            pass
    assert ended.value.verdict is Verdict.BLOCKED
    assert ended.value.message.startswith("b is not written yet")
    assert [worker.ended for worker in workers.given] == [True]  # and no other was started


def test_reason_not_to_grade_a_question_ends_its_checks(submission: Submission) -> None:
    with grading(submission, FakeWorkers()) as begun:
        assert not begun.plan_of("a").blocked
        begun.block("a", "mend it first")
        with pytest.raises(CheckEnded, match="mend it first"), begun.check("a", OWN):
            pass


def test_submission_that_can_not_be_read_is_told_by_its_path(submission: Submission) -> None:
    workers = FakeWorkers(Inspected(unreadable="is empty"))
    with pytest.raises(SubmissionUnreadable, match=r"hw\.py is empty"):
        grading(submission, workers).__enter__()
    assert workers.given[0].ended


def test_source_that_ends_its_reader_blocks_all_questions(submission: Submission) -> None:
    workers = FakeWorkers(CheckEnded(Verdict.CRASHED, "it ended the process"))
    with grading(submission, workers) as begun:
        assert begun.warnings == ("hw.py can't be parsed: it ended the process",)
        assert begun.plan_of("a").blocked == "hw.py can't be parsed; make it a normal Python file"
    assert workers.given[0].ended


def test_less_isolation_than_is_asked_for_is_refused_before_anything_is_read(submission: Submission) -> None:
    workers = FakeWorkers()
    with pytest.raises(IsolationMissing, match="gives jail: seccomp, not the namespaces that"):
        grading(submission, workers, require_isolation=Tier.NAMESPACES).__enter__()
    assert workers.given == []
    for tier in (Tier.PROCESS, Tier.JAIL):
        with grading(submission, workers, require_isolation=tier):
            pass


def test_picture_of_an_earlier_example_is_not_that_of_the_one_that_is_told() -> None:
    """A loader that raises has no picture; that of an example before it, which was right, must not stand there."""
    local, _, _ = told(SOURCE)
    conversation = next(
        _conversation(cast(Worker, local), 0, lambda: None, TimeLeft(900.0), RemoteSubmission, silent=False)
    )
    figures = attachments_of(conversation.submission).figures
    with conversation.session.example({}, {}):
        conversation.submission.attach(Coverage(title="rows", times=(1,)))
        assert [*figures] == ["rows"]
    with conversation.session.example({}, {}):
        assert [*figures] == []


def test_examples_are_drawn_by_the_seed_and_the_code_and_tell_nothing_of_the_worker_s() -> None:
    drawn = {draw_seed(1, "a"), draw_seed(1, "b"), draw_seed(2, "a"), draw_seed(1, "a", "b")}
    assert len(drawn | {worker_seed(1), worker_seed(2)}) == 6
    assert draw_seed(1, "a") == draw_seed(1, "a")


def starter(
    workers: FakeWorkers,
    warned: list[str],
    left_s: float = 900.0,
    raised: dict[Any, str] | None = None,
    siblings: dict[str, str] | None = None,
    parts: str = "",
) -> WorkerStarter:
    places, plans = Places(file="hw.py"), {"a": Plan(indices=(0,)), "b": Plan(indices=(1,))}
    return WorkerStarter(
        workers=cast(Workers, workers),
        file="hw.py",
        assignment=replace(ASSIGNMENT, limits=replace(ASSIGNMENT.limits, part_s=20.0, load_s=200.0), parts=parts),
        reading=Reading(plans=plans, places=places, source=SOURCE, siblings=siblings or {}),
        time_left=TimeLeft(left_s),
        seed=5,
        saw=lambda sightings, loading: None,
        warn=warned.append,
        loops=Loops(places, lambda line: None),
        raised={} if raised is None else raised,
    )


def test_worker_is_told_its_limit_its_statements_and_who_hears_of_banned_code() -> None:
    workers, heard = FakeWorkers(), list[str]()
    begun = starter(workers, heard)
    begun.start_part("a", OWN)
    begun.start_shared("a", Attempt(whole=True))
    part, shared = workers.given
    assert [str(limit) for limit in (*part.limits, *shared.limits)] == ["part_s = 20", "load_s = 200"]
    (load,) = part.sent
    assert type(load) is Load
    assert (load.source, load.indices, load.seed) == (SOURCE, (0,), 5)
    assert shared.sent[0].indices is None
    assert part.told == begun.saw


def test_worker_goes_on_with_another_question_in_the_time_that_one_has() -> None:
    workers = FakeWorkers()
    begun = starter(workers, [])
    worker = begun.start_part("a", OWN)
    assert begun.may_go_on(worker)
    begun.go_on(worker, "b")
    begun.ask_again(worker)
    (given,) = workers.given
    given.answer = Loaded()
    begun.await_executed(worker, OWN)
    printed = [(name, kwargs) for name, _, kwargs in given.started.output.mock_calls]
    assert printed == [("renew", {"wholly": True}), ("renew", {}), ("keep", {})]
    assert [str(limit) for limit in given.limits] == ["part_s = 20"] * 2
    loads = cast("list[Load]", given.sent)
    assert [(load.indices, load.stand_ins, load.seed) for load in loads] == [((0,), (), 5), ((1,), (), 5)]
    late = starter(workers, [], left_s=-1.0)
    late.time_left.begin()
    with pytest.raises(CheckEnded, match="grading_s"):
        late.go_on(worker, "b")


def test_worker_with_more_than_the_statements_of_one_file_does_not_go_on() -> None:
    """Modules stay imported as they are, and the assignment's own code can be read by whoever is in its process."""
    workers, worker = FakeWorkers(), cast(Any, FakeWorker(Loaded(problems=(Raised("OSError", "no", ()),))))
    assert starter(workers, []).may_go_on(worker)
    assert not starter(workers, [], siblings={"layers.py": "x = 1"}).may_go_on(worker)
    assert not starter(workers, [], parts="def right(): ...").may_go_on(worker)
    begun = starter(workers, [])
    begun.await_executed(worker, OWN)
    assert not begun.may_go_on(worker)


def test_what_the_student_s_own_statements_raise_is_a_warning_and_with_stand_ins_it_is_none() -> None:
    warned: list[str] = []
    loaded = Loaded(problems=(Raised("NameError", "no x", (Frame(2, "", "x"),)), Raised("OSError", "no", ())))
    for attempt in (OWN, Attempt(whole=True), Attempt(stand_ins=("a",))):
        starter(FakeWorkers(), warned).await_executed(cast(Any, FakeWorker(loaded)), attempt)
    assert warned == ["hw.py, line 2: NameError: no x", "hw.py: OSError: no"]


@pytest.mark.parametrize("attempt", [OWN, Attempt(stand_ins=("a",))])
def test_first_statement_that_raised_is_noted_in_one_line_for_who_asks(attempt: Attempt) -> None:
    noted = dict[Any, str]()
    problems = (Raised("NameError", f"no\nx{'!' * 1000}", (Frame(2, "", "x"),)), Raised("OSError", "no", ()))
    for loaded in (Loaded(problems=problems), Loaded(problems=problems[1:]), Loaded()):
        begun = starter(FakeWorkers(), [], raised=noted)
        begun.await_executed(cast(Any, FakeWorker(loaded)), attempt)
    assert [*noted.values()] == [f"hw.py, line 2 raised NameError: no x{'!' * 296}", "hw.py raised OSError: no"]


def test_room_is_made_when_ended_workers_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = FakeWorkers()
    settled: list[int] = []
    monkeypatch.setattr("grader.machine.memory.give_back", lambda: settled.append(workers.settled))
    starter(workers, []).make_room()
    assert settled == [1]
