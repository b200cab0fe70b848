"""The doctor at work: a homework that `gradebook new` makes is clean, and one that is bad on purpose is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.doctor.examination import Examination, Extent, examine
from grader.doctor.findings import Kind
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.gradebook import new
from grader.settings import Effort
from tests.meta.tools.bad_suite import bad_suite
from tests.meta.tools.toys import DOUBLE, TRIPLE, two_toys

Told = list[tuple[str, int, int]]
SEEDS = 4


def found(examination: Examination, kind: Kind) -> set[str]:
    """What the findings of that kind are about."""
    return {finding.subject for finding in examination.findings if finding.kind is kind}


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Examination:
    """A suite that is bad on purpose, with all of its mutants and some seeds."""
    assignment = load_assignment(bad_suite(tmp_path_factory.mktemp("bad")))
    extent = Extent(seeds=SEEDS, effort=Effort.QUICK, slow_s=0.25)
    return examine(assignment, extent, lambda label, number, total: None)


def test_check_that_asserts_nothing_is_found_without_an_authors_work(bad: Examination) -> None:
    assert found(bad, Kind.VACUOUS) == {"test_nothing"}


def test_survivor_is_found_and_told_with_the_check_that_might_see_it(bad: Examination) -> None:
    survivors = [finding for finding in bad.findings if finding.kind is Kind.SURVIVOR]
    assert any(finding.diff.endswith("+        return 4 * x") for finding in survivors)  # test_triple asks for 2 alone
    assert {finding.sees for finding in survivors} == {"test_triple"}


def test_verdict_that_the_seed_decides_is_found(bad: Examination) -> None:
    assert "test_lucky" in found(bad, Kind.SEED)
    (told,) = [finding.text for finding in bad.findings if finding.kind is Kind.SEED]
    assert "wrong-at-one-number loses it with" in told


def test_check_that_no_mutant_needs_is_found(bad: Examination) -> None:
    unneeded = found(bad, Kind.UNNEEDED)
    assert {"test_again", "test_nothing", "test_double"} <= unneeded
    assert "test_triple" not in unneeded


def test_slow_check_is_found(bad: Examination) -> None:
    assert "test_slow" in found(bad, Kind.SLOW)


def test_mutant_and_variant_that_are_not_as_they_must_be_are_found(bad: Examination) -> None:
    assert "as-it-is" in found(bad, Kind.MUTANT)  # the other checks see it, too
    assert found(bad, Kind.VARIANT) == {"wrong-for-zero"}


def test_right_reference_and_empty_hand_out_are_no_findings(bad: Examination) -> None:
    assert not found(bad, Kind.REFERENCE) | found(bad, Kind.TEMPLATE) | found(bad, Kind.FLAKY)
    assert bad.looked_at["forms of the hand-out"] == 3
    assert not bad.is_clean


def test_findings_come_in_the_order_in_which_they_are_mended(bad: Examination) -> None:
    order = [[*Kind].index(finding.kind) for finding in bad.findings]
    assert order == sorted(order)


def test_cases_that_are_asked_for_are_graded_and_nothing_else(tmp_path: Path) -> None:
    assignment, told = load_assignment(bad_suite(tmp_path)), Told()
    extent = Extent(effort=Effort.QUICK, cases=("as-it", "zero"))
    examination = examine(assignment, extent, lambda *counted: told.append(counted))
    assert {case.name for case in examination.cases} == {"as-it-is", "wrong-for-zero"}
    assert {label for label, _, _ in told} == {"mutants and variants"}
    assert found(examination, Kind.VARIANT) == {"wrong-for-zero"}
    assert not examination.checks
    with pytest.raises(SettingsInvalid, match="no mutant and no variant has nothing-like-it in its name"):
        examine(assignment, Extent(cases=("nothing-like-it",)), lambda *counted: None)


def test_cases_are_written_with_what_they_lost(bad: Examination) -> None:
    lost = {case.name: {*case.lost} for case in bad.cases}
    assert {"test_double", "test_again"} <= lost["as-it-is"]


def test_homework_that_is_made_is_clean(tmp_path: Path) -> None:
    new.write("hw9", tmp_path / "hw9")
    told: Told = []
    extent = Extent(seeds=2, effort=Effort.QUICK)
    examination = examine(load_assignment(tmp_path / "hw9"), extent, lambda *counted: told.append(counted))
    assert examination.findings == ()
    assert examination.notes == ()
    assert examination.suite.startswith("hw9 ")
    assert examination.looked_at["mutants"] == examination.looked_at["variants"] == 2
    assert examination.looked_at["made mutants"] == sum(label == "made mutants" for label, _, _ in told)
    assert ("empty submissions", 2, 2) in told


def test_check_that_does_not_work_is_mended_before_anything_else(tmp_path: Path) -> None:
    toys = two_toys(tmp_path)
    (toys / "reference.py").write_text(DOUBLE + TRIPLE)
    with (toys / "test_toys.py").open("a") as file:
        file.write("\n    {}['no such key']\n")
    examination = examine(load_assignment(toys), Extent(seeds=1, effort=Effort.QUICK), lambda *counted: None)
    assert found(examination, Kind.REFERENCE) == {"test_triple"}
    assert [note.partition(":")[0] for note in examination.notes] == ["all else"]


def test_suite_without_a_reference_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match="has no reference"):
        examine(load_assignment(two_toys(tmp_path)), Extent(), lambda *counted: None)
