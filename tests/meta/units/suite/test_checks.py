"""@check: what it says of a test function, and the example that it makes of each call."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.suite import expect
from grader.suite.checks import check, info_of
from grader.suite.failures import CheckFailed
from grader.suite.handles import RemoteSubmission
from tests.meta.fakes.worker import told

SOURCE = "def double(x):\n    return 2 * x\n\ndef broken():\n    raise ValueError('it refuses')\n"


def doubles(submission: RemoteSubmission, number: int) -> None:
    """double(x) is twice x.

    More of it.
    """
    expect.equal(submission.double(number), 2 * number)


def test_title_is_the_first_line_of_the_docstring() -> None:
    info = info_of(check("double", hint="2 * x")(doubles))
    assert info is not None
    assert (info.question, info.title, info.hint) == ("double", "double(x) is twice x.", "2 * x")
    assert info_of(expect.equal) is None


def untitled(submission: RemoteSubmission) -> None: ...


def test_check_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="untitled needs a docstring"):
        check("double")(untitled)


def test_call_of_a_check_is_an_example_with_what_was_given() -> None:
    _, session, submission = told(SOURCE)
    decorated = check("double")(doubles)
    for number in (1, 2):
        decorated(submission=submission, number=number)
    assert session.examples.count == 2
    assert list(session.examples.given) == [{"number": 1}, {"number": 2}]
    assert decorated.__name__ == "doubles"


def test_each_draw_is_an_example_of_its_own() -> None:
    _, session, submission = told(SOURCE)

    @check("double")
    @settings(max_examples=5, derandomize=True, database=None)
    @given(number=st.integers(0, 9))
    def drawn(submission: RemoteSubmission, number: int) -> None:
        """double(x) is twice x."""
        doubles(submission, number)

    run: Any = drawn
    run(submission=submission)
    assert session.examples.count == 5
    assert all(set(given) == {"number"} for given in session.examples.given)
    assert info_of(drawn) is not None


def test_request_that_nobody_looked_at_counts() -> None:
    _, session, submission = told(SOURCE)

    @check("double", errors={"it refuses": "it was asked twice"})
    def asks(submission: RemoteSubmission) -> None:
        """It goes on."""
        submission.broken()

    with pytest.raises(Exception, match="ValueError: it refuses"):
        asks(submission=submission)
    assert list(session.examples.causes.values()) == [[("it was asked twice",)]]


def test_expectation_that_fails_is_raised() -> None:
    _, _, submission = told("def double(x):\n    return x\n")
    with pytest.raises(CheckFailed, match=r"double\(2\) is 2, expected 4"):
        check("double")(doubles)(submission=submission, number=2)
