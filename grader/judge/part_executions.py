"""Workers that execute a part of the file for one check, in milliseconds; for an exam, for the checks of a question.

A check begins with a worker of its own, so that nothing that another check has done can change its verdict. In an exam
the next check of the question may ask the worker that the last one has asked, where all was as expected: fork and
execution cost more than the questions. The next question may have it, too, and executes its statements there, where
they bind other names. What fails there is asked again of a worker of its own, and that counts.

A submission can read whatever its process holds. So a worker that was given a stand-in, or code of the assignment's, is
no other question's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from grader.judge.attempt import OWN, Attempt
from grader.scorecard import CheckEnded, Verdict


class Endable(Protocol):
    """A worker that was told to execute something."""

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""

    def end(self) -> None:
        """Have it killed."""


W = TypeVar("W", bound=Endable)
Indices = tuple[int, ...]  # the statements that are executed


class PartStarter(Protocol[W]):
    """Starts workers."""

    def start_part(self, question: str, attempt: Attempt) -> W:
        """A worker that executes what one check of the question needs. Raises CheckEnded."""

    def may_go_on(self, worker: W) -> bool:
        """Whether it may execute for another question, what it has executed for one by OWN."""

    def go_on(self, worker: W, question: str) -> None:
        """Have it execute what one check of another question needs. Raises CheckEnded."""

    def ask_again(self, worker: W) -> None:
        """The next check of the question is going to ask it."""

    def await_executed(self, worker: W, attempt: Attempt) -> None:
        """Wait until it has executed. Raises CheckEnded where it hangs or dies."""


@dataclass(slots=True, eq=False)
class Part(Generic[W]):
    """A worker for one check at a time."""

    worker: W
    question: str
    indices: Indices
    attempt: Attempt
    executed: bool = False
    is_left: bool = False  # to the next check

    def is_for(self, question: str, indices: Indices, attempt: Attempt) -> bool:
        """Whether it is what a check of that question would begin with."""
        return (self.question, self.indices, self.attempt) == (question, indices, attempt)

    def leave(self) -> None:
        """All was as expected: the next check of the question may ask the same worker."""
        self.is_left = True


class PartExecutions(Generic[W]):
    """The workers of one check after the other."""

    def __init__(self, starter: PartStarter[W]) -> None:
        self._starter: Final = starter
        self._left: Part[W] | None = None
        self._hung: dict[tuple[Indices, Attempt], CheckEnded] = {}

    @contextlib.contextmanager
    def one(self, question: str, indices: Indices, attempt: Attempt, *, again: bool) -> Iterator[Part[W]]:
        """A worker that executes while the check begins; at the end it ends, unless it is left to the next check.

        again: it may be one that was left. Raises CheckEnded: what has hung once is not tried again.
        """
        if known := self._hung.get((indices, attempt)):
            raise known
        part = self._left_for(question, indices, attempt) if again else None
        if self._left and not (self._left.worker.is_alive and self._left.is_for(question, indices, attempt)):
            self.end()
        part = part or Part(self._starter.start_part(question, attempt), question, indices, attempt)
        part.is_left = False
        try:
            yield part
        finally:
            if part.is_left:
                self._left = part
            else:
                part.worker.end()

    def _left_for(self, question: str, indices: Indices, attempt: Attempt) -> Part[W] | None:
        """The worker that was left, if it may be asked. It is nobody else's then."""
        left = self._left
        if not left or not left.worker.is_alive:
            return None
        if left.is_for(question, indices, attempt):
            self._left = None
            self._starter.ask_again(left.worker)
            return left
        if attempt != OWN or left.attempt != OWN or not self._starter.may_go_on(left.worker):
            return None
        self._starter.go_on(left.worker, question)
        self._left = None
        return Part(left.worker, question, indices, attempt)

    def wait(self, part: Part[W]) -> None:
        """Wait until it has executed. Raises CheckEnded."""
        if part.executed:
            return
        try:
            self._starter.await_executed(part.worker, part.attempt)
        except CheckEnded as ended:
            if ended.verdict is Verdict.TIMED_OUT:
                self._hung[part.indices, part.attempt] = ended
            raise
        part.executed = True

    def end(self) -> None:
        """No check of the last question comes any more."""
        if self._left:
            self._left.worker.end()
            self._left = None
