"""What a bench grades of a case, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.doctor.cases import Case
from grader.doctor.processes import Bench, Processes, Trial, differing_questions, needed_statements, run_case, run_trial
from grader.judge.attempt import Attempt
from grader.judge.pytest_run import SuiteRun
from grader.judge.run import CheckCase
from grader.scorecard import CheckResult
from grader.settings import Effort, Settings
from tests.meta.tools.toys import DOUBLE, TRIPLE, two_toys


def case(source: str, *loses: str) -> Case:
    return Case(name="case", source=source, loses=frozenset(loses), verdict="", effort=Effort.QUICK, train=False)


def test_only_what_differs_is_graded(bench: Bench, reference_source: str) -> None:
    wrong = reference_source.replace("return X @ self.weight.T", "return X @ self.weight.T + 1")
    assert "Linear" in bench.differing(wrong)
    assert "SGD" not in bench.differing(wrong)
    assert bench.differing(reference_source) == []
    outcome = bench.run(case(wrong, "Linear"))
    assert outcome.problem == ""
    assert "test_forward" in outcome.lost
    assert bench.run(case(reference_source)).lost == {}


def test_needed_part_that_is_the_reference_s_is_known(
    bench: Bench, reference_source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    run_check = SuiteRun.run_check

    def noted(run: SuiteRun, case: CheckCase, attempt: Attempt) -> CheckResult:
        asked.append(case.question)
        return run_check(run, case, attempt)

    monkeypatch.setattr(SuiteRun, "run_check", noted)
    wrong = [
        reference_source.replace("self.linear2 = Linear(hidden_dim, out_dim)", "self.linear2 = Linear(hidden_dim, 1)"),
        reference_source.replace("torch.relu(self.linear1(X))", "self.linear1(X)"),
    ]
    assert [bench.run(case(source, "TwoLayerNN")).problem for source in wrong] == ["", ""]
    assert "Linear" in asked  # of the reference
    asked.clear()
    bench.run(case(wrong[0], "TwoLayerNN"))
    assert {*asked} == {"TwoLayerNN"}


def test_lessons_are_found_where_they_are_wanted(bench: Bench, reference_source: str) -> None:
    wrong = case(reference_source.replace("return X @ self.weight.T", "return X @ self.weight.T + 1"), "Linear")
    told, untold = bench.run(replace(wrong, lessons=True)), bench.run(wrong)
    assert {*told.lost} == {*untold.lost}
    assert any(told.snippets.values())
    assert not any(untold.snippets.values())


def test_processes_give_results_in_the_order_of_the_jobs(tmp_path: Path) -> None:
    assignment, reference = load_assignment(two_toys(tmp_path)), DOUBLE + TRIPLE
    wrong = reference.replace("2 * x", "x")
    with Processes(assignment, reference, 2) as pool:
        outcomes = [*pool.each(run_case, [case(wrong, "double"), case(reference)])]
        assert [(o.problem, [*o.lost]) for o in outcomes] == [("", ["test_double"]), ("", [])]
        assert [*pool.each(differing_questions, [wrong])] == [["double"]]
        assert [*pool.each(needed_statements, [reference])] == [{"double": (0,), "triple": (1,)}]
        (card,) = pool.each(run_trial, [Trial(name="right", source=reference, settings=Settings())])
        assert card.score == card.max_score == 6
