"""What the common mistakes cost: each the checks of its own sentence, and docs/checks.md tells the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from grader.assignment import Assignment
from grader.doctor.processes import Bench
from grader.doctor.seeds import SeedTrial, run_seeds
from grader.processes.workers import Workers
from grader.settings import Effort
from tests.meta import mutants
from tests.meta.tools.repository import ROOT

COSTS: Final[Mapping[str, tuple[str, ...]]] = {  # the checks that a mutant loses
    "linear-stored-transposed": ("test_weight",),
    "linear-zero-bias": ("test_weight",),
    "linear-plain-tensor": ("test_weight",),
    "linear-no-transpose": ("test_forward",),
    "linear-unscaled-init": ("test_initial_weights",),
    "linear-variance-for-std": ("test_initial_weights",),
    "linear-detached-weight": ("test_gradients",),
    "loss-sum": ("test_mean_loss",),
    "loss-sign": ("test_mean_loss",),
    "loss-per-example": ("test_mean_loss",),
    "loss-no-shift": ("test_large_logits",),
    "loss-log-of-softmax": ("test_large_logits",),
    "loss-epsilon-in-log": ("test_large_logits",),
    "loss-python-float": ("test_loss_gradient",),
    "sgd-ascent": ("test_step",),
    "sgd-no-learning-rate": ("test_step",),
    "sgd-no-no-grad": ("test_step_is_not_recorded",),
    "sgd-stored-generator": ("test_parameters_from_a_generator",),
    "sgd-zero-grad-does-nothing": ("test_zero_grad",),
    "sgd-zero-grad-needs-gradient": ("test_zero_grad",),
    "sgd-other-argument-name": ("test_training_run",),
    "loader-drops-last": ("test_batches",),
    "loader-empty-last": ("test_batches",),
    "loader-swapped": ("test_batches",),
    "loader-no-reset": ("test_restart",),
    "loader-generator": ("test_iter_returns_self",),
    "loader-index-error": ("test_batches", "test_stays_exhausted"),
    "loader-list": ("test_dtypes",),
    "loader-float-labels": ("test_dtypes",),
    "epoch-loss-not-weighted": ("test_average_loss",),
    "epoch-loss-mean-of-batch-means": ("test_average_loss",),
    "epoch-mean-of-batch-means": ("test_average_loss", "test_average_error"),
    "epoch-accuracy": ("test_average_error",),
    "epoch-error-tensor": ("test_average_error",),
    "epoch-no-zero-grad": ("test_training_updates",),
    "epoch-loss-after-step": ("test_measured_before_the_step",),
    "epoch-opt-not-checked": ("test_evaluation_changes_nothing", "test_any_iterable"),
    "epoch-loss-shadowed": ("test_average_loss", "test_average_error", "test_training_updates"),
    "two-layer-no-relu": ("test_two_layer_forward",),
    "two-layer-relu-on-output": ("test_two_layer_forward",),
    "two-layer-softmax-output": ("test_two_layer_forward",),
    "two-layer-swapped-dims": ("test_two_layers",),
    "two-layer-arguments-swapped": ("test_two_layers",),
    "two-layer-fixed-hidden-dim": ("test_two_layers",),
    "two-layer-python-list": ("test_two_layers",),
    "two-layer-detached": ("test_two_layer_gradients",),
    "two-layer-flattened": ("test_two_layer_leading_dimensions",),
    "multi-layer-python-list": ("test_linears",),
    "multi-layer-swapped-dims": ("test_linears",),
    "multi-layer-list-extended": ("test_linears",),
    "multi-layer-last-relu-missing": ("test_multi_layer_forward",),
    "multi-layer-relu-on-output": ("test_multi_layer_forward", "test_no_hidden_layer"),
    "multi-layer-needs-hidden": ("test_no_hidden_layer",),
    "multi-layer-detached": ("test_multi_layer_gradients",),
    "multi-layer-flattened": ("test_multi_layer_leading_dimensions",),
}
BY_NAME: Final = {mutant.name: mutant for mutant in mutants.all_mutants()}


@pytest.fixture(scope="module")
def bench(assignment: Assignment, reference_source: str, workers: Workers) -> Bench:
    return Bench(assignment, reference_source, workers)


@pytest.mark.parametrize("name", COSTS)
def test_common_mistake_costs_its_own_checks(name: str, reference_source: str, bench: Bench) -> None:
    mutant = BY_NAME[name]
    source = mutants.apply(reference_source, mutant)
    trial = SeedTrial(name=name, source=source, questions=mutant.questions, seeds=1, effort=Effort.QUICK)
    lost = run_seeds(bench, trial)
    assert sorted(lost.checks) == sorted(COSTS[name])


def row(name: str, assignment: Assignment) -> str:
    """The line of the table in the docs."""
    mutant, checks = BY_NAME[name], COSTS[name]
    (question,) = (assignment.question(question) for question in mutant.questions)
    lost, of = sum(question.points[check] for check in checks), sum(question.points.values())
    told = ", ".join(f"`{check}`" for check in checks)
    return f"| {mutant.mistake} | {question.name} | {told} | {lost:g} of {of:g} |"


def test_docs_tell_what_they_cost(assignment: Assignment) -> None:
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    section = text.split("## What common mistakes cost")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert rows == [row(name, assignment) for name in COSTS]
