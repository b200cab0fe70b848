"""What runs beside what: workers that several checks share, the queue, the cores, what hung, what is awaited.

A check of most questions has a worker of its own, which executes a part of the file in milliseconds. What trains is
executed once, beside the checks, and shared by the checks of its question; so is the whole file, by the checks of all.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from grader.boundary.limits import Limit
from grader.errors import WorkerStartFailed
from grader.judge.attempt import OWN, Attempt
from grader.judge.part_executions import Endable, PartExecutions, PartStarter
from grader.scorecard import CheckEnded, Verdict

WHOLE_FILE: Final = ""  # in place of a question's name: the whole file is the same for every question


class Executing(Endable, Protocol):
    """A worker that was told to execute something."""

    @property
    def has_answered(self) -> bool:
        """Whether waiting for it would take no time."""


W = TypeVar("W", bound=Executing)


class Starter(PartStarter[W], Protocol[W]):
    """Starts workers that are shared, too."""

    def start_shared(self, question: str, attempt: Attempt) -> W:
        """A worker that executes for all checks of the question, or of all of them (WHOLE_FILE). Raises CheckEnded."""

    def make_room(self) -> None:
        """Wait until workers that were ended are gone, and give back the memory that nobody needs."""


@dataclass(slots=True)
class Shared(Generic[W]):
    """A worker that several checks use: its execution is awaited once."""

    worker: W
    executed: bool = False
    ended: CheckEnded | None = None


class TimeLeft:
    """The seconds that all checks may take together."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends = math.inf

    def begin(self) -> None:
        """It counts from now on, unless it does already."""
        self._ends = min(self._ends, time.monotonic() + self._seconds)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return time.monotonic() >= self._ends

    def require(self) -> None:
        """Raises CheckEnded where nothing is left."""
        if self.is_over:
            raise CheckEnded(Verdict.NOT_GRADED, f"all checks together took more than {self._seconds:g} s (grading_s)")

    def at_most(self, limit: Limit) -> Limit:
        """The limit, or what is left where that is less. Raises CheckEnded where nothing is."""
        self.require()
        left = max(self._ends - time.monotonic(), 0.0)
        return limit if limit.seconds <= left else Limit(f"what was left of grading_s = {self._seconds:g}", left)


class Executions(Generic[W]):
    """The executions of one grading.

    cores: of the machine. More are never used at a time: the checks would get less than one, and all that trains would
    be done later. most: workers that memory is there for; more do not live. one_at_a_time: memory is little, and
    nothing runs beside anything else.
    """

    def __init__(
        self,
        starter: Starter[W],
        time_left: TimeLeft,
        may_begin: Callable[[str], bool],
        *,
        cores: int,
        one_at_a_time: bool,
        most: int,
    ) -> None:
        self.shared: dict[tuple[str, Attempt], Shared[W]] = {}
        self.queued: list[tuple[str, Attempt]] = []  # what waits for a core to be executed on
        self.keeps = False  # whether somebody uses the workers when all is checked
        self.parts = PartExecutions(starter)
        self._starter = starter
        self._time_left = time_left
        self._may_begin = may_begin  # whether that question is graded at all
        self._cores = cores
        self._one_at_a_time = one_at_a_time
        self._most = most

    @property
    def has_ended(self) -> bool:
        """Whether an execution that several checks wait for has hung or died."""
        return any(shared.ended for shared in self.shared.values())

    def start(self, questions: Iterable[str]) -> None:
        """Execute for these questions, which take long, the last first: homework gets harder from one to the next."""
        if not self._one_at_a_time:
            self.queued = [(name, OWN) for name in reversed([*questions])]
            self.begin_queued()

    def begin(self, question: str, attempt: Attempt) -> None:
        """Execute for that question, beside what comes next; another attempt at it that runs is given up.

        It begins when a core is free for it. Where memory is little, it is executed when its checks come.
        """
        if self._one_at_a_time or (question, attempt) in self.shared:
            return
        self._give_up_others(question, attempt)
        self.queued.append((question, attempt))
        self.begin_queued()

    def begin_queued(self) -> None:
        """Begin what is queued on the cores that are free, apart from the one that checks run on."""
        self._begin_queued(self._cores - 1)

    def await_shared(self, question: str, attempt: Attempt) -> W:
        """The worker that several checks share. Executing is not tried twice where it ended. Raises CheckEnded."""
        self.parts.end()
        self._give_up_others(question, attempt)
        shared = self.shared.get((question, attempt))
        if shared is None or (shared.executed and not shared.worker.is_alive):
            shared = self._start_alone(question, attempt)
        if shared.ended:
            raise shared.ended
        if not shared.executed:
            self._begin_queued(self._cores)  # the core that checks run on is free until this one answers
            try:
                self._starter.await_executed(shared.worker, attempt)
            except CheckEnded as ended:
                shared.ended = ended
                raise
            shared.executed = True
        return shared.worker

    def end(self) -> None:
        """End all that are left or shared."""
        self.parts.end()
        for shared in self.shared.values():
            shared.worker.end()

    def release(self, question: str, wanted: Collection[Attempt] = ()) -> None:
        """Of the workers of that question, end all but those of the wanted attempts: its checks are done."""
        if self.keeps:
            return
        self.queued = [key for key in self.queued if key[0] != question or key[1] in wanted]
        self._drop(key for key in [*self.shared] if key[0] == question and key[1] not in wanted)

    def _drop(self, keys: Iterable[tuple[str, Attempt]]) -> None:
        """End them. How an execution has ended that was waited for stays known."""
        for key in keys:
            self.shared[key].worker.end()
            if not self.shared[key].ended:
                del self.shared[key]

    @property
    def _alive(self) -> int:
        return sum(shared.worker.is_alive for shared in self.shared.values())

    def _start_alone(self, question: str, attempt: Attempt) -> Shared[W]:
        """Where memory is little, nothing else trains by then: what is ended for it begins anew with its checks."""
        if self._one_at_a_time or self._alive >= self._most:
            self._drop([*self.shared])
            self._starter.make_room()
        if before := self.shared.pop((question, attempt), None):  # it died while it was asked, and left its folder
            before.worker.end()
        shared = self.shared[question, attempt] = Shared(self._starter.start_shared(question, attempt))
        return shared

    def _give_up_others(self, question: str, attempt: Attempt) -> None:
        """What else is queued or executed for that question, and was not waited for."""
        self.queued = [key for key in self.queued if key[0] != question]
        for key, shared in [*self.shared.items()]:
            if key[0] == question and key[1] != attempt and not shared.executed and not shared.ended:
                self.shared.pop(key).worker.end()

    def _begin_queued(self, cores: int) -> None:
        """Begin what is queued, as long as less than that many cores (one at least) execute for later checks."""
        at_work = sum(not shared.executed and not shared.worker.has_answered for shared in self.shared.values())
        most = self._most - self._alive
        while self.queued and at_work < max(cores, 1) and most > 0 and not self._time_left.is_over:
            question, attempt = self.queued.pop(0)
            if self._may_begin(question):
                with contextlib.suppress(CheckEnded, WorkerStartFailed):  # tried again when its own checks come
                    worker = self._starter.start_shared(question, attempt)
                    self.shared[question, attempt] = Shared(worker)
                    at_work, most = at_work + 1, most - 1
