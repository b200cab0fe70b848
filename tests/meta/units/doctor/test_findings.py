"""What is concluded from results: each kind of finding, and nothing where all is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.doctor import findings
from grader.doctor.cases import Case, Outcome, case_of_made
from grader.doctor.findings import Finding, Kind
from grader.doctor.made import MadeMutant
from grader.doctor.seeds import SeedResult, SeedTrial
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from grader.settings import Effort
from tests.meta.tools.owning import made_of
from tests.meta.tools.toys import DOUBLE, TRIPLE, two_toys

PASSED, FAILED = Verdict.PASSED, Verdict.FAILED
SOURCE = DOUBLE + TRIPLE
MADE = made_of(SOURCE, ["double", "triple"])


@pytest.fixture
def toys(tmp_path: Path) -> Assignment:
    return load_assignment(two_toys(tmp_path))


def card(seed: int = 0, seconds: float = 0.1, **verdicts: Verdict) -> Scorecard:
    """A grading with these verdicts."""
    checks = tuple(
        CheckResult(name=name, title=name, verdict=verdict, max_score=2, message="no", duration_s=seconds)
        for name, verdict in verdicts.items()
    )
    return Scorecard(
        assignment="toys",
        submission="toys.py",
        sha256="",
        grader_version="",
        seed=seed,
        effort="quick",
        isolation="",
        questions=(QuestionResult(name="double", checks=checks),),
    )


def kinds(found: list[Finding]) -> list[tuple[Kind, str]]:
    return [(finding.kind, finding.subject) for finding in found]


def outcome(case: Case, *lost: str, problem: str = "") -> Outcome:
    told = dict.fromkeys(lost, "failed: no")
    return Outcome(case=case, lost=told, snippets=told, diagnoses=told, problem=problem)


def case(name: str, *loses: str) -> Case:
    return Case(name=name, source="", loses=frozenset(loses), verdict="", effort=Effort.QUICK, train=False)


# --- right and empty code ---------------------------------------------------------------------------------------------


def test_reference_with_full_marks_is_fine() -> None:
    assert findings.of_reference([card(a=PASSED), card(a=PASSED), card(1, a=PASSED)], 5, ()) == []


@pytest.mark.parametrize(
    ("cards", "kind"),
    [
        ([card(a=FAILED), card(a=FAILED), card(1, a=FAILED)], Kind.REFERENCE),
        ([card(a=PASSED), card(a=PASSED), card(1, a=FAILED)], Kind.SEED),
        ([card(a=PASSED), card(a=FAILED), card(1, a=PASSED)], Kind.FLAKY),
        ([card(a=PASSED), card(a=Verdict.BROKEN), card(1, a=PASSED)], Kind.FLAKY),
        ([card(a=PASSED, seconds=6), card(a=PASSED, seconds=7), card(a=PASSED, seconds=8)], Kind.SLOW),
    ],
)
def test_what_is_wrong_with_the_reference(cards: list[Scorecard], kind: Kind) -> None:
    found = findings.of_reference(cards, 5, ())
    assert kinds(found) == [(kind, "a")]
    assert kind is Kind.SLOW or "no" in found[0].text


def test_slow_is_what_is_slow_each_time_and_waits_for_no_training() -> None:
    assert findings.of_reference([card(a=PASSED, seconds=9), card(a=PASSED, seconds=1)], 5, ()) == []
    assert findings.of_reference([card(a=PASSED, seconds=9), card(a=PASSED, seconds=9)], 5, ["a"]) == []


def test_what_the_hand_out_earns() -> None:
    cards = {"script": card(a=Verdict.BLOCKED, b=PASSED), "notebook": card(a=Verdict.BROKEN, b=FAILED)}
    assert kinds(findings.of_template(cards)) == [(Kind.TEMPLATE, "script"), (Kind.TEMPLATE, "notebook")]


def test_check_that_an_empty_submission_passes_asserts_nothing() -> None:
    cards = {"it raises": card(a=FAILED, b=PASSED, c=PASSED), "it accepts": card(a=FAILED, b=FAILED, c=PASSED)}
    found = findings.of_shells(cards)
    assert kinds(found) == [(Kind.VACUOUS, "b"), (Kind.VACUOUS, "c")]
    assert found[1].text == "it passes where it raises and where it accepts"


# --- mutants ----------------------------------------------------------------------------------------------------------


def test_mutants_and_variants_that_are_not_as_they_must_be() -> None:
    outcomes = [
        outcome(case("a", "double"), problem="survives"),
        outcome(case("b"), problem="loses"),
        outcome(case("c")),
    ]
    assert kinds(findings.of_corpus(outcomes)) == [(Kind.MUTANT, "a"), (Kind.VARIANT, "b")]


def of_made(lost: Mapping[str, str], problems: Mapping[str, str], right: str, toys: Assignment) -> list[Finding]:
    """Findings where mutants, by what became of the statement, lost that check or had that problem."""
    found: list[tuple[MadeMutant, Outcome]] = []
    for made in MADE:
        checks = [lost[made.after]] if made.after in lost else []
        is_case = case_of_made(made, toys, right=made.after == right)
        found.append((made, outcome(is_case, *checks, problem=problems.get(made.after, ""))))
    return findings.of_made(found, SOURCE, toys)


def test_survivor_is_a_diff_of_a_line_and_the_check_that_might_see_it(toys: Assignment) -> None:
    lost = {"return 3 / x": "test_triple", "return 2 / x": "test_double"}
    (found,) = of_made(lost, {"return 1 * x": "loses points on nothing"}, "", toys)
    assert (found.kind, found.sees) == (Kind.SURVIVOR, "test_double")
    assert [line[0] for line in found.diff.splitlines()] == ["@", "-", "+"]


def test_check_that_might_see_it_is_one_of_the_question_though_nothing_is_seen(toys: Assignment) -> None:
    (found,) = of_made({}, {"return 6 * x": "loses points on nothing"}, "", toys)
    assert found.sees == "test_triple"


def test_made_mutant_that_costs_another_question_or_is_right_after_all(toys: Assignment) -> None:
    (elsewhere,) = of_made({"return 6 * x": "test_double"}, {"return 6 * x": "loses points on double"}, "", toys)
    assert elsewhere.kind is Kind.ELSEWHERE
    (listed,) = of_made({"return 6 * x": "test_triple"}, {"return 6 * x": "loses"}, "return 6 * x", toys)
    assert listed.kind is Kind.EQUIVALENT


def test_check_that_is_never_the_only_one_is_needed_by_nothing(toys: Assignment) -> None:
    outcomes = [outcome(case("a", "double"), "test_double"), outcome(case("b", "triple"), "test_double", "test_triple")]
    checks = findings.standings(toys, toys.names, outcomes, [card(test_double=PASSED, seconds=0.5)])
    assert [(c.name, c.kills, c.alone, c.seconds) for c in checks] == [
        ("test_double", 2, 1, 0.5),
        ("test_triple", 1, 0, 0.0),
    ]
    assert kinds(findings.of_standings(checks)) == [(Kind.UNNEEDED, "test_triple")]


def test_list_of_equivalents_has_nothing_for_nothing() -> None:
    assert kinds(findings.of_equivalents(["f: 'a' -> 'b'"])) == [(Kind.EQUIVALENT, "f: 'a' -> 'b'")]


def test_what_the_seed_decides() -> None:
    trial = SeedTrial(name="mutant", source="", questions=(), seeds=20, effort=Effort.QUICK)
    (found,) = findings.of_seeds([SeedResult(trial=trial, checks=Counter(a=20, b=3))])
    assert (found.kind, found.subject) == (Kind.SEED, "b")
    assert "mutant loses it with 3 of 20 seeds" in found.text
