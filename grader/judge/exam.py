"""One exam for a whole class: what a check asks of one submission is kept, and asked of all others.

Most of what a check costs is to draw examples, to write requests for them, and to compute what is expected. Where all
submissions have the same seed (`Settings.exam`), that is done once: a silent run (grader.judge.silent) of a check whose
requests depend on no answer is kept as a paper, and other submissions get the same requests, in fewer messages, with
the same looks at their answers. Expected values stay in the judge, as they do without.

Most answers to it are the same to the last bit for most submissions: the same numbers come of the same seed. What has
passed once is known by its digest, and passes again without a look.

A submission that does not pass a paper is checked by Hypothesis as without an exam, which tells why. So a paper can
only say that a check is passed, and it says so where the run that it was made from would.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.boundary.messages import Run
from grader.boundary.requests import Operation
from grader.suite.deferred import Snapshot
from grader.suite.handles import Attachments
from grader.suite.secret import Secret

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

    def count(self) -> None:
        """Count its examples."""
        self.examples = sum(request.operation is Operation.BEGIN for request in self.message.requests)

    @property
    def begins(self) -> bool:
        """Whether it needs nothing of what was asked before."""
        return self.message.requests[0].operation is Operation.BEGIN

    def leave(self) -> None:
        """Forget the values that have come."""
        for snapshot in self.snapshots:
            snapshot.leave()

    def keep(self) -> None:
        """It is going to be sent to many; what has secrets is written anew for each."""
        self.message = self.message.for_many()

    def renew(self) -> None:
        """Write what its secrets are now."""
        if not self.secrets:
            return
        requests = [*self.message.requests]
        for at, place, secret in self.secrets:
            arguments = [*requests[at].arguments]
            arguments[place] = secret.text
            requests[at] = requests[at]._replace(arguments=arguments)
        self.message = Run(requests, self.message.tensors)


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
    def nbytes(self) -> int:
        """Of the tensors that are sent."""
        return sum(tensor.nbytes for part in self.parts for tensor in part.message.tensors)

    def renew(self) -> None:
        """For the next submission: other secrets, and nothing of what the one before has shown."""
        self.attachments.clear()
        for secret in {secret for part in self.parts for _, _, secret in part.secrets}:
            secret.renew()
        for part in self.parts:
            part.renew()

    def keep(self) -> None:
        """For others than the submission that it was made from."""
        self.clear()
        for part in self.parts:
            part.keep()

    def clear(self) -> None:
        """Forget the values of the submission that it was asked last."""
        for part in self.parts:
            part.leave()


class Exam:
    """The papers of one assignment, with one seed and effort."""

    def __init__(self) -> None:
        self._papers: dict[Hashable, Paper | None] = {}  # None: of a check that has to be drawn each time

    def paper(self, check: Hashable) -> Paper | None:
        """What that check asks, if it is known."""
        return self._papers.get(check)

    def is_wanted(self, check: Hashable) -> bool:
        """Whether a run of that check is to be kept."""
        return check not in self._papers

    def put(self, check: Hashable, paper: Paper | None) -> None:
        """Keep what a check has asked that was passed; none: what it asks depends on what comes back."""
        self._papers[check] = paper if paper and paper.nbytes <= MAX_BYTES else None
        if paper:
            paper.keep()
