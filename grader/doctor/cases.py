"""Cases: submissions of which is known what they must lose, and what became of each. Nothing is graded here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.assignment import Assignment, Question
from grader.doctor.corpus import Right, Wrong
from grader.doctor.made import MadeMutant
from grader.scorecard import CheckResult, Verdict
from grader.settings import Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One submission to grade, and what it must lose."""

    name: str
    source: str
    loses: frozenset[str]  # checks, and questions that lose one or more of theirs
    verdict: str  # that the lost checks must have; empty: any
    effort: Effort
    train: bool  # also grade the questions that train
    suffix: str = ".py"
    exactly: bool = True  # all that `loses` names is lost, and not just some of it
    lessons: bool = False  # also find snippets and likely mistakes, which takes as long again


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a case."""

    case: Case
    lost: Mapping[str, str]  # message by check
    snippets: Mapping[str, str]  # by check, of those that lost points
    diagnoses: Mapping[str, str]
    problem: str  # why it is not as it must be, or nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStanding:
    """What became of a mutant or variant, for programs."""

    name: str
    loses: tuple[str, ...]  # what it must lose: checks, and questions; a variant nothing
    train: bool  # whether the questions that train were graded, too
    lost: Mapping[str, str]  # verdict and message by check
    problem: str  # why it is not as it must be, or nothing

    @classmethod
    def of(cls, outcome: Outcome) -> CaseStanding:
        """That of an outcome."""
        case = outcome.case
        return cls(
            name=case.name,
            loses=tuple(sorted(case.loses)),
            train=case.train,
            lost=dict(outcome.lost),
            problem=outcome.problem,
        )


def case_of_wrong(wrong: Wrong, assignment: Assignment) -> Case:
    """A mutant, trained only where that is what is wrong."""
    return Case(
        name=wrong.name,
        source=wrong.source,
        loses=frozenset(wrong.loses),
        verdict="forbidden" if wrong.forbidden else "",
        effort=Effort.QUICK,
        train=trains(wrong.loses, assignment),
    )


def case_of_right(right: Right, *, train: bool, effort: Effort = Effort.STANDARD) -> Case:
    """A variant, which loses nothing."""
    return Case(
        name=right.name,
        source=right.source,
        loses=frozenset(),
        verdict="",
        effort=effort,
        train=train,
        suffix=right.suffix,
    )


def case_of_made(made: MadeMutant, assignment: Assignment, *, right: bool) -> Case:
    """A made mutant: its training only where that is what was changed. right: the list of equivalents has it."""
    return Case(
        name=made.name,
        source=made.source,
        loses=frozenset() if right else made.questions,
        verdict="",
        effort=Effort.QUICK,
        train=trains(made.questions, assignment),
        exactly=False,
    )


def trains(names: Iterable[str], assignment: Assignment) -> bool:
    """Whether a question that trains is one of these questions, or has one of these checks."""
    return any(question.background for question in questions_of(names, assignment))


def questions_of(names: Iterable[str], assignment: Assignment) -> list[Question]:
    """The questions that are named, or of which a check is."""
    asked = set(names)
    return [question for question in assignment.questions if asked & {question.name, *question.points}]


def outcome_of(case: Case, results: Mapping[str, Sequence[CheckResult]], assignment: Assignment) -> Outcome:
    """What the results, by question, say of the case."""
    failed = {name: [c for c in checks if c.verdict is not Verdict.PASSED] for name, checks in results.items()}
    every = [check for checks in failed.values() for check in checks]
    return Outcome(
        case=case,
        lost={check.name: f"{check.verdict}: {check.message}" for check in every},
        snippets={check.name: check.snippet for check in every},
        diagnoses={check.name: check.diagnosis for check in every},
        problem=_problem(case, failed, assignment),
    )


def _problem(case: Case, failed: Mapping[str, Sequence[CheckResult]], assignment: Assignment) -> str:
    losing = {question for question, checks in failed.items() if checks}
    every = [check for checks in failed.values() for check in checks]
    told = "; ".join(f"{c.name} {c.verdict}: {c.message[:200]!r}" for c in every)
    expected = {question.name for question in questions_of(case.loses, assignment)}
    if case.loses and not case.exactly:  # where `pass` is left, a part is not written: what needs it is not graded
        losing = {name for name in losing if name in expected or not _is_blocked(failed[name])}
    if losing != expected and (case.exactly or not losing or not losing <= expected):
        return f"loses points on {sorted(losing) or 'nothing'}, expected {sorted(expected) or 'nothing'} ({told})"
    for question in questions_of(case.loses, assignment):
        named, lost = case.loses & question.points.keys(), {check.name for check in failed[question.name]}
        if question.name not in case.loses and named != lost:
            return f"loses {sorted(lost)}, expected {sorted(named)} ({told})"
    verdicts = {check.verdict for check in every}
    if Verdict.BROKEN in verdicts:
        return f"broke the grader ({told})"
    if case.verdict and case.verdict not in verdicts:
        return f"has verdicts {sorted(verdicts)}, expected {case.verdict}"
    return ""


def _is_blocked(checks: Sequence[CheckResult]) -> bool:
    return all(check.verdict is Verdict.BLOCKED for check in checks)


def killed_alone(outcomes: Iterable[Outcome]) -> Counter[str]:
    """For each check the mutants that it alone kills. Those that break the rules prove nothing: any call finds them."""
    wrong = [outcome for outcome in outcomes if outcome.case.loses and outcome.case.verdict != "forbidden"]
    return Counter(next(iter(outcome.lost)) for outcome in wrong if len(outcome.lost) == 1)
