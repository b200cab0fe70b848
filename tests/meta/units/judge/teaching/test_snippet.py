"""Snippets: what a student pastes fails below the wrong code and not below the reference, and is small.

A sample of each part; `nox -s snippets` does the same with every mutant.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.scorecard import CheckResult, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta import mutants
from tests.meta.measures import run_snippets

SAMPLE = (
    "linear-no-transpose",
    "linear-bias",
    "linear-cached-weight",
    "linear-variance-for-std",
    "loss-sum",
    "loss-no-shift",
    "loss-detached",
    "sgd-rebinding",
    "sgd-momentum",
    "sgd-zero-grad-does-nothing",
    "loader-drops-last",
    "loader-no-reset",
    "loader-new-iterator",
    "epoch-mean-of-batch-means",
    "epoch-zero-grad-once",
    "epoch-evaluation-leaves-gradients",
    "two-layer-no-relu",
    "two-layer-detached",
    "two-layer-python-list",
    "two-layer-second-linear-class",
    "multi-layer-relu-on-output",
    "multi-layer-layers-made-in-forward",
    "multi-layer-list-extended",
    "multi-layer-raw-weights",
)
Lost = Mapping[str, Sequence[CheckResult]]


@pytest.fixture(scope="module")
def lost(
    assignment: Assignment, reference_source: str, workers: Workers, tmp_path_factory: pytest.TempPathFactory
) -> Lost:
    """The lost checks of each mutant of the sample."""
    found = {}
    path = tmp_path_factory.mktemp("mutants") / "hw3.py"
    for mutant in mutants.all_mutants():
        if mutant.name in SAMPLE:
            path.write_text(mutants.apply(reference_source, mutant))
            settings = Settings(effort=Effort.QUICK, only=mutant.questions)
            card = grade(read_submission(path), assignment, settings, workers=workers)
            found[mutant.name] = [c for q in card.questions for c in q.checks if c.verdict is not Verdict.PASSED]
    return found


def test_each_mutant_of_the_sample_gets_a_snippet(lost: Lost) -> None:
    assert [name for name in SAMPLE if not any(check.snippet for check in lost[name])] == []


def test_snippet_fails_below_the_mutant_and_not_below_the_reference(
    lost: Lost, reference_source: str, workers: Workers
) -> None:
    cases = [(name, check) for name, checks in lost.items() for check in checks if check.snippet]
    by_name = {mutant.name: mutants.apply(reference_source, mutant) for mutant in mutants.all_mutants()}
    programs = [
        f"{run_snippets.without_training(source)}\n\n{check.snippet}"
        for name, check in cases
        for source in (by_name[name], reference_source)
    ]
    ends = run_snippets.endings(programs, workers.data["mnist"])
    wrong = [
        f"{name} {check.name}: {on_mutant or 'passes'} / {on_reference or 'passes'}\n{check.snippet}"
        for (name, check), on_mutant, on_reference in zip(cases, ends[::2], ends[1::2], strict=True)
        if not on_mutant or on_mutant in ("hangs", "SyntaxError", "NameError") or on_reference
    ]
    assert wrong == []


def test_snippets_of_a_model_that_knows_the_test_images_fail_on_it(
    assignment: Assignment, reference_source: str, workers: Workers, tmp_path: Path
) -> None:
    question = "eval_linear_model"
    mutant = next(m for m in mutants.all_mutants() if m.name == "eval-linear-table-of-test-images")
    source, path = mutants.apply(reference_source, mutant), tmp_path / "hw3.py"
    path.write_text(source)
    card = grade(read_submission(path), assignment, Settings(effort=Effort.QUICK, only=(question,)), workers=workers)
    snippets = [check.snippet for check in card.checks if check.verdict is Verdict.FAILED]
    programs = [
        f"{run_snippets.without_training(text, question)}\n\n{snippet}"
        for snippet in snippets
        for text in (source, reference_source)
    ]
    assert run_snippets.endings(programs, workers.data["mnist"]) == ["AssertionError", ""] * 2


def test_snippet_has_no_tensor_with_more_than_20_entries(lost: Lost) -> None:
    """What Hypothesis draws is shrunk to 8 at most; an example that a check names for its mistake is not."""
    sizes = {
        f"{name} {check.name}": run_snippets.largest_tensor(check.snippet)
        for name, checks in lost.items()
        for check in checks
        if check.name != "test_default_batch_size"  # which takes 100 rows, written as a torch.arange
    }
    assert {case: size for case, size in sizes.items() if size > 20} == {}


def test_numbers_in_a_snippet_are_integers_or_eighths(lost: Lost) -> None:
    odd = {
        f"{name} {check.name}": numbers
        for name, checks in lost.items()
        for check in checks
        if (numbers := [n for n in run_snippets.inputs(check.snippet) if 8 * n != int(8 * n)])
    }
    assert odd == {}
