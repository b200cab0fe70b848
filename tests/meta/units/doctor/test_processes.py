"""What a bench grades of a case, and what it leaves out."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.doctor.cases import Case
from grader.doctor.processes import Bench, Processes, Trial, differing_questions, needed_statements, run_case, run_trial
from grader.settings import Effort, Settings
from tests.meta.tools.checks_asked import checks_asked
from tests.meta.tools.repository import ROOT
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
    asked = checks_asked(monkeypatch)
    wrong = [
        reference_source.replace("self.linear2 = Linear(hidden_dim, out_dim)", "self.linear2 = Linear(hidden_dim, 1)"),
        reference_source.replace("torch.relu(self.linear1(X))", "self.linear1(X)"),
    ]
    assert [bench.run(case(source, "TwoLayerNN")).problem for source in wrong] == ["", ""]
    assert "Linear" in {case.question for case in asked}  # of the reference
    asked.clear()
    bench.run(case(wrong[0], "TwoLayerNN"))
    assert {case.question for case in asked} == {"TwoLayerNN"}


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


POOL = """
import sys
from pathlib import Path
from grader.assignment import load_assignment
from grader.doctor.processes import Processes
from tests.meta.tools.toys import DOUBLE, TRIPLE
from tests.meta.units.doctor.test_processes import process_of

if __name__ == "__main__":
    with Processes(load_assignment(Path(sys.argv[1])), DOUBLE + TRIPLE, 1) as pool:
        print(*pool.each(process_of, [None]), flush=True)
        sys.stdin.read()
"""


def process_of(bench: Bench, job: None) -> int:
    """The process that has the bench."""
    return os.getpid()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="there is nothing to wait with")
def test_process_ends_with_the_one_that_made_it(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    command = [sys.executable, str(script), str(two_toys(tmp_path))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as made:
        assert made.stdout is not None
        descriptor = os.pidfd_open(int(made.stdout.readline()))
        made.kill()
    ended, _, _ = select.select([descriptor], [], [], 60)
    os.close(descriptor)
    assert ended
