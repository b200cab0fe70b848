"""The fast path: whether all examples of a check pass, found out without waiting for one after the other.

Most checks pass, and of a check that passes nothing is told. A silent run makes use of that: it draws examples, sends
some at a time, and goes on drawing while the worker computes; what the check expects is looked at when the answers are
there. Whatever is not as expected raises Untold, and the caller runs the check again in a session that tells
(grader.judge.session), with the same examples: so a silent run needs no order of events, no story, and no reasons.

Nobody else knows of this: checks, handles and expectations are the same in both.

What a silent run has sent, and how it looked at the answers, can be kept as a paper of an exam (grader.judge.exam), and
asked of the next submission.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn

from grader.boundary.requests import Operation
from grader.boundary.values import Raised
from grader.judge import answers
from grader.judge.exam import Paper, PaperPart
from grader.judge.queue import Queue
from grader.judge.session import Examples
from grader.processes.worker import Worker
from grader.scorecard import Untold
from grader.suite.deferred import Snapshot
from grader.suite.failures import StudentError
from grader.suite.handles import Handle, number_of

TOGETHER: Final = 6  # examples that are sent in one message
AHEAD: Final = 2  # messages that the worker may be behind


class SilentSession:
    """A conversation that is always some examples ahead."""

    tells = False

    def __init__(
        self,
        worker: Worker,
        seed: int,
        start: Callable[[], object] = lambda: None,
        may_go_on: Callable[[], object] = lambda: None,
    ) -> None:
        """start: called before the first message is sent. may_go_on: see grader.judge.session."""
        self.seed = seed
        self.examples = Examples()
        self._worker: Worker | None = worker  # none: this has ended, and it is gone or another submission's
        self._start = start
        self._may_go_on = may_go_on
        self._queue = Queue()
        self._next = PaperPart()  # what belongs to the queue
        self._sent: deque[PaperPart] = deque()  # messages that have no answer yet
        self._kept: list[PaperPart] | None = None  # all of them, for a paper
        self._together = 0
        self._count = 0
        self._taken: dict[int, Snapshot] = {}  # since the last request: nothing can have changed them

    @contextlib.contextmanager
    def example(self, given: Mapping[str, Any], errors: Mapping[str, str]) -> Iterator[None]:
        """Begin anew; the end is seen later."""
        self._may_go_on()
        self.examples.count += 1
        try:
            self.request(Operation.BEGIN, self.seed, text=lambda: "")
            yield
            self._together += 1
            if self._together >= TOGETHER or self._queue.is_nearly_full:
                self._send()
        except Exception as error:
            if type(error).__module__.startswith("hypothesis"):  # an example that is not one, or a sign to stop
                raise
            raise Untold from None

    def request(self, operation: Operation, *arguments: object, text: Callable[[], str], told: bool = True) -> Handle:
        """Queue one request. Raises Untold where this has ended."""
        self._reach()
        if self._queue.is_full:
            self._send()
        self._taken.clear()
        self._count += 1
        self._queue.add(operation, self._count, arguments)
        return Handle(self, self._count, text)

    def attempt(self, handle: Handle) -> Handle:
        """Let an exception be the result of the latest request. Raises ValueError if the handle is not of that."""
        self._queue.attempt_last(number_of(handle))
        return handle

    def values(self, handles: Sequence[Handle]) -> list[Snapshot]:
        """The values as they are now, to be read when they have come."""
        return list(map(self._value, handles))

    def _value(self, handle: Handle) -> Snapshot:
        self._reach()
        number = number_of(handle)
        if number not in self._taken:
            self._queue.add(Operation.VALUE, 0, (handle,))
            self._taken[number] = Snapshot(handle)
            self._next.snapshots.append(self._taken[number])
        return self._taken[number]

    def look(self, look: Callable[[], None]) -> None:
        """Call it when the values have come; at once where this has ended: nothing more will come."""
        self._next.looks.append(look) if self._worker else look()

    def fetch(self, handles: Sequence[Handle]) -> list[Any]:
        """Wait: for what can't be said as an expectation. What is asked next may depend on it."""
        self._kept = None
        snapshots = self.values(handles)
        self.finish()
        return [snapshot.read() for snapshot in snapshots]

    def error(self, handle: Handle, raised: Raised) -> StudentError:
        """Nobody is told which."""
        return StudentError(raised.type_name, raised.text, raised.frames, "")

    def keep(self) -> None:
        """Keep what is asked from now on, until something is waited for."""
        self._kept = []

    def end(self) -> list[PaperPart] | None:
        """What was kept, all of it, once all has passed; none where others would be asked something else.

        The looks at a paper's answers have handles of this session: nothing can be asked of them any more.
        """
        self._worker = None
        return self._kept

    def ask(self, paper: Paper) -> None:
        """Ask what is on the paper. Raises Untold."""
        paper.renew()
        for part in paper.parts:
            self._may_go_on()
            self.examples.count += part.examples
            self._dispatch(part)
        self.finish()

    def finish(self) -> None:
        """Look at all that is left. Raises Untold."""
        self._send()
        while self._sent:
            self._receive()
        while self._next.looks:  # at values that came before: nothing was asked since
            self._kept, left, self._next = None, self._next, PaperPart()
            answers.look_at(left, ())

    def output(self) -> str:
        """What the submission printed so far."""
        return self._reach().output()

    def _send(self) -> None:
        """Send the queue; wait where the worker is too far behind."""
        self._together = 0
        if not self._queue.requests:
            return
        part, self._next = self._next, PaperPart()
        try:
            part.secrets = self._queue.secrets
            part.message = self._queue.take()
        except ValueError:  # the check has changed a tensor: a session that tells says which
            raise Untold from None
        if self._kept is not None:
            self._kept.append(part)
        self._taken.clear()
        self._dispatch(part)

    def _dispatch(self, part: PaperPart) -> None:
        start, self._start = self._start, lambda: None
        start()
        (worker := self._reach()).send(part.asked_of(worker))
        self._sent.append(part)
        while len(self._sent) >= AHEAD:
            self._receive()

    def _receive(self) -> None:
        before = self._next, len(self._next.looks)  # what a look adds there is of this submission alone
        answers.look(self._sent.popleft(), self._reach())
        self._kept = self._kept if before == (self._next, len(self._next.looks)) else None

    def _reach(self) -> Worker:
        return self._worker or _raise()


def _raise() -> NoReturn:
    raise Untold
