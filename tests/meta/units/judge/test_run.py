"""The fairness policy, with checks that are made up: no pytest, no worker, no torch."""

import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grader.assignment import Assignment, Question
from grader.judge.attempt import OWN, Attempt
from grader.judge.executions import WHOLE_FILE
from grader.judge.run import CheckCase, Policy, in_order
from grader.scorecard import CheckResult, Verdict

WITH_A = Attempt(stand_ins=("a",))
WHOLE = Attempt(whole=True)


@dataclass(frozen=True, slots=True)
class FakePlan:
    """How a question is graded."""

    background: bool = False
    forbidden: str = ""
    unwritten: str = ""


@dataclass
class FakeGrading:
    """Notes what it is told; runs checks by a table of what passes."""

    passes: Mapping[str, Iterable[Attempt]]
    plans: Mapping[str, FakePlan]
    may_differ: frozenset[str] = frozenset()
    told: list[object] = field(default_factory=list)
    released: list[tuple[str, int]] = field(default_factory=list)  # and what was told by then
    wanted: list[set[Attempt]] = field(default_factory=list)
    interrupted_at: tuple[str, Attempt] | None = None
    broken: frozenset[str] = frozenset()

    def plan_of(self, question: str) -> FakePlan:
        return self.plans.get(question, FakePlan())

    def may_differ_as_a_whole(self, question: str) -> bool:
        return question in self.may_differ

    def start(self, questions: Iterable[str]) -> None:
        self.told.append(("start", *questions))

    def begin(self, question: str, attempt: Attempt) -> None:
        self.told.append(("begin", question, attempt))

    def release(self, question: str, wanted: Collection[Attempt] = ()) -> None:
        if question == WHOLE_FILE:
            self.wanted.append(set(wanted))
        else:
            self.released.append((question, len(self.told)))

    def block(self, question: str, reason: str) -> None:
        self.told.append(("block", question, reason))

    def run_check(self, case: CheckCase, attempt: Attempt) -> CheckResult:
        if (case.name, attempt) == self.interrupted_at:
            raise KeyboardInterrupt
        self.told.append((case.name, attempt))
        verdict = Verdict.PASSED if attempt in self.passes.get(case.name, ()) else Verdict.FAILED
        verdict = Verdict.BROKEN if case.name in self.broken else verdict
        return CheckResult(name=case.name, title=case.name, verdict=verdict, max_score=1.0, message=str(attempt))

    def attempts(self, check: str) -> list[object]:
        return [entry[1] for entry in self.told if isinstance(entry, tuple) and entry[0] == check]


class Heard:
    """A listener."""

    def __init__(self) -> None:
        self.finishes: list[tuple[str, Verdict]] = []

    def started(self, question: str, check: str) -> None:
        pass

    def finished(self, question: str, result: CheckResult) -> None:
        self.finishes.append((result.name, result.verdict))


def question(name: str, *needs: str, background: bool = False, min_right: int = 0, checks: int = 1) -> Question:
    points = {f"test_{name}{number or ''}": 1.0 for number in range(checks)}
    return Question(
        name=name, points=points, needs=needs, min_right=min_right, limit_s=1.0, background=background, settings={}
    )


def assignment_of(*questions: Question, stand_ins: str = "a = 1") -> Assignment:
    return Assignment(
        name="toy", title="Toy", folder=Path(), reference=None, stand_ins=stand_ins, questions=tuple(questions)
    )


A, B = question("a"), question("b", "a")


def run(assignment: Assignment, grading: FakeGrading, heard: Heard | None = None) -> Policy:
    """The checks of all questions, run by the policy."""
    made = Policy(assignment, grading, grading, heard or Heard(), {})
    made.run_all(cases_of(assignment))
    return made


def cases_of(assignment: Assignment) -> list[CheckCase]:
    names = in_order(assignment, ())
    return [CheckCase(name=check, question=name) for name in names for check in assignment.question(name).points]


def test_what_trains_is_checked_last() -> None:
    trained = question("trained", background=True)
    assert in_order(assignment_of(trained, A, B), ()) == ["a", "b", "trained"]
    assert in_order(assignment_of(trained, A), ("trained", "a")) == ["a", "trained"]


def test_what_a_chosen_question_needs_is_graded_too() -> None:
    trained = question("trained", "b", background=True)
    assert in_order(assignment_of(trained, A, B, question("c")), ("trained",)) == ["a", "b", "trained"]


def test_check_that_passes_is_run_once() -> None:
    grading = FakeGrading(passes={"test_a": [OWN], "test_b": [OWN]}, plans={})
    done = run(assignment_of(A, B), grading)
    assert grading.told == [("start", "a", "b"), ("test_a", OWN), ("test_b", OWN)]
    assert all(result.verdict is Verdict.PASSED and not result.carried_forward for result in done.results.values())


