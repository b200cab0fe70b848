"""One exam for a whole class: what a check asks of one submission is kept, and asked of all others.

Most of what a check costs is to draw examples, to write requests for them, and to compute what is expected. Where all
submissions have the same seed (`Settings.exam`), that is done once: a silent run (grader.judge.silent) of a check whose
requests depend on no answer is kept as a paper, and other submissions get the same requests, in fewer messages, with
the same looks at their answers. Expected values stay in the judge, as they do without.

Most answers to it are the same to the last bit for most submissions: the same numbers come of the same seed. What has
passed once is known by its digest, and passes again without a look. And what they are asked is compiled to code before
the workers are there (grader.worker.scripts): they need not read it.

A submission that does not pass a paper is checked by Hypothesis as without an exam, which tells why. So a paper can
only say that a check is passed, and it says so where the run that it was made from would.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grader.boundary.messages import Play, Run
from grader.boundary.requests import Operation
from grader.boundary.wire import Json
from grader.judge.run import CheckCase
from grader.suite.checks import CheckInfo
from grader.suite.deferred import Snapshot
from grader.suite.handles import Attachments
from grader.suite.secret import Secret

if TYPE_CHECKING:
    from grader.processes.worker import Worker
    from grader.processes.workers import Workers

MAX_BYTES: Final = 64 << 20  # of the tensors of one check; more of them are drawn anew each time


@dataclass(slots=True)
class Known:
    """Answers to one message that have passed."""

    shown: Attachments  # that looks at them add to
    digests: set[bytes] = field(default_factory=set)


@dataclass(slots=True)
class PaperPart:
    """One message: what is asked, the values that are to come, in order, and who looks at them."""

    message: Run = field(default_factory=lambda: Run(()))
    snapshots: list[Snapshot] = field(default_factory=list)
    looks: list[Callable[[], None]] = field(default_factory=list)
    secrets: list[tuple[int, int, Secret]] = field(default_factory=list)  # which request, which argument
    examples: int = 0  # how many begin in it, once it is of a paper
    known: Known | None = None  # the answers that have passed; none: each has to be looked at
    script: int | None = None  # the number of the script that workers may have of it

    def asked_of(self, worker: Worker) -> Run | Play:
        """What is sent to that worker."""
        if self.script is not None and self.script < worker.started.scripts:
            return Play(self.script, [secret.text for _, _, secret in self.secrets])
        return self.with_secrets(lambda place, secret: secret.text)

    def to_compile(self) -> Run:
        """What a script is made of: secrets are no more than places in it."""
        return self.with_secrets(lambda place, secret: {"secret": place})

    def with_secrets(self, written: Callable[[int, Secret], Json]) -> Run:
        """The message, with its secrets as that writes them, each by its place among them."""
        if not self.secrets:
            return self.message
        requests = [*self.message.requests]
        for number, (at, place, secret) in enumerate(self.secrets):
            arguments = [*requests[at].arguments]
            arguments[place] = written(number, secret)
            requests[at] = requests[at]._replace(arguments=arguments)
        return Run(requests, self.message.tensors)

    def count(self) -> None:
        """Count its examples."""
        self.examples = sum(request.operation is Operation.BEGIN for request in self.message.requests)

    @property
    def begins(self) -> bool:
        """Whether it needs nothing of what was asked before."""
        return self.message.requests[0].operation is Operation.BEGIN

    @property
    def has_code(self) -> bool:
        """Whether code of the assignment's own goes along, which tells more than what is asked."""
        return any(request.operation is Operation.PART for request in self.message.requests)

    def leave(self) -> None:
        """Forget the values that have come."""
        for snapshot in self.snapshots:
            snapshot.leave()

    def keep(self) -> None:
        """It is going to be sent to many; what has secrets is written anew for each."""
        self.message = self.message.for_many()


@dataclass(frozen=True, slots=True)
class Paper:
    """What one check asks."""

    parts: tuple[PaperPart, ...]
    attachments: Attachments  # that its looks add to

    def __post_init__(self) -> None:
        """Raises ValueError where nothing is asked: every submission would pass."""
        if not any(part.looks for part in self.parts):
            raise ValueError("nobody looks at what this paper asks")
        may_be_known = all(part.begins and not part.secrets for part in self.parts)
        for part in self.parts:
            part.count()
            part.known = Known(self.attachments) if may_be_known else None

    @classmethod
    def of(cls, parts: Sequence[PaperPart] | None, attachments: Attachments) -> Paper | None:
        """All that a check has asked; none where nobody looks at it."""
        return cls(tuple(parts), attachments) if parts and any(part.looks for part in parts) else None

    @property
    def may_be_scripts(self) -> bool:
        """Whether each message can be carried out without the others, and by any worker."""
        return all(part.begins and not part.has_code for part in self.parts)

    @property
    def nbytes(self) -> int:
        """Of the tensors that are sent."""
        return sum(tensor.nbytes for part in self.parts for tensor in part.message.tensors)

    def renew(self) -> None:
        """For the next submission: other secrets, and nothing of what the one before has shown."""
        self.attachments.clear()
        for secret in {secret for part in self.parts for _, _, secret in part.secrets}:
            secret.renew()

    def keep(self) -> None:
        """For others than the submission that it was made from."""
        self.clear()
        for part in self.parts:
            part.keep()

    def clear(self) -> None:
        """Forget the values of the submission that it was asked last."""
        for part in self.parts:
            part.leave()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainCheck:
    """A check that needs nothing of pytest. node: by which an exam knows it."""

    case: CheckCase
    info: CheckInfo
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSuite:
    """What was collected of the chosen questions, in the order in which it is checked."""

    cases: tuple[CheckCase, ...]
    plain: tuple[PlainCheck, ...]


class Exam:
    """The papers of one assignment, with one seed and effort."""

    def __init__(self) -> None:
        self._papers: dict[Hashable, Paper | None] = {}  # None: of a check that has to be drawn each time
        self._open: list[Paper] = []  # that any worker may know ahead
        self._compiled = 0  # how many of these were given to these workers
        self._workers: Workers | None = None
        self.suites: dict[Hashable, KnownSuite] = {}  # what was collected, by the settings that choose of it

    def paper(self, check: Hashable) -> Paper | None:
        """What that check asks, if it is known."""
        return self._papers.get(check)

    def is_wanted(self, check: Hashable) -> bool:
        """Whether a run of that check is to be kept."""
        return check not in self._papers

    def put(self, check: Hashable, paper: Paper | None, *, is_hidden: bool = False) -> None:
        """Keep what a check has asked that was passed; none: what it asks depends on what comes back."""
        self._papers[check] = paper if paper and paper.nbytes <= MAX_BYTES else None
        if paper:
            paper.keep()
            if self._papers[check] and paper.may_be_scripts and not is_hidden:
                self._open.append(paper)

    def compile(self, workers: Workers) -> None:
        """Let workers to come have scripts of what is asked: all of them, whatever question they are for.

        So not of hidden checks, nor of what holds code of the assignment's own.
        """
        if workers is not self._workers:  # others have other numbers
            self._workers, self._compiled = workers, 0
        for paper in self._open[self._compiled :]:
            numbers = workers.compile([part.to_compile() for part in paper.parts])
            for part, number in zip(paper.parts, numbers or itertools.repeat(None)):  # noqa: B905 - or none for all
                part.script = number
        self._compiled = len(self._open)
