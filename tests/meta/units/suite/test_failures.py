"""What ends an example: both kinds are exceptions that say all there is to say."""

from grader.boundary.values import Frame
from grader.suite.claims import claim
from grader.suite.failures import CheckFailed, StudentError


def test_failed_expectation_is_an_assertion_with_its_claim_and_causes() -> None:
    shown = claim("assert {0}", 1)
    failed = CheckFailed("it is 1, expected 2", lambda: shown, ("doubled",))
    assert isinstance(failed, AssertionError)
    assert (str(failed), failed.claim(), failed.causes) == ("it is 1, expected 2", shown, ("doubled",))


def test_failed_expectation_may_have_nothing_but_its_message() -> None:
    failed = CheckFailed("no")
    assert (failed.claim(), failed.causes) == (None, ())


def test_exception_of_the_student_is_told_by_type_and_text() -> None:
    frames = [Frame(1, "f", "x = 1")]
    error = StudentError("ValueError", "no", frames, "f()", "memory_mib = 1", 3)
    assert str(error) == "ValueError: no"
    assert (error.type_name, error.text, error.frames, error.call) == ("ValueError", "no", tuple(frames), "f()")
    assert (error.limit, error.request, error.claim) == ("memory_mib = 1", 3, None)
    assert not isinstance(error, AssertionError)
