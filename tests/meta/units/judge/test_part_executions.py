"""A worker for each check, and one that is left to the next, with workers that are made up."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from grader.judge.attempt import OWN, Attempt
from grader.judge.part_executions import Indices, PartExecutions
from grader.scorecard import CheckEnded, Verdict

OTHER = Attempt(stand_ins=("SGD",))
HUNG = CheckEnded(Verdict.TIMED_OUT, "it hung")
DIED = CheckEnded(Verdict.CRASHED, "it died")


@dataclass(eq=False)
class FakeWorker:
    """A worker that dies when it is told to."""

    question: str
    is_alive: bool = True
    was_ended: bool = False

    def end(self) -> None:
        self.is_alive, self.was_ended = False, True


@dataclass
class FakeStarter:
    """Notes what is awaited; `ends` says what goes wrong, by question."""

    ends: dict[str, CheckEnded] = field(default_factory=dict)
    awaited: list[FakeWorker] = field(default_factory=list)
    asked_again: list[FakeWorker] = field(default_factory=list)
    may: bool = False

    def start_part(self, question: str, attempt: Attempt) -> FakeWorker:
        return FakeWorker(question)

    def may_go_on(self, worker: FakeWorker) -> bool:
        return self.may

    def go_on(self, worker: FakeWorker, question: str) -> None:
        worker.question = question

    def ask_again(self, worker: FakeWorker) -> None:
        self.asked_again.append(worker)

    def await_executed(self, worker: FakeWorker, attempt: Attempt) -> None:
        self.awaited.append(worker)
        if worker.question in self.ends:
            raise self.ends[worker.question]


@pytest.fixture
def starter() -> FakeStarter:
    return FakeStarter()


def check(
    parts: PartExecutions[FakeWorker],
    question: str = "a",
    indices: Indices = (0,),
    attempt: Attempt = OWN,
    *,
    again: bool = True,
    passes: bool = True,
) -> FakeWorker:
    """The worker of one check, which leaves it to the next where it passes."""
    with parts.one(question, indices, attempt, again=again) as part:
        parts.wait(part)
        if passes:
            part.leave()
    return part.worker


def test_a_check_has_a_worker_of_its_own_which_ends_with_it(starter: FakeStarter) -> None:
    parts = PartExecutions(starter)
    first, second = check(parts, passes=False), check(parts, passes=False)
    assert first is not second
    assert first.was_ended
    assert second.was_ended
    assert starter.awaited == [first, second]


def test_worker_that_was_left_is_asked_by_the_next_check_and_has_executed(starter: FakeStarter) -> None:
    parts = PartExecutions(starter)
    first = check(parts)
    assert first.is_alive
    assert check(parts) is first
    assert starter.asked_again == [first]
    assert check(parts, passes=False) is first  # as often as all was as expected, and no more
    assert first.was_ended
    assert check(parts) is not first
    assert starter.awaited.count(first) == 1


@pytest.mark.parametrize(
    ("question", "indices", "attempt"),
    [("b", (0,), OWN), ("a", (1,), OWN), ("a", (0,), OTHER)],
    ids=["another question", "other statements", "another attempt"],
)
@pytest.mark.parametrize("again", [True, False])
def test_worker_is_left_to_the_same_question_and_attempt_alone(
    starter: FakeStarter, question: str, indices: Indices, attempt: Attempt, again: bool
) -> None:
    parts = PartExecutions(starter)
    first = check(parts)
    assert check(parts, question, indices, attempt, again=again) is not first
    assert first.was_ended


def test_worker_that_may_go_on_executes_for_another_question(starter: FakeStarter) -> None:
    parts, starter.may = PartExecutions(starter), True
    first = check(parts)
    assert check(parts, "b", (1,)) is first
    assert (first.question, starter.awaited, starter.asked_again) == ("b", [first, first], [])
    assert check(parts, "b", (1,)) is first
    assert starter.awaited == [first, first]
    assert check(parts, "a", (0,), passes=False) is first
    assert first.was_ended


@pytest.mark.parametrize("attempts", [(OWN, OTHER), (OTHER, OWN), (OTHER, OTHER)])
def test_worker_that_was_given_stand_ins_is_no_other_question_s(
    starter: FakeStarter, attempts: tuple[Attempt, Attempt]
) -> None:
    parts, starter.may = PartExecutions(starter), True
    first = check(parts, "a", (0,), attempts[0])
    assert check(parts, "b", (1,), attempts[1]) is not first
    assert first.was_ended


def test_run_that_tells_has_a_worker_of_its_own_whatever_was_left(starter: FakeStarter) -> None:
    parts, starter.may = PartExecutions(starter), True
    first = check(parts)
    assert check(parts, "b", (1,), again=False) is not first
    assert first.was_ended


def test_run_that_tells_has_a_worker_of_its_own_and_the_next_check_the_one_that_was_left(starter: FakeStarter) -> None:
    parts = PartExecutions(starter)
    first = check(parts)
    alone = check(parts, again=False, passes=False)
    assert alone is not first
    assert alone.was_ended
    assert check(parts) is first


def test_worker_that_died_is_not_asked_again(starter: FakeStarter) -> None:
    parts = PartExecutions(starter)
    first = check(parts)
    first.is_alive = False
    assert check(parts) is not first
    assert first.was_ended  # its folder and its pipe are gone, too


def test_worker_ends_where_the_check_is_broken_off(starter: FakeStarter) -> None:
    seen = list[FakeWorker]()

    def stopped() -> None:
        with PartExecutions(starter).one("a", (0,), OWN, again=True) as part:
            seen.append(part.worker)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert seen[0].was_ended


def test_part_that_hung_is_not_tried_again_and_one_that_died_is(starter: FakeStarter) -> None:
    parts, starter.ends = PartExecutions(starter), {"hangs": HUNG, "dies": DIED}
    for question, indices in (("hangs", (0,)), ("dies", (1,))):
        with pytest.raises(CheckEnded):
            check(parts, question, indices)
    with pytest.raises(CheckEnded) as caught:
        check(parts, "hangs", (0,))
    assert caught.value is HUNG
    for question, indices, attempt in (("hangs", (0,), OTHER), ("dies", (1,), OWN)):  # it may not hang, or not die
        with parts.one(question, indices, attempt, again=False):
            pass
