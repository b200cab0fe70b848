"""What runs beside what, with workers that are made up."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from grader.boundary.limits import Limit
from grader.errors import WorkerStartFailed
from grader.judge.attempt import OWN, Attempt
from grader.judge.executions import WHOLE_FILE, Executions, TimeLeft
from grader.scorecard import CheckEnded, Verdict

OTHER = Attempt(stand_ins=("SGD",))
WHOLE = Attempt(whole=True)
HUNG = CheckEnded(Verdict.TIMED_OUT, "it hung")
DIED = CheckEnded(Verdict.CRASHED, "it died")


@dataclass
class FakeWorker:
    """A worker that answers when it is told to."""

    question: str
    is_alive: bool = True
    has_answered: bool = False
    was_ended: bool = False

    def end(self) -> None:
        self.is_alive, self.has_answered, self.was_ended = False, True, True


@dataclass
class FakeStarter:
    """Notes what is started; `ends` and `fails` say what goes wrong, by question."""

    ends: dict[str, CheckEnded] = field(default_factory=dict)
    fails: dict[str, BaseException] = field(default_factory=dict)
    parts: list[FakeWorker] = field(default_factory=list)
    started: list[FakeWorker] = field(default_factory=list)
    awaited: list[str] = field(default_factory=list)
    alive_when_room_was_made: list[int] = field(default_factory=list)

    def start_part(self, question: str, attempt: Attempt) -> FakeWorker:
        self.parts.append(FakeWorker(question))
        return self.parts[-1]

    def may_go_on(self, worker: FakeWorker) -> bool:
        return False

    def go_on(self, worker: FakeWorker, question: str) -> None:
        raise AssertionError("it must not")

    def ask_again(self, worker: FakeWorker) -> None:
        raise AssertionError("it must not")

    def start_shared(self, question: str, attempt: Attempt) -> FakeWorker:
        if question in self.fails:
            raise self.fails[question]
        self.started.append(FakeWorker(question))
        return self.started[-1]

    def await_executed(self, worker: FakeWorker, attempt: Attempt) -> None:
        self.awaited.append(worker.question)
        if worker.question in self.ends:
            raise self.ends[worker.question]
        worker.has_answered = True

    def make_room(self) -> None:
        self.alive_when_room_was_made.append(sum(worker.is_alive for worker in self.started))

    @property
    def names(self) -> list[str]:
        return [worker.question for worker in self.started]


def executions(
    starter: FakeStarter, *, cores: int = 2, little: bool = False, ungraded: tuple[str, ...] = (), most: int = 64
) -> Executions[FakeWorker]:
    return Executions(
        starter, TimeLeft(60.0), lambda question: question not in ungraded, cores=cores, one_at_a_time=little, most=most
    )


@pytest.fixture
def starter() -> FakeStarter:
    return FakeStarter()


@pytest.mark.parametrize(("cores", "expected"), [(1, 1), (2, 1), (3, 2), (64, 2)])
def test_the_checks_have_a_core_of_their_own_where_there_are_two(
    starter: FakeStarter, cores: int, expected: int
) -> None:
    made = executions(starter, cores=cores)
    made.start(["a", "b"])
    assert starter.names == ["b", "a"][:expected]  # the last of the homework first
    made.begin_queued()
    assert starter.names == ["b", "a"][:expected]


def test_the_next_begins_with_a_check_after_the_first_has_answered(starter: FakeStarter) -> None:
    made = executions(starter)
    made.start(["a", "b"])
    starter.started[0].has_answered = True
    assert starter.names == ["b"]
    made.begin_queued()
    assert starter.names == ["b", "a"]


def test_while_a_check_waits_all_cores_are_used(starter: FakeStarter) -> None:
    made = executions(starter)
    made.start(["a", "b"])
    made.await_shared("b", OWN)
    assert starter.names == ["b", "a"]


def test_what_a_check_waits_for_begins_at_once_and_is_not_queued_any_more(starter: FakeStarter) -> None:
    made = executions(starter)
    made.start(["a", "b"])
    assert made.await_shared("a", OWN) is starter.started[1]
    assert made.queued == []


def test_execution_is_awaited_once(starter: FakeStarter) -> None:
    made = executions(starter)
    assert made.await_shared("a", OWN) is made.await_shared("a", OWN)
    assert starter.awaited == ["a"]


def test_execution_that_ended_is_not_tried_twice(starter: FakeStarter) -> None:
    made, starter.ends = executions(starter), {"a": DIED}
    assert not made.has_ended
    for _ in range(2):
        with pytest.raises(CheckEnded) as caught:
            made.await_shared("a", OWN)
        assert caught.value is DIED
    assert starter.names == starter.awaited == ["a"]
    assert made.has_ended


def test_worker_that_a_check_has_killed_is_replaced(starter: FakeStarter) -> None:
    made = executions(starter)
    made.await_shared("a", OWN).is_alive = False
    assert made.await_shared("a", OWN).is_alive
    assert starter.names == ["a", "a"]
    assert starter.started[0].was_ended  # its folder and its pipe are gone, too


def test_what_the_last_check_has_left_ends_before_what_trains_is_asked_and_at_the_end(starter: FakeStarter) -> None:
    made = executions(starter)
    for end in (lambda: made.await_shared("a", OWN), made.end):
        with made.parts.one("part", (0,), OWN, again=False) as part:
            part.leave()
        assert part.worker.is_alive
        end()
        assert part.worker.was_ended


def test_later_attempt_takes_the_place_of_one_that_runs_or_is_queued(starter: FakeStarter) -> None:
    made = executions(starter)
    made.start(["a", "b"])
    made.begin("a", OTHER)
    assert made.queued == [("a", OTHER)]
    made.begin("b", OTHER)  # the one that runs is given up, and the core is free
    assert not starter.started[0].is_alive
    assert [*made.shared] == [("a", OTHER)]
    assert made.queued == [("b", OTHER)]


def test_attempt_that_was_waited_for_is_kept(starter: FakeStarter) -> None:
    made = executions(starter)
    made.await_shared("a", OWN)
    made.await_shared("a", OTHER)
    assert [*made.shared] == [("a", OWN), ("a", OTHER)]
    assert all(worker.is_alive for worker in starter.started)


def test_whole_file_gives_up_nothing_of_a_question(starter: FakeStarter) -> None:
    made = executions(starter)
    made.start(["a"])
    made.await_shared(WHOLE_FILE, WHOLE)
    assert all(worker.is_alive for worker in starter.started)


@pytest.mark.parametrize("error", [DIED, WorkerStartFailed("no memory")])
def test_what_can_not_begin_is_tried_again_when_its_checks_come(starter: FakeStarter, error: BaseException) -> None:
    made, starter.fails = executions(starter), {"b": error}
    made.start(["a", "b"])
    assert starter.names == ["a"]
    starter.fails.clear()
    made.await_shared("b", OWN)
    assert starter.names == ["a", "b"]


def test_what_is_not_graded_any_more_does_not_begin(starter: FakeStarter) -> None:
    made = executions(starter, ungraded=("b",))
    made.start(["a", "b"])
    assert starter.names == ["a"]
    assert made.queued == []


def test_where_memory_is_little_nothing_runs_beside_anything(starter: FakeStarter) -> None:
    made = executions(starter, cores=64, little=True)
    made.start(["a", "b"])
    made.begin("a", OTHER)
    assert starter.names == []
    for question in ("a", "b", "a"):
        made.await_shared(question, OWN)
        assert sum(worker.is_alive for worker in starter.started) == 1
    assert starter.alive_when_room_was_made == [0, 0, 0]


def test_workers_of_a_question_end_when_its_checks_are_done(starter: FakeStarter) -> None:
    made, starter.ends = executions(starter), {"c": DIED}
    for question, attempt in (("a", OWN), ("a", OTHER), ("b", OWN)):
        made.await_shared(question, attempt)
    with pytest.raises(CheckEnded):
        made.await_shared("c", OWN)
    made.release("a")
    made.release("c")
    assert [worker.is_alive for worker in starter.started[:3]] == [False, False, True]
    assert [*made.shared] == [("b", OWN), ("c", OWN)]  # how that one has ended stays known
    assert made.has_ended
    made.keeps = True
    made.release("b")
    assert starter.started[2].is_alive


def test_of_the_whole_file_what_is_still_wanted_stays(starter: FakeStarter) -> None:
    made, other = executions(starter), Attempt(stand_ins=("SGD",), whole=True)
    made.await_shared(WHOLE_FILE, WHOLE)
    made.await_shared(WHOLE_FILE, other)
    made.release(WHOLE_FILE, {WHOLE})
    assert [worker.is_alive for worker in starter.started] == [True, False]
    assert made.await_shared(WHOLE_FILE, WHOLE) is starter.started[0]


def test_no_more_live_than_memory_is_there_for(starter: FakeStarter) -> None:
    made = executions(starter, cores=64, most=2)
    made.start(["a", "b", "c"])
    assert starter.names == ["c", "b"]
    for question in ("a", "b", "c", "a"):
        made.await_shared(question, OWN)
        assert sum(worker.is_alive for worker in starter.started) <= 2


def test_all_are_ended(starter: FakeStarter) -> None:
    made = executions(starter, cores=64)
    made.start(["a", "b"])
    made.end()
    assert not any(worker.is_alive for worker in starter.started)


def test_limit_is_at_most_what_is_left_of_all() -> None:
    left, limit = TimeLeft(10.0), Limit("limit_s", 60.0)
    assert left.at_most(limit) == limit  # nothing counts yet
    left.begin()
    assert left.at_most(limit).name == "what was left of grading_s = 10"
    ends = left.at_most(limit).seconds
    left.begin()  # what was asked first counted already
    assert left.at_most(limit).seconds <= ends
    assert left.at_most(Limit("limit_s", 1.0)) == Limit("limit_s", 1.0)


def test_without_time_nothing_is_graded_and_nothing_begins(starter: FakeStarter) -> None:
    left = TimeLeft(0.0)
    left.begin()
    made = Executions(starter, left, lambda question: True, cores=2, one_at_a_time=False, most=64)
    made.start(["a"])
    assert starter.names == []
    with pytest.raises(CheckEnded, match=r"all checks together took more than 0 s \(grading_s\)") as caught:
        left.at_most(Limit("limit_s", 1.0))
    assert caught.value.verdict is Verdict.NOT_GRADED
