"""Examines a suite: grades what is right, wrong and empty, and hands the results to `findings`."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, TypeVar

from grader.assignment import Assignment
from grader.doctor import findings
from grader.doctor.cases import CaseStanding, Outcome, case_of_made, case_of_right, case_of_wrong, questions_of, trains
from grader.doctor.corpus import Right, Wrong, right_ones, wrong_ones
from grader.doctor.equivalents import read_equivalents, stale
from grader.doctor.findings import CheckStanding, Finding, Kind
from grader.doctor.made import MadeMutant, made_mutants, owners_of
from grader.doctor.processes import Processes, Trial, needed_statements, run_case, run_trial
from grader.doctor.seeds import SeedTrial, run_seeds
from grader.doctor.shells import shells
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.gradebook import handout
from grader.provenance import EQUIVALENTS, made_with
from grader.scorecard import Scorecard
from grader.settings import Effort, Settings

R = TypeVar("R")
Told = Callable[[str, int, int], None]  # what is graded, how many of it are, and of how many
SEEDS: Final = 20


class Training(enum.StrEnum):
    """Of the questions that train, what is graded."""

    NONE = "none"
    OWN = "own"  # the reference, and the mutants of a training
    ALL = "all"  # the variants, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is looked at."""

    questions: tuple[str, ...] = ()  # none: all
    seeds: int = SEEDS
    every: int = 1  # each N-th of the made mutants; 0: none
    train: Training = Training.ALL
    cases: tuple[str, ...] = ()  # words: only the mutants and variants with one of them in their name, and nothing else
    effort: Effort = Effort.STANDARD  # of the reference and the variants
    slow_s: float = 5.0  # for one check of the reference
    processes: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was looked at, and what was found."""

    assignment: str
    title: str
    suite: str  # its name and version
    looked_at: Mapping[str, int]
    checks: tuple[CheckStanding, ...]
    cases: tuple[CaseStanding, ...] = ()  # the author's own mutants and variants
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = field(default=())  # what could not be looked at

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def examine(assignment: Assignment, extent: Extent, told: Told) -> Examination:
    """Examine the suite. Raises AssignmentInvalid where it has no reference, or its mutants can't be read."""
    if assignment.reference is None:
        raise AssignmentInvalid(f"{assignment.name} has no reference: `reference` in its assignment.toml names none")
    reference = assignment.reference.read_text(encoding="utf-8")
    corpus = _Corpus.of(assignment, extent, reference)
    with Processes(assignment, reference, extent.processes) as pool:
        return _Visit(assignment, reference, extent, corpus, pool, told).examination()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Corpus:
    """The author's own cases."""

    wrong: tuple[Wrong, ...] = ()
    right: tuple[Right, ...] = ()

    @classmethod
    def of(cls, assignment: Assignment, extent: Extent, reference: str) -> _Corpus:
        if assignment.proof is None:
            return cls()
        names = _names(assignment, extent)
        wrong = wrong_ones(assignment.proof, assignment, reference)
        right = right_ones(assignment.proof, reference)
        asked = [w for w in wrong if {q.name for q in questions_of(w.loses, assignment)} <= names.keys()]
        if not extent.cases:
            return cls(wrong=tuple(asked), right=right)
        named = cls(
            wrong=tuple(one for one in asked if any(word in one.name for word in extent.cases)),
            right=tuple(one for one in right if any(word in one.name for word in extent.cases)),
        )
        if not named.wrong and not named.right:
            raise SettingsInvalid(f"no mutant and no variant has {' or '.join(extent.cases)} in its name")
        return named


def _names(assignment: Assignment, extent: Extent) -> dict[str, None]:
    """The questions that are looked at, in their order."""
    chosen = assignment.select(extent.questions)
    trains = extent.train is not Training.NONE
    return dict.fromkeys(name for name in chosen if trains or not assignment.question(name).background)