def test_error_is_carried_forward() -> None:
    grading = FakeGrading(passes={"test_b": [WITH_A]}, plans={})
    done = run(assignment_of(A, B), grading)
    assert grading.attempts("test_b") == [OWN, WITH_A]
    assert done.results["test_b"].score == 1.0
    assert done.results["test_b"].carried_forward == ("a",)
    assert done.results["test_a"].score == 0.0
    assert [*done.told.values()] == [OWN, WITH_A]


def test_right_part_is_not_replaced() -> None:
    grading = FakeGrading(passes={"test_a": [OWN]}, plans={})
    run(assignment_of(A, B), grading)
    assert grading.attempts("test_b") == [OWN]


def test_part_that_was_not_graded_may_be_replaced() -> None:
    assignment, grading = assignment_of(A, B), FakeGrading(passes={"test_b": [WITH_A]}, plans={})
    made = Policy(assignment, grading, grading, Heard(), {})
    made.run_all([CheckCase(name="test_b", question="b")])
    assert made.results["test_b"].carried_forward == ("a",)


def test_without_stand_ins_there_is_no_second_chance() -> None:
    grading = FakeGrading(passes={}, plans={})
    run(assignment_of(A, B, stand_ins=""), grading)
    assert grading.attempts("test_b") == [OWN]


def test_what_is_told_of_a_check_that_never_passes_is_its_first_failure() -> None:
    grading = FakeGrading(passes={}, plans={}, may_differ=frozenset({"b"}))
    done = run(assignment_of(A, B), grading)
    assert grading.attempts("test_b") == [OWN, WITH_A, WHOLE, Attempt(whole=True, stand_ins=("a",))]
    assert done.results["test_b"].message == str(OWN)


def test_whole_file_is_tried_last_and_only_where_it_may_differ() -> None:
    grading = FakeGrading(passes={"test_a": [WHOLE]}, plans={}, may_differ=frozenset({"a"}))
    done = run(assignment_of(A, B), grading)
    assert grading.told[1:] == [("test_a", OWN), ("test_b", OWN), ("test_b", WITH_A), ("test_a", WHOLE)]
    assert done.results["test_a"].score == 1.0
    assert not done.results["test_a"].carried_forward


def test_background_begins_with_stand_ins_and_has_its_own_parts_as_second_chance() -> None:
    trained = question("trained", "a", background=True)
    grading = FakeGrading(passes={"test_trained": [OWN]}, plans={"trained": FakePlan(background=True)})
    done = run(assignment_of(A, trained), grading)
    assert ("begin", "trained", WITH_A) in grading.told
    assert grading.attempts("test_trained") == [WITH_A, OWN]
    assert done.results["test_trained"].score == 1.0
    assert not done.results["test_trained"].carried_forward


def test_background_with_right_parts_is_run_on_its_own() -> None:
    trained = question("trained", "a", background=True)
    grading = FakeGrading(passes={"test_a": [OWN]}, plans={"trained": FakePlan(background=True)})
    run(assignment_of(A, trained), grading)
    assert grading.attempts("test_trained") == [OWN]
    assert not [entry for entry in grading.told if isinstance(entry, tuple) and entry[0] == "begin"]


@pytest.mark.parametrize(("right", "is_blocked"), [(0, True), (1, True), (2, False), (4, False)])
def test_stand_ins_alone_do_not_earn_the_points_of_what_trains(right: int, is_blocked: bool) -> None:
    part = question("a", checks=4)
    trained = question("trained", "a", background=True, min_right=1)
    passing = {check: [OWN] for check in [*part.points][:right]}
    grading = FakeGrading(passes=passing, plans={"trained": FakePlan(background=True)})
    run(assignment_of(part, trained), grading)
    reason = "none of the parts it needs (a) has earned half its points: mend them first"
    assert (("block", "trained", reason) in grading.told) is is_blocked


def test_parts_that_were_not_graded_block_nothing() -> None:
    trained = question("trained", "a", background=True, min_right=1)
    grading = FakeGrading(passes={}, plans={"trained": FakePlan(background=True)})
    made = Policy(assignment_of(A, trained), grading, grading, Heard(), {})
    made.run_all([CheckCase(name="test_trained", question="trained")])
    assert not [entry for entry in grading.told if isinstance(entry, tuple) and entry[0] in ("block", "begin")]
    assert grading.attempts("test_trained") == [OWN, WITH_A]  # not known to be wrong: its own parts first


