"""The result of one grading: frozen records, and points as a pure fold over them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.figures import Figure, Measurement


class Verdict(enum.StrEnum):
    """The outcome of one check, from the best to the worst.

    A check with several items (`parametrize`) has the worst of theirs. What only says that nobody has looked comes
    before what was found; what the rules take outweighs a wrong value; and an item that is our own fault outweighs all:
    what the others say of a check that does not work is not to be trusted.
    """

    SKIPPED = "skipped"  # by who wrote the check: in neither score nor maximum, and the other items decide
    PASSED = "passed"
    NOT_GRADED = "not_graded"  # the grading was ended before its turn
    BLOCKED = "blocked"  # a needed part is missing
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"  # the worker died or ran out of memory
    FORBIDDEN = "forbidden"  # used what the rules ban
    BROKEN = "broken"  # our own fault, never the student's: in neither score nor maximum


class CheckEnded(BaseException):
    """A check ended with a verdict that no further example can change.

    Not an Exception: Hypothesis must neither shrink it (a hang costs one limit, not one for each shrinking step) nor
    take it for a failing example.
    """

    def __init__(self, verdict: Verdict, message: str) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.message = message


class Untold(CheckEnded):
    """An example of a silent run may not have passed: the check is to be run again, one example after another."""

    def __init__(self) -> None:
        super().__init__(Verdict.FAILED, "an example did not pass in a silent run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Some lines of the submission, as they stand there, and the one of them that a result names."""

    place: str  # the file, or the cell of a notebook
    first: int  # the number of the first line there
    named: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of one grading."""

    name: str
    title: str
    verdict: Verdict
    max_score: float
    message: str = ""
    hint: str = ""
    snippet: str = ""
    diagnosis: str = ""
    cause: str = ""  # what was raised and where: the same for all checks that fail for it
    carried_forward: tuple[str, ...] = ()  # passed with right parts in place of the student's for these questions
    notes: tuple[str, ...] = ()  # observations that cost no points
    examples: int = 0
    duration_s: float = 0.0
    output: str = ""  # what the submission printed; shown on demand
    line: int = 0  # of the submission: where the code raised, or its question begins; 0 where there is none
    excerpt: Excerpt | None = None  # the lines around it; nothing where none were found, or the check passed
    visibility: str = "visible"  # to students on Gradescope, in its words
    is_bonus: bool = False  # its points are outside of the maximum
    is_hidden: bool = False  # what it found is told to nobody
    figures: tuple[Figure, ...] = ()
    measurements: tuple[Measurement, ...] = ()

    @property
    def score(self) -> float:
        """All the points or none."""
        return self.max_score if self.verdict is Verdict.PASSED else 0.0

    @property
    def most(self) -> float:
        """What it adds to the maximum."""
        return 0.0 if self.is_bonus or self.is_broken or self.verdict is Verdict.SKIPPED else self.max_score

    @property
    def lost(self) -> float:
        """The points of the maximum that it did not earn."""
        return 0.0 if self.verdict is Verdict.PASSED else self.most

    @property
    def is_broken(self) -> bool:
        """Whether the grader itself failed, so that nobody knows whether the submission is right."""
        return self.verdict is Verdict.BROKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """All checks of one question."""

    name: str
    checks: tuple[CheckResult, ...]
    untold: tuple[CheckResult, ...] = ()  # hidden ones that count, and that no report lists

    @property
    def all(self) -> tuple[CheckResult, ...]:
        """Those that count."""
        return (*self.checks, *self.untold)

    @property
    def carried_forward(self) -> bool:
        """Whether points were kept although a needed part is wrong."""
        return any(check.carried_forward for check in self.all)

    @property
    def score(self) -> float:
        """Points earned, with those of a bonus."""
        return sum(check.score for check in self.all)

    @property
    def max_score(self) -> float:
        """Points that could be earned: not those of a bonus, nor of a check that is broken or left out."""
        return sum(check.most for check in self.all)

    @property
    def lost(self) -> float:
        """Points of the maximum that were not earned: a bonus does not make up for them."""
        return sum(check.lost for check in self.all)

    @property
    def bonus(self) -> float:
        """Points earned outside of the maximum."""
        return sum(check.score for check in self.all if check.is_bonus)

    @property
    def is_provisional(self) -> bool:
        """Whether a check is broken, so that score and maximum lack its points."""
        return any(check.is_broken for check in self.all)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """All results of one grading."""

    assignment: str
    submission: str
    sha256: str
    grader_version: str
    seed: int
    effort: str
    isolation: str
    questions: tuple[QuestionResult, ...]
    title: str = ""  # of the assignment
    warnings: tuple[str, ...] = ()
    file: str = ""  # that was graded: in a folder or archive, its path there
    choice: str = ""  # why it was that file of a folder or archive; nothing where there was no choice
    made_with: Mapping[str, str] = field(default_factory=dict)  # the suite, Python and libraries: what a score is of
    date: str = ""  # when it was graded: ISO 8601, UTC
    interrupted: str = ""  # why the grading was ended before all was graded
    duration_s: float = 0.0

    @property
    def score(self) -> float:
        """Points earned."""
        return sum(question.score for question in self.questions)

    @property
    def max_score(self) -> float:
        """Points that could be earned: not those of a bonus, nor of a check that is broken or left out."""
        return sum(question.max_score for question in self.questions)

    @property
    def lost(self) -> float:
        """Points of the maximum that were not earned: a bonus does not make up for them."""
        return sum(question.lost for question in self.questions)

    @property
    def bonus(self) -> float:
        """Points earned outside of the maximum."""
        return sum(question.bonus for question in self.questions)

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """All checks in order."""
        return tuple(check for question in self.questions for check in question.checks)

    @property
    def is_provisional(self) -> bool:
        """Whether the grader itself failed somewhere: the score is not to be recorded."""
        return any(question.is_provisional for question in self.questions)


def worst_of(items: Sequence[CheckResult]) -> CheckResult:
    """The result of a check from those of its items, at least one: the worst, the first of several."""
    order = list(Verdict)
    worst = max(items, key=lambda item: order.index(item.verdict))
    return replace(
        worst,
        carried_forward=tuple(dict.fromkeys(name for item in items for name in item.carried_forward)),
        notes=tuple(dict.fromkeys(note for item in items for note in item.notes)),
        examples=sum(item.examples for item in items),
        duration_s=sum(item.duration_s for item in items),
        figures=tuple({figure.title: figure for item in items for figure in item.figures}.values()),
        measurements=tuple({m.name: m for item in items for m in item.measurements}.values()),
    )


def by_question(results: Iterable[tuple[str, CheckResult]], order: Sequence[str]) -> tuple[QuestionResult, ...]:
    """Group (question, result) pairs into questions, in the order given."""
    grouped: dict[str, list[CheckResult]] = {name: [] for name in order}
    for question, result in results:
        grouped[question].append(result)
    return tuple(QuestionResult(name=name, checks=tuple(checks)) for name, checks in grouped.items())
