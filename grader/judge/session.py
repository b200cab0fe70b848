"""The conversation of a check with one worker, in a run that tells: each expectation is looked at when it is said.

So a later crash hides nothing, a failure is raised where the check says what it expects, and all that a snippet needs
is kept. grader.judge.silent is the quick way to find out that nothing fails.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grader.boundary.requests import Operation
from grader.boundary.values import Raised
from grader.explanations import unless_it_raises
from grader.judge.queue import Queue
from grader.judge.teaching.causes import causes_of, place_of
from grader.judge.transcript import Step, Transcript
from grader.processes.worker import Worker
from grader.suite.deferred import Snapshot
from grader.suite.failures import Causes, StudentError
from grader.suite.handles import Handle, number_of, text_of

MAX_EXAMPLE_BYTES: Final = 512 << 20  # of all tensors that come back in one example, which holds them until its end
MAX_GIVEN: Final = 100


@dataclass(slots=True)
class Examples:
    """The examples of one check so far, those of shrinking among them."""

    count: int = 0
    given: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_GIVEN))  # their arguments
    causes: dict[object, list[Causes]] = field(default_factory=dict)  # of each failure: the mistakes that explain it
    at_begin: Callable[[], object] = lambda: None  # called when one begins
    latest: Mapping[str, Any] = field(default_factory=dict)  # the arguments of the present one
    only_causes: bool = False  # whether examples are run for `causes` alone, and may fail


class ToldSession:
    """Requests that wait to be sent, numbers for their results, and the story of the present example."""

    tells = True

    def __init__(
        self,
        worker: Worker,
        seed: int,
        start: Callable[[], object] = lambda: None,
        may_go_on: Callable[[], object] = lambda: None,
    ) -> None:
        """start: called before the first wait. may_go_on: called before each example, raises where time is over."""
        self.seed = seed
        self.examples = Examples()
        self.transcript = Transcript(seed)
        self._worker = worker
        self._start = start
        self._may_go_on = may_go_on
        self._queue = Queue()
        self._texts: dict[int, Callable[[], str]] = {}  # of what is queued, by number
        self._count = 0
        self._received = 0  # bytes of tensors that came back in the present example
        self._known: dict[int, Any] = {}  # values that came since the last request: nothing can change them

    @contextlib.contextmanager
    def example(self, given: Mapping[str, Any], errors: Mapping[str, str]) -> Iterator[None]:
        """Begin anew, and wait at the end for all that was asked, so that an error in it counts."""
        self._may_go_on()
        try:
            self._begin(given)
            yield
            self.fetch([])
        except Exception as error:
            raised = error
            causes = unless_it_raises(lambda: causes_of(raised, errors), ())
            self.examples.causes.setdefault(place_of(error), []).append(causes)
            if not self.examples.only_causes:
                raise

    def _begin(self, given: Mapping[str, Any]) -> None:
        self.examples.at_begin()
        self.examples.count += 1
        self.examples.given.append(given)
        self.examples.latest = given
        self._queue = Queue()
        self._texts.clear()
        self._received = 0
        self._known.clear()
        self._count += 1
        self.transcript.begin(self._count)
        self._queue.add(Operation.BEGIN, self._count, (self.seed,))

    def request(self, operation: Operation, *arguments: object, text: Callable[[], str], told: bool = True) -> Handle:
        """Queue one request."""
        if self._queue.is_full:
            self.fetch([])
        self._known.clear()
        self._count += 1
        self._queue.add(operation, self._count, arguments)
        self._texts[self._count] = text
        if told:
            self.transcript.steps.append(Step(operation, self._count, arguments))
        return Handle(self, self._count, text)

    def attempt(self, handle: Handle) -> Handle:
        """Let an exception be the result of the latest request. Raises ValueError if the handle is not of that."""
        self._queue.attempt_last(number_of(handle))
        return handle

    def values(self, handles: Sequence[Handle]) -> list[Snapshot]:
        """The values as they are now."""
        contents = self.fetch(handles)
        for handle, content in zip(handles, contents, strict=True):
            if type(content) is Raised:
                self.transcript.raised[number_of(handle)] = content.type_name
        return list(map(Snapshot, handles, contents))

    def look(self, look: Callable[[], None]) -> None:
        """Look at once: all values are here."""
        look()

    def fetch(self, handles: Sequence[Handle]) -> list[Any]:
        """Wait for all that was asked; the values as they are now. Raises StudentError."""
        numbers = [number_of(handle) for handle in handles]
        if not self._queue.requests and all(number in self._known for number in numbers):
            return [self._known[number] for number in numbers]
        for handle in handles:
            self._queue.add(Operation.VALUE, 0, (handle,))
        values = self._exchange(handles)
        self.transcript.fetched += zip(handles, values, strict=True)
        self._known.update(zip(numbers, values, strict=True))
        return values

    def _exchange(self, handles: Sequence[Handle]) -> list[Any]:
        """Send all that is queued, and wait for the values that are asked for in it, those of the handles."""
        start, self._start = self._start, lambda: None
        start()
        message, texts = self._queue.take(), dict(self._texts)
        self._texts.clear()
        ran = self._worker.ask(message)
        self._received += ran.size
        if self._received > MAX_EXAMPLE_BYTES:
            raise self._worker.broke_protocol(f"it sent more than {MAX_EXAMPLE_BYTES >> 20} MiB in one example")
        if ran.raised is not None:
            number = message.requests[ran.at].result if 0 <= ran.at < len(message.requests) else 0
            call = texts[number]() if number in texts else (repr(handles[0]) if handles else "")
            if number in texts:
                self.transcript.raised[number] = ran.raised.type_name
            raise self._student_error(ran.raised, call, number if number in texts else None)
        if len(ran.values) != len(handles):
            raise self._worker.broke_protocol("it answered with another number of values")
        return list(ran.values)

    def error(self, handle: Handle, raised: Raised) -> StudentError:
        """The exception that an attempt has given."""
        return self._student_error(raised, text_of(handle)(), number_of(handle))

    def _student_error(self, raised: Raised, call: str, number: int | None) -> StudentError:
        limit = self._worker.limits.told_by(raised.type_name, raised.text)
        return StudentError(raised.type_name, raised.text, raised.frames, call, limit, number)

    def finish(self) -> None:
        """Nothing is left: each example was waited for."""

    def output(self) -> str:
        """What the submission printed so far."""
        return self._worker.output()