@pytest.mark.parametrize(("broken", "is_blocked"), [(0, True), (1, True), (2, False), (4, False)])
def test_broken_check_of_a_part_blocks_nothing(broken: int, is_blocked: bool) -> None:
    """One of four checks passes: of two that are known it is half."""
    part = question("a", checks=4)
    trained = question("trained", "a", background=True, min_right=1)
    passing, *others = part.points
    grading = FakeGrading(
        passes={passing: [OWN]} if broken < 4 else {},
        plans={"trained": FakePlan(background=True)},
        broken=frozenset([*others, passing][:broken]),
    )
    run(assignment_of(part, trained), grading)
    assert any(entry[0] == "block" for entry in grading.told if isinstance(entry, tuple)) is is_blocked


@pytest.mark.parametrize("background", [False, True])
def test_no_stand_in_writes_what_the_student_has_not_written(background: bool) -> None:
    asked = question("asked", "a", "b", background=background)
    plans = {"a": FakePlan(unwritten="a is not written yet"), "asked": FakePlan(background=background)}
    grading = FakeGrading(passes={"test_asked": [WITH_A, Attempt(stand_ins=("a", "b"))]}, plans=plans)
    heard = Heard()
    done = run(assignment_of(A, question("b"), asked), grading, heard)
    with_b = Attempt(stand_ins=("b",))
    assert grading.attempts("test_asked") == ([with_b, OWN] if background else [OWN, with_b])
    result = done.results["test_asked"]
    assert (result.verdict, result.score) == (Verdict.BLOCKED, 0.0)
    assert result.message.startswith("asked needs a. a is not written yet\n")
    assert heard.finishes[-1] == ("test_asked", Verdict.BLOCKED)
    assert done.results["test_b"].verdict is Verdict.FAILED  # its own mistake, and no part is missing


def test_what_works_without_the_method_that_is_missing_keeps_its_points() -> None:
    grading = FakeGrading(passes={"test_b": [OWN]}, plans={"a": FakePlan(unwritten="a is not written yet")})
    assert run(assignment_of(A, B), grading).results["test_b"].verdict is Verdict.PASSED


def test_what_was_seen_of_banned_code_costs_the_checks_that_had_passed() -> None:
    grading = FakeGrading(passes={"test_b": [WITH_A]}, plans={"b": FakePlan(forbidden="uses torch.optim")})
    heard = Heard()
    done = run(assignment_of(A, B), grading, heard)
    result = done.results["test_b"]
    assert (result.verdict, result.message, result.carried_forward) == (Verdict.FORBIDDEN, "uses torch.optim", ())
    assert heard.finishes == [
        ("test_a", Verdict.FAILED),
        ("test_b", Verdict.PASSED),
        ("test_b", Verdict.FORBIDDEN),
    ]


def test_interruption_leaves_no_points_that_the_rules_take_away() -> None:
    grading = FakeGrading(
        passes={"test_a": [OWN]}, plans={"a": FakePlan(forbidden="banned")}, interrupted_at=("test_b", OWN)
    )
    results: dict[str, CheckResult] = {}
    made = Policy(assignment_of(A, B), grading, grading, Heard(), results)
    with pytest.raises(KeyboardInterrupt):
        made.run_all(cases_of(assignment_of(A, B)))
    assert results["test_a"].verdict is Verdict.FORBIDDEN
    assert results.keys() == {"test_a"}


def test_interruption_of_the_second_chance_keeps_the_first_result() -> None:
    grading = FakeGrading(passes={}, plans={}, interrupted_at=("test_b", WITH_A))
    results: dict[str, CheckResult] = {}
    made = Policy(assignment_of(A, B), grading, grading, Heard(), results)
    with pytest.raises(KeyboardInterrupt):
        made.run_all(cases_of(assignment_of(A, B)))
    assert results["test_b"].message == str(OWN)


def test_policy_needs_neither_pytest_nor_torch() -> None:
    code = "import sys, grader.judge.run; print(*{'torch', 'pytest', 'hypothesis'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


def test_workers_of_a_question_are_released_after_its_last_check() -> None:
    first, second = question("first", background=True, checks=2), question("second", background=True)
    grading = FakeGrading(passes={}, plans={name: FakePlan(background=True) for name in ("first", "second")})
    run(assignment_of(first, second), grading)
    tried = [entry[0] for entry in grading.told if isinstance(entry, tuple)]
    released = [(name, tried[count - 1]) for name, count in grading.released]
    assert released == [("first", "test_first1"), ("second", "test_second")]


def test_of_the_whole_file_what_a_later_check_needs_is_kept() -> None:
    grading = FakeGrading(passes={}, plans={}, may_differ=frozenset({"a", "b"}))
    run(assignment_of(A, B), grading)
    assert grading.wanted == [{WHOLE, Attempt(stand_ins=("a",), whole=True)}, set()]
