"""Values that are on their way may stand in claims, notes and comparisons; they are read where somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
import torch

from grader.boundary.requests import Operation
from grader.suite import Claim, Handle, RemoteSubmission, claim, deferrable, expect
from grader.suite.deferred import Snapshot
from grader.suite.failures import CheckFailed
from grader.suite.handles import Session, attachments_of


class Later:
    """A session in which the value behind each name is the name itself, and comes when `arrive` is called."""

    seed, tells = 0, True

    def __init__(self) -> None:
        self._snapshots: list[Snapshot] = []
        self._looks: list[Callable[[], None]] = []

    def request(self, operation: Operation, *arguments: object, text: Callable[[], str], told: bool = True) -> Handle:
        assert operation is Operation.NAME
        return Handle(cast(Session, self), 0, text)

    def values(self, handles: Sequence[Handle]) -> Sequence[Any]:
        made = list(map(Snapshot, handles))
        self._snapshots += made
        return made

    def look(self, look: Callable[[], None]) -> None:
        self._looks.append(look)

    def arrive(self) -> None:
        for snapshot in self._snapshots:
            snapshot.arrive(repr(snapshot.handle))
        for look in self._looks:
            look()


@deferrable
def advice(value: str) -> str | None:
    return f"{value} is odd" if value == "odd" else None


@deferrable
def statement(value: str) -> Claim | None:
    return claim(f"assert {value}")


def test_note_may_be_on_its_way_and_there_may_be_none() -> None:
    session = Later()
    submission = RemoteSubmission(cast(Session, session))
    submission.note(advice(submission.odd))
    submission.note(advice(submission.even))
    assert attachments_of(submission).notes == []
    session.arrive()
    assert attachments_of(submission).notes == ["odd is odd"]


def test_claim_may_be_on_its_way() -> None:
    session = Later()
    submission = RemoteSubmission(cast(Session, session))
    expect.is_true(submission.odd, otherwise="it is odd", shows=statement(submission.odd))
    with pytest.raises(CheckFailed, match="it is odd") as caught:
        session.arrive()
    assert caught.value.claim() == claim("assert odd")


def test_values_on_their_way_are_compared_together() -> None:
    session = Later()
    submission = RemoteSubmission(cast(Session, session))
    expect.is_true(expect.same([submission.a, submission.b], ["a", "b"]), otherwise="they differ")
    session.arrive()
    expect.is_true(expect.same([submission.a, submission.b], ["a", "c"]), otherwise="they differ")
    with pytest.raises(CheckFailed, match="they differ"):
        session.arrive()


def test_comparison_of_values_that_are_here_is_at_once() -> None:
    assert expect.same([torch.ones(2)], [torch.ones(2)])
    assert not expect.same([True], [1])