def _left_out(extent: Extent, corpus: _Corpus, handed: Mapping[str, Scorecard]) -> tuple[str, ...]:
    """What is not looked at."""
    absent = {
        "no mutants of its own": not corpus.wrong,
        "no variants of its own": not corpus.right,
        "no hand-out": not handed,
        f"each {extent.every}th of the made mutants, so that none may need a check": extent.every > 1,
        "no made mutants, so that none may need a check": extent.every == 0,
        "nothing that trains": extent.train is Training.NONE,
        "the trainings of variants": extent.train is Training.OWN,
    }
    return tuple(text for text, is_so in absent.items() if is_so)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One examination, while it goes on."""

    assignment: Assignment
    reference: str
    extent: Extent
    corpus: _Corpus
    pool: Processes
    told: Told

    def examination(self) -> Examination:
        """All of it."""
        names = _names(self.assignment, self.extent)
        if self.extent.cases:
            own = self._own()
            return self._result(findings.of_corpus(own), (), own, {}, notes=("all but these mutants and variants",))
        cards = self._reference_cards()
        shared = [c for q in self.assignment.questions if q.background for c in q.points]
        right = findings.of_reference(cards, self.extent.slow_s, shared)
        if any(check.is_broken for card in cards for check in card.checks):
            return self._result(right, (), (), {}, notes=("all else: a check does not work; mend that first",))
        handed, empty = self._template_cards(), self._shell_cards()
        own = self._own()
        made, listed = self._made()
        seeds = self._seed_trials()
        lucky = self._counted("other seeds", self.pool.each(run_seeds, seeds), len(seeds))
        checks = findings.standings(self.assignment, names, [*own, *(outcome for _, outcome in made)], cards)
        found = [
            *right,
            *findings.of_template(handed),
            *findings.of_shells(empty),
            *findings.of_corpus(own),
            *findings.of_made(made, self.reference, self.assignment),
            *listed,
            *(findings.of_standings(checks) if self.extent.every == 1 else []),
            *findings.of_seeds(lucky),
        ]
        looked_at = {"made mutants": len(made), "forms of the hand-out": len(handed)}
        return self._result(found, checks, own, looked_at, notes=_left_out(self.extent, self.corpus, handed))

    def _result(
        self,
        found: Sequence[Finding],
        checks: Sequence[CheckStanding],
        own: Sequence[Outcome],
        looked_at: Mapping[str, int],
        *,
        notes: tuple[str, ...],
    ) -> Examination:
        questions = [self.assignment.question(name) for name in _names(self.assignment, self.extent)]
        return Examination(
            assignment=self.assignment.name,
            title=self.assignment.title,
            suite=made_with(self.assignment)["suite"],
            looked_at={
                "questions": len(questions),
                "checks": sum(len(question.points) for question in questions),
                "seeds": 0 if self.extent.cases else self.extent.seeds,
                "mutants": len(self.corpus.wrong),
                "variants": len(self.corpus.right),
                **looked_at,
            },
            checks=tuple(checks),
            cases=tuple(map(CaseStanding.of, own)),
            findings=tuple(sorted(found, key=lambda finding: [*Kind].index(finding.kind))),
            notes=notes,
        )

    # --- what is graded ----------------------------------------------------------------------------------------------

    def _counted(self, label: str, results: Iterable[R], total: int) -> list[R]:
        found = []
        for number, result in enumerate(results, 1):
            self.told(label, number, total)
            found.append(result)
        return found

    def _settings(self, seed: int = 0, effort: Effort | None = None) -> Settings:
        only = tuple(_names(self.assignment, self.extent))
        return Settings(seed=seed, effort=effort or self.extent.effort, only=only)

    def _reference_cards(self) -> list[Scorecard]:
        """Of the first seed twice, then of all others."""
        seeds = [0, *range(self.extent.seeds)]
        trials = [Trial(name="reference", source=self.reference, settings=self._settings(seed)) for seed in seeds]
        return self._counted("the reference", self.pool.each(run_trial, trials), len(trials))

    def _template_cards(self) -> dict[str, Scorecard]:
        settings = self._settings(effort=Effort.QUICK)
        forms = handout.forms_of(self.assignment)
        trials = [Trial(name=n, source=t, settings=settings, suffix=n[n.rindex(".") :]) for n, t in forms.items()]
        cards = self._counted("the hand-out", self.pool.each(run_trial, trials), len(trials))
        return dict(zip(forms, cards, strict=True))

    def _shell_cards(self) -> dict[str, Scorecard]:
        sources = shells(self.assignment.names)
        settings = self._settings(effort=Effort.QUICK)
        trials = [Trial(name=name, source=source, settings=settings) for name, source in sources.items()]
        cards = self._counted("empty submissions", self.pool.each(run_trial, trials), len(trials))
        return dict(zip(sources, cards, strict=True))

    def _own(self) -> list[Outcome]:
        """What became of the author's own cases."""
        train = self.extent.train is Training.ALL
        wrong = [case_of_wrong(one, self.assignment) for one in self.corpus.wrong]
        right = [case_of_right(one, train=train, effort=self.extent.effort) for one in self.corpus.right]
        cases = [*wrong, *right]
        return self._counted("mutants and variants", self.pool.each(run_case, cases), len(cases))

    def _made(self) -> tuple[list[tuple[MadeMutant, Outcome]], list[Finding]]:
        """The made mutants with what became of each, and what the list of equivalents has for nothing."""
        if not self.extent.every:
            return [], []
        (needed,) = self.pool.each(needed_statements, [self.reference])
        every = made_mutants(self.reference, owners_of(ast.parse(self.reference), needed))
        listed = read_equivalents(self.assignment.proof / EQUIVALENTS) if self.assignment.proof else ()
        right = set(chain.from_iterable(equivalent.keys for equivalent in listed))
        names = _names(self.assignment, self.extent)
        asked = [one for one in every if one.questions <= names.keys()][:: self.extent.every]
        cases = [case_of_made(one, self.assignment, right=one.key in right) for one in asked]
        outcomes = self._counted("made mutants", self.pool.each(run_case, cases), len(cases))
        return [*zip(asked, outcomes, strict=True)], findings.of_equivalents(stale(listed, every))

    def _seed_trials(self) -> list[SeedTrial]:
        """The author's own cases; what trains has one seed."""
        seeds = self.extent.seeds
        return [
            *(
                SeedTrial(name=w.name, source=w.source, questions=parts, seeds=seeds, effort=Effort.QUICK)
                for w in self.corpus.wrong
                if (parts := tuple(self._parts(w))) and not trains(w.loses, self.assignment)
            ),
            *(
                SeedTrial(name=r.name, source=r.source, questions=(), seeds=seeds, effort=Effort.QUICK, suffix=r.suffix)
                for r in self.corpus.right
            ),
        ]

    def _parts(self, wrong: Wrong) -> Iterator[str]:
        return (question.name for question in questions_of(wrong.loses, self.assignment))
