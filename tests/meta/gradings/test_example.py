"""The example homework: its reference, template, mutants and variants get what they must, with the engine as it is."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from grader.assignment import Assignment, load_assignment
from grader.doctor.corpus import Right, Wrong, right_ones, wrong_ones
from grader.doctor.processes import Bench, Trial
from grader.processes.workers import Workers, open_workers
from grader.scorecard import CheckResult, Scorecard, Verdict
from grader.settings import Effort, Settings
from tests.meta.tools.repository import ROOT

FOLDER = ROOT / "examples" / "hw4"
REFERENCE = (FOLDER / "reference.py").read_text(encoding="utf-8")
ASSIGNMENT = load_assignment(FOLDER)
MUTANTS = wrong_ones(FOLDER, ASSIGNMENT, REFERENCE)
VARIANTS = right_ones(FOLDER, REFERENCE)
LEAST_MUTANTS, LEAST_VARIANTS = 8, 10
Lost = Mapping[str, Mapping[str, CheckResult]]  # by question and check


class Examples:
    """Grades submissions of the example: of each what can differ from the reference, with workers that stay."""

    def __init__(self, workers: Workers) -> None:
        self.assignment: Assignment = ASSIGNMENT
        self._bench = Bench(ASSIGNMENT, REFERENCE, workers)

    def grade(self, source: str, *only: str, effort: Effort = Effort.QUICK) -> Scorecard:
        """Those questions, or all."""
        settings = Settings(effort=effort, only=only)
        return self._bench.grade(Trial(name="example", source=source, settings=settings))

    def lost(self, case: Wrong | Right) -> Lost:
        """What it loses. Only a training that was changed itself is graded: elsewhere a stand-in takes the place."""
        differing = self._bench.differing(case.source)
        parts = [name for name in differing if not self.assignment.question(name).background]
        card = self.grade(case.source, *(parts or differing))
        return {
            question.name: {c.name: c for c in question.checks if c.verdict is not Verdict.PASSED}
            for question in card.questions
        }


@pytest.fixture(scope="module")
def examples() -> Iterator[Examples]:
    with open_workers(ASSIGNMENT.data) as workers:
        yield Examples(workers)


def test_each_question_has_its_mutants_and_there_are_enough_variants(examples: Examples) -> None:
    owner = {check: q.name for q in examples.assignment.questions for check in q.points}
    names = examples.assignment.names
    count = Counter(question for m in MUTANTS for question in {owner.get(name, name) for name in m.loses})
    assert {name: count[name] for name in names if count[name] < LEAST_MUTANTS} == {}
    assert set(count) == set(names)
    assert len(VARIANTS) >= LEAST_VARIANTS
    names_of_cases = [*(mutant.name for mutant in MUTANTS), *(variant.name for variant in VARIANTS)]
    assert len({*names_of_cases}) == len(names_of_cases)


def test_reference_has_all_points(examples: Examples) -> None:
    card = examples.grade(REFERENCE, effort=Effort.STANDARD)
    assert (card.score, card.max_score, card.warnings) == (100, 100, ())


def test_template_has_none_and_nothing_of_the_reference(examples: Examples) -> None:
    template = FOLDER / "template" / "script" / "hw4.py"
    card = examples.grade(template.read_text(encoding="utf-8"))
    assert card.score == 0
    assert {check.verdict for check in card.checks} == {Verdict.BLOCKED}
    assert (template.parent / "sonnets.txt").read_bytes() == (FOLDER / "sonnets.txt").read_bytes()
    bodies = [part.partition("### END YOUR CODE")[0] for part in REFERENCE.split("### BEGIN YOUR CODE")[1:]]
    secrets = {line.strip() for body in bodies for line in body.splitlines() if len(line.strip()) > 20}
    assert secrets
    assert [line for line in template.read_text(encoding="utf-8").splitlines() if line.strip() in secrets] == []


@pytest.fixture(scope="module")
def outcomes(examples: Examples) -> Mapping[str, Lost]:
    """What each mutant loses."""
    return {mutant.name: examples.lost(mutant) for mutant in MUTANTS}


def problem(mutant: Wrong, lost: Lost, points: Mapping[str, Mapping[str, float]]) -> str:
    """Why the mutant is not killed as named, or nothing."""
    told = {name: sorted(checks) for name, checks in lost.items() if checks}
    for question, checks in points.items():
        named, found = {*mutant.loses} & {*checks}, {*lost.get(question, {})}
        if named and found != named:
            return f"{mutant.name} loses {told}, expected {sorted(named)}"
        if not named and bool(found) != (question in mutant.loses):
            return f"{mutant.name} loses {told}, expected {sorted(mutant.loses)}"
    verdicts = {check.verdict for checks in lost.values() for check in checks.values()}
    return "" if Verdict.FORBIDDEN in verdicts or not mutant.forbidden else f"{mutant.name}: {verdicts}"


def test_mutants_lose_what_they_name(examples: Examples, outcomes: Mapping[str, Lost]) -> None:
    points = {question.name: question.points for question in examples.assignment.questions}
    assert list(filter(None, (problem(mutant, outcomes[mutant.name], points) for mutant in MUTANTS))) == []


def test_no_mutant_breaks_a_check(outcomes: Mapping[str, Lost]) -> None:
    every = [(name, c) for name, lost in outcomes.items() for checks in lost.values() for c in checks.values()]
    assert [(name, c.name, c.message) for name, c in every if c.verdict is Verdict.BROKEN] == []


def test_each_check_is_needed_by_a_mutant_that_it_alone_finds(examples: Examples, outcomes: Mapping[str, Lost]) -> None:
    alone = {next(iter(checks)) for lost in outcomes.values() for checks in lost.values() if len(checks) == 1}
    assert {check for q in examples.assignment.questions for check in q.points} - alone == set()


def test_variants_lose_nothing(examples: Examples) -> None:
    found = {variant.name: examples.lost(variant) for variant in VARIANTS}
    lost = {name: [c.message for checks in of.values() for c in checks.values()] for name, of in found.items()}
    assert {name: messages for name, messages in lost.items() if messages} == {}


def test_wrong_part_does_not_cost_the_training(examples: Examples) -> None:
    """A stand-in takes its place: of an embedding that needs another shape of table, and of a wrong train."""
    wrong = next(m for m in MUTANTS if m.name == "attention-mask-one-late")
    card = examples.grade(wrong.source, "CausalSelfAttention", "eval_character_model")
    part, training = card.questions
    assert part.score < part.max_score
    assert (training.score, training.carried_forward) == (training.max_score, True)


def test_rules_of_the_package_s_own_checks_hold_for_the_example() -> None:
    table = tomllib.loads((FOLDER / "assignment.toml").read_text(encoding="utf-8"))
    assert sum(sum(question["checks"].values()) for question in table["question"]) == 100
