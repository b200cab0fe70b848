"""Lessons: a snippet and a likely mistake beside the message, and never at the price of the verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judge.examples import configure_examples
from grader.judge.grading import Conversation
from grader.judge.teaching import snippet
from grader.judge.teaching.lesson import FailedCheck, Lesson, learn
from grader.processes.worker import Worker
from grader.scorecard import CheckEnded, Verdict
from grader.suite import expect
from grader.suite.checks import check
from grader.suite.failures import CheckFailed
from grader.suite.handles import RemoteSubmission
from tests.meta.fakes.worker import told

SOURCE = "def double(x):\n    return x\n"


@check("double")
def twice_two(submission: RemoteSubmission) -> None:
    """double(2) is 4."""
    expect.equal(submission.double(2), 4, likely={"it gives x back": 2, "it takes 2 always": 2})


def failing(function: Callable[..., None]) -> tuple[FailedCheck, CheckFailed]:
    """A check that has failed."""
    local, session, submission = told(SOURCE)
    fixtures = {"submission": submission}
    with pytest.raises(CheckFailed) as caught:
        function(**fixtures)
    conversation = Conversation(cast(Worker, local), session, submission)
    failed = FailedCheck(function=function, fixtures=fixtures, conversation=conversation, source=SOURCE, fresh=None)
    return failed, caught.value


def test_failed_check_has_its_example_as_code_and_the_first_mistake_that_explains_it() -> None:
    lesson = learn(*failing(twice_two))
    assert lesson.diagnosis == "it gives x back"
    with pytest.raises(AssertionError):
        exec(f"{SOURCE}\n{lesson.snippet}", {})
    exec(f"{SOURCE.replace('return x', 'return 2 * x')}\n{lesson.snippet}", {})


def test_nothing_is_learnt_from_what_no_expectation_has_ended() -> None:
    failed, error = failing(twice_two)
    for other in (None, AssertionError("plain"), CheckEnded(Verdict.TIMED_OUT, "it hung")):
        assert learn(failed, other) == Lesson()
    assert learn(failed, BaseExceptionGroup("not at every try", [ExceptionGroup("again", [error])])).snippet


def test_snippet_that_can_not_be_written_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    failed, error = failing(twice_two)
    monkeypatch.setattr(snippet, "write", lambda *anything: 1 / 0)
    assert learn(failed, error) == Lesson(diagnosis="it gives x back")


def test_more_examples_tell_likely_mistakes_apart() -> None:
    """The smallest example is explained by both mistakes."""
    numbers: list[int] = []

    @check("double")
    @given(number=st.integers(2, 99))
    def doubles(submission: RemoteSubmission, number: int) -> None:
        """double(x) is twice x."""
        numbers.append(number)
        expect.equal(submission.double(number), 2 * number, likely={"it takes 2 always": 2, "it gives x back": number})

    configure_examples(doubles, "doubles", 0, examples=1)
    failed, error = failing(doubles)
    assert set(numbers) == {2}
    assert learn(failed, error).diagnosis == "it gives x back"
    assert len(set(numbers)) > 1
    assert not failed.conversation.session.examples.only_causes
