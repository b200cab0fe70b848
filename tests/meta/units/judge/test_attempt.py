"""Attempts: what a check is run on."""

from grader.judge.attempt import OWN, Attempt


def test_attempts_that_run_the_same_are_one() -> None:
    executed = {OWN: "own", Attempt(stand_ins=("a", "b")): "replaced"}
    assert executed[Attempt()] == "own"
    assert executed[Attempt(whole=False, stand_ins=("a", "b"))] == "replaced"


def test_attempts_that_run_something_else_are_two() -> None:
    others = [OWN, Attempt(whole=True), Attempt(stand_ins=("a",)), Attempt(whole=True, stand_ins=("a",))]
    assert len(set(others)) == 4
