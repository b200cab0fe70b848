"""A grading's use of an exam: the first silent run that passes is kept, and asked from then on."""

from __future__ import annotations

import contextlib
from typing import cast

import pytest

from grader.judge.attempt import OWN, Attempt
from grader.judge.exam import Exam, Paper
from grader.judge.grading import Conversation
from grader.judge.run import CheckCase
from grader.judge.sitting import First, Sitting
from grader.processes.worker import Worker
from grader.scorecard import CheckResult, Untold, Verdict
from grader.suite import expect
from grader.suite.handles import attachments_of
from tests.meta.fakes.worker import example, silent, told

RIGHT, WRONG = "def double(x):\n    return 2 * x\n", "def double(x):\n    return x\n"


def sits(exam: Exam | None, source: str, passes: bool = True) -> tuple[bool, int]:
    """Whether it was known what is asked, and how many examples were drawn. passes: what the caller makes of it."""
    sitting = Sitting(exam)
    worker, session, submission = silent(source)
    talk = Conversation(cast(Worker, worker), session, submission)
    known = sitting.asks("check", talk)
    drawn = 0 if known else 3
    for i in range(drawn):
        example(session, lambda: expect.equal(submission.double(i), 2 * i))  # noqa: B023 - it is called at once
    if drawn:
        submission.note("drawn")
    session.finish()
    if passes:
        sitting.has_passed("check")
    assert attachments_of(submission).notes == ["drawn"]
    return known, drawn


def test_first_that_passes_is_asked_of_the_next() -> None:
    exam = Exam()
    assert sits(exam, RIGHT, passes=False) == (False, 3)
    assert sits(exam, RIGHT) == (False, 3)
    assert sits(exam, RIGHT) == (True, 0)
    with pytest.raises(Untold):
        sits(exam, WRONG)
    assert sits(exam, RIGHT) == (True, 0)


def test_worker_is_left_to_the_next_check_where_it_was_asked_and_all_was_as_expected() -> None:
    exam, left = Exam(), list[str]()
    sits(exam, RIGHT)
    for name, source in (("right", RIGHT), ("wrong", WRONG)):
        worker, session, submission = silent(source)
        talk = Conversation(cast(Worker, worker), session, submission, lambda: left.append(name))  # noqa: B023
        assert not Sitting(exam).asks("unknown", talk)
        with contextlib.suppress(Untold):
            Sitting(exam).asks("check", talk)
    assert left == ["right"]


def test_without_an_exam_everything_is_drawn() -> None:
    for _ in range(2):
        assert sits(None, RIGHT) == (False, 3)


def test_run_that_tells_is_drawn() -> None:
    exam = Exam()
    sits(exam, RIGHT)
    worker, session, submission = told(RIGHT)
    talk = Conversation(cast(Worker, worker), session, submission)
    assert not Sitting(exam).asks("check", talk)
    assert not Sitting(exam).asks("check", None)


def forgets(paper: Paper | None) -> bool:
    """Whether nothing of what came is kept."""
    assert paper is not None
    snapshots = [snapshot for part in paper.parts for snapshot in part.snapshots]
    for snapshot in snapshots:
        with pytest.raises(LookupError):
            snapshot.read()
    return bool(snapshots)


def test_nothing_of_a_submission_is_kept_whether_it_passes_or_not() -> None:
    exam = Exam()
    sits(exam, RIGHT)
    assert forgets(exam.paper("check"))
    sits(exam, RIGHT)
    assert forgets(exam.paper("check"))
    with pytest.raises(Untold):
        sits(exam, WRONG)
    assert forgets(exam.paper("check"))


def test_run_that_did_not_pass_is_not_taken_for_the_next_one() -> None:
    exam = Exam()
    sits(exam, RIGHT)
    known, sitting = exam.paper("check"), Sitting(exam)
    for check, drawn in (("other", True), ("check", False)):
        worker, session, submission = silent(RIGHT)
        assert sitting.asks(check, Conversation(cast(Worker, worker), session, submission)) is not drawn
    sitting.has_passed("check")
    assert exam.paper("check") is known


def test_what_was_asked_first_is_known_of_the_own_parts_alone() -> None:
    cases = [CheckCase(name=name, question="q") for name in ("test_a", "test_b")]
    passed, forbidden = (
        CheckResult(name=case.name, title="t", verdict=verdict, max_score=1)
        for case, verdict in zip(cases, (Verdict.PASSED, Verdict.FORBIDDEN), strict=True)
    )
    first = First({"test_a": passed, "test_b": forbidden}, {"node"})
    assert first.have_passed(cases[:1])
    assert not first.have_passed(cases)
    assert not First({"test_a": passed}).have_passed(cases)
    sitting, other = Sitting(Exam(), first), Attempt(stand_ins=("p",))
    assert sitting.first_result(cases[1], OWN) is forbidden
    assert sitting.first_result(cases[1], other) is None
    assert [sitting.has_failed_first(*asked) for asked in (("node", OWN), ("node", other), ("x", OWN))] == [
        True,
        False,
        False,
    ]
