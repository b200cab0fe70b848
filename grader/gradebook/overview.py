"""What a class's results say together: pure functions from standings to what the dashboard shows."""

from __future__ import annotations

import shlex
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.gradebook.standing import ATTENTION, Standing

BINS: Final = 20
_ORDER: Final = ("crashed", "timed_out", "unreadable", "waiting", "graded", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A student that somebody has to look at, and why."""

    standing: Standing
    why: str
    reason: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionOverview:
    """One question over the class: of those who were graded."""

    name: str
    max_score: float
    mean: float
    full: int
    none: int
    graded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Students who lose one check for one likely mistake."""

    question: str
    check: str
    title: str
    verdict: str
    diagnosis: str
    message: str  # of one of them
    standings: tuple[Standing, ...]
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOverview:
    """All that the dashboard shows."""

    title: str
    standings: tuple[Standing, ...]  # what needs attention first, then by score
    outcomes: Mapping[str, int]
    scores: tuple[float, ...]
    max_score: float
    bins: tuple[int, ...]
    concerns: tuple[Concern, ...]
    questions: tuple[QuestionOverview, ...]
    failures: tuple[FailureGroup, ...]

    @property
    def median(self) -> float:
        """Of the scores; 0 where there are none."""
        return statistics.median(self.scores) if self.scores else 0.0


def overview(standings: Sequence[Standing], book: Path) -> ClassOverview:
    """What these results say together. book: the folder of the class, for commands that can be pasted."""
    scored = [each for each in standings if each.has_score]
    most = max((each.max_score for each in standings), default=0.0)
    return ClassOverview(
        title=next((each.card.get("title", "") for each in standings if each.card), ""),
        standings=tuple(sorted(standings, key=lambda each: (_ORDER.index(each.outcome), each.score, each.student))),
        outcomes=dict(sorted(Counter(each.outcome for each in standings).items())),
        scores=tuple(sorted(each.score for each in scored)),
        max_score=most,
        bins=binned([each.score for each in scored], most),
        concerns=tuple(sorted(_concerns(standings, book), key=lambda c: (_ORDER.index(c.standing.outcome), c.why))),
        questions=tuple(_questions(scored)),
        failures=tuple(sorted(_failures(standings, book), key=lambda group: (-len(group.standings), group.check))),
    )


def binned(scores: Sequence[float], most: float) -> tuple[int, ...]:
    """How many scores there are in each twentieth of the points."""
    counts = [0] * BINS
    for score in scores if most else ():
        counts[min(BINS - 1, max(0, int(BINS * score / most)))] += 1
    return tuple(counts)


def checks_of(standing: Standing) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The results of all checks, each with its question."""
    for question in standing.card.get("questions", ()):
        for check in question["checks"]:
            yield question["name"], check


def _concerns(standings: Sequence[Standing], book: Path) -> Iterator[Concern]:
    for each in standings:
        command = f"gradebook regrade {shlex.quote(str(book))} --student {shlex.quote(each.student)}"
        if each.outcome in ATTENTION:
            yield Concern(standing=each, why=each.outcome.replace("_", " "), reason=each.reason, command=command)
        elif each.card.get("provisional"):
            broken = ", ".join(check["name"] for _, check in checks_of(each) if check["verdict"] == "broken")
            reason = f"the grader itself failed in {broken}"
            yield Concern(standing=each, why="provisional", reason=reason, command=command)
        elif banned := [check for _, check in checks_of(each) if check["verdict"] == "forbidden"]:
            reason = f"{banned[0]['name']}: {banned[0]['message']}"
            yield Concern(standing=each, why="forbidden", reason=reason, command=command)


def _questions(scored: Sequence[Standing]) -> Iterator[QuestionOverview]:
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for each in scored:
        for question in each.questions:
            found[question.name].append((question.score, question.max_score))
    for name, values in found.items():
        yield QuestionOverview(
            name=name,
            max_score=max(most for _, most in values),
            mean=statistics.fmean(score for score, _ in values),
            full=sum(score >= most > 0 for score, most in values),
            none=sum(score == 0 for score, _ in values),
            graded=len(values),
        )


def _failures(standings: Sequence[Standing], book: Path) -> Iterator[FailureGroup]:
    found: dict[tuple[str, str, str, str], list[tuple[Standing, Mapping[str, Any]]]] = defaultdict(list)
    for each in standings:
        for question, check in checks_of(each):
            if check["verdict"] != "passed":
                found[question, check["name"], check["verdict"], check["diagnosis"]].append((each, check))
    for (question, name, verdict, diagnosis), members in found.items():
        yield FailureGroup(
            question=question,
            check=name,
            title=members[0][1]["title"],
            verdict=verdict.replace("_", " "),
            diagnosis=diagnosis,
            message=members[0][1]["message"],
            standings=tuple(each for each, _ in members),
            command=f"gradebook regrade {shlex.quote(str(book))} --check {shlex.quote(name)}",
        )
