"""What happened in an example, in order: what a snippet is written from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from grader.boundary.requests import Operation
from grader.suite.handles import Handle


class Step(NamedTuple):
    """One request. The number is that of its result's handle."""

    operation: Operation | str
    number: int
    arguments: tuple[object, ...]


SEED = "seed"  # the operation of a step that begins a further example of the same story


@dataclass(slots=True)
class Transcript:
    """The present example; in one story, also those before it."""

    seed: int
    is_one_story: bool = False
    steps: list[Step] = field(default_factory=list)
    fetched: list[tuple[Handle, object]] = field(default_factory=list)  # what came back
    raised: dict[int, str] = field(default_factory=dict)  # type names of exceptions, by the number of the request

    def begin(self, number: int) -> None:
        """A new example begins; number: no request has it."""
        if self.is_one_story and self.steps:
            self.steps.append(Step(SEED, number, (self.seed,)))
        else:
            self.steps, self.fetched, self.raised = [], [], {}
