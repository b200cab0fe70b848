"""What the doctor finds, from results alone: nothing is graded here."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.assignment import Assignment
from grader.doctor.cases import Outcome, killed_alone, questions_of
from grader.doctor.made import MadeMutant
from grader.doctor.seeds import SeedResult
from grader.scorecard import Scorecard, Verdict


class Kind(enum.StrEnum):
    """What may be wrong with a suite, in the order in which it is best mended."""

    REFERENCE = "the reference loses points"
    TEMPLATE = "the hand-out earns points"
    VACUOUS = "an empty submission passes"
    MUTANT = "a mutant is not as it must be"
    VARIANT = "right code loses points"
    SURVIVOR = "a made mutant survives"
    ELSEWHERE = "a made mutant costs another question"
    EQUIVALENT = "the list of equivalents is wrong"
    UNNEEDED = "no mutant needs the check"
    SEED = "the verdict depends on the seed"
    FLAKY = "the verdict is another each time"
    SLOW = "the check is slow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    kind: Kind
    subject: str  # the check, mutant, variant or file
    text: str
    diff: str = ""  # of the reference
    sees: str = ""  # the check that might see it


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStanding:
    """What one check is good for."""

    question: str
    name: str
    points: float
    kills: int  # mutants that lose it, the author's and those that were made
    alone: int  # of those the mutants that lose no other check
    seconds: float  # on the reference, the least of all runs


def of_reference(cards: Sequence[Scorecard], slow_s: float, shared: Iterable[str]) -> list[Finding]:
    """What many gradings of the reference say. The first two have one seed. shared: checks that wait for a training."""
    found = []
    for name in [check.name for check in cards[0].checks]:
        results = [check for card in cards for check in card.checks if check.name == name]
        lost = [card.seed for card, check in zip(cards, results, strict=True) if check.verdict is not Verdict.PASSED]
        told = next((f"{c.verdict}: {c.message}" for c in results if c.verdict is not Verdict.PASSED), "")
        if len(cards) > 1 and results[0].verdict is not results[1].verdict:
            text = f"{results[0].verdict}, then {results[1].verdict}, with the same seed {cards[0].seed}. {told}"
            found.append(Finding(kind=Kind.FLAKY, subject=name, text=text))
        elif 0 < len(lost) < len(cards):
            text = f"the reference loses it with {len(lost)} of {len(cards)} seeds, one is {lost[0]}. {told}"
            found.append(Finding(kind=Kind.SEED, subject=name, text=text))
        elif lost:
            found.append(Finding(kind=Kind.REFERENCE, subject=name, text=told))
        seconds = min(check.duration_s for check in results)
        if seconds > slow_s and name not in shared:
            text = f"it takes {seconds:.1f} s with the reference, more than {slow_s:g} s: draw smaller examples"
            found.append(Finding(kind=Kind.SLOW, subject=name, text=text))
    return found


def of_template(cards: Mapping[str, Scorecard]) -> list[Finding]:
    """What the hand-out earns, by its form."""
    return [
        Finding(kind=Kind.TEMPLATE, subject=name, text=f"it passes {check.name}, {check.score:g} points")
        for name, card in cards.items()
        for check in card.checks
        if check.verdict in (Verdict.PASSED, Verdict.BROKEN)
    ]


def of_shells(cards: Mapping[str, Scorecard]) -> list[Finding]:
    """The checks that empty submissions pass."""
    passed: dict[str, list[str]] = {}
    for name, card in cards.items():
        for check in card.checks:
            if check.verdict is Verdict.PASSED:
                passed.setdefault(check.name, []).append(name)
    return [
        Finding(kind=Kind.VACUOUS, subject=check, text=f"it passes where {' and where '.join(shells)}")
        for check, shells in passed.items()
    ]


def of_corpus(outcomes: Iterable[Outcome]) -> list[Finding]:
    """The author's mutants and variants that are not as they must be."""
    return [
        Finding(kind=Kind.MUTANT if o.case.loses else Kind.VARIANT, subject=o.case.name, text=o.problem)
        for o in outcomes
        if o.problem
    ]


def of_made(found: Sequence[tuple[MadeMutant, Outcome]], reference: str, assignment: Assignment) -> list[Finding]:
    """The made mutants that survive, with the check that might see each; and those that are not what the list says."""
    bad = []
    for made, outcome in found:
        if not outcome.problem:
            continue
        diff, kind, sees = made.diff(reference), Kind.ELSEWHERE, ""
        if not outcome.case.loses:
            kind = Kind.EQUIVALENT
        elif not outcome.lost:
            kind, sees = Kind.SURVIVOR, check_that_might_see(made, found, assignment)
        bad.append(Finding(kind=kind, subject=made.name, text=outcome.problem, diff=diff, sees=sees))
    return bad


def check_that_might_see(made: MadeMutant, found: Sequence[tuple[MadeMutant, Outcome]], assignment: Assignment) -> str:
    """The check that sees most of what was changed near by: in the same statement, else function, else question."""
    own = {check for question in questions_of(made.questions, assignment) for check in question.points}
    for near in (
        lambda other: (other.inside, other.before) == (made.inside, made.before),
        lambda other: other.inside == made.inside,
        lambda other: True,
    ):
        count = Counter(
            check
            for other, outcome in found
            if other.questions & made.questions and near(other)
            for check in outcome.lost
            if check in own
        )
        if count:
            return count.most_common(1)[0][0]
    return min(own, default="")


def of_equivalents(stale: Iterable[str]) -> list[Finding]:
    """What the list has and nothing makes any more."""
    return [Finding(kind=Kind.EQUIVALENT, subject=entry, text="it is not made any more") for entry in stale]


def of_seeds(results: Iterable[SeedResult]) -> list[Finding]:
    """The mutants and variants of which the seed decides what they lose."""
    return [
        Finding(
            kind=Kind.SEED,
            subject=check,
            text=f"{result.trial.name} loses it with {count} of {result.trial.seeds} seeds: make what those draw "
            "an @example",
        )
        for result in results
        for check, count in result.by_luck.items()
    ]


def standings(
    assignment: Assignment, questions: Iterable[str], outcomes: Sequence[Outcome], cards: Sequence[Scorecard]
) -> list[CheckStanding]:
    """What each check of these questions is good for."""
    wrong = [outcome for outcome in outcomes if outcome.case.loses]
    kills, alone = Counter(check for outcome in wrong for check in outcome.lost), killed_alone(outcomes)
    seconds: dict[str, float] = {}
    for check in (check for card in cards for check in card.checks):
        seconds[check.name] = min(check.duration_s, seconds.get(check.name, check.duration_s))
    return [
        CheckStanding(
            question=name,
            name=check,
            points=points,
            kills=kills[check],
            alone=alone[check],
            seconds=round(seconds.get(check, 0.0), 3),
        )
        for name in questions
        for check, points in assignment.question(name).points.items()
    ]


def of_standings(checks: Iterable[CheckStanding]) -> list[Finding]:
    """The checks that no mutant needs. Ask only where no mutant was left out."""
    return [
        Finding(
            kind=Kind.UNNEEDED,
            subject=check.name,
            text="it alone sees no mutant: another check can stand in for it, or nobody has thought of its mutant",
        )
        for check in checks
        if not check.alone
    ]
