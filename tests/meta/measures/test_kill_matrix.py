"""What the kill matrix reads of the doctor, and what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.doctor import formats
from grader.doctor.cases import CaseStanding
from grader.doctor.corpus import right_ones, wrong_ones
from grader.doctor.equivalents import read_equivalents
from grader.doctor.examination import Examination, Training
from grader.doctor.findings import CheckStanding
from tests.meta import mutants, variants
from tests.meta.measures.homework import smaller
from tests.meta.measures.kill_matrix import Examined, idle, matrix
from tests.meta.mutants import anchors
from tests.meta.tools import proof

STEP = {"test_step": "failed: no"}
KILLED = CaseStanding(name="sgd-a", loses=("SGD",), train=False, lost=STEP, problem="")
ALIVE = CaseStanding(name="sgd-b", loses=("SGD",), train=False, lost={}, problem="loses points on nothing")
RIGHT = CaseStanding(name="right", loses=(), train=False, lost={}, problem="")


def test_matrix_has_a_line_for_each_mutant_and_the_counts() -> None:
    assert [*matrix([KILLED, ALIVE, RIGHT])] == [
        "Mutants x checks (x: killed by it), the columns are: test_step",
        "  x  sgd-a",
        "  .  sgd-b",
        "1 of 2 mutants lose what they name",
        "1 of 1 variants have full marks",
    ]


def test_what_the_doctor_writes_is_read() -> None:
    checks = tuple(
        CheckStanding(question="SGD", name=name, points=1.0, kills=2, alone=alone, seconds=0.1)
        for name, alone in (("test_step", 1), ("test_idle", 0))
    )
    written = Examination(
        assignment="hw3", title="", suite="", looked_at={}, checks=checks, cases=(KILLED, RIGHT), findings=()
    )
    found = Examined.read(json.loads(formats.as_json(written)))
    assert (found.cases, found.clean) == ((KILLED, RIGHT), True)
    assert idle(found) == ["test_idle"]


@pytest.mark.parametrize("train", Training)
def test_proof_has_each_mutant_and_variant_as_the_doctor_reads_them(tmp_path: Path, train: Training) -> None:
    names = proof.write(tmp_path / proof.NAME, train)
    assignment = load_assignment(tmp_path / proof.NAME)
    assert assignment.reference is not None
    assert assignment.proof is not None
    reference = assignment.reference.read_text(encoding="utf-8")
    wrong = {one.name: one for one in wrong_ones(assignment.proof, assignment, reference)}
    right = [one.name for one in right_ones(assignment.proof, reference)]
    trained = {question.name for question in assignment.questions if question.background}
    kinds = {Training.NONE: {False}, Training.OWN: {True}, Training.ALL: {False, True}}[train]
    every = {m.name: m for m in mutants.all_mutants() if bool(trained & {*m.questions}) in kinds}
    assert {*names} == {*wrong, *right}
    assert {*wrong} == {*every}
    assert {*right} == {v.name for v in variants.all_variants() if train is not Training.OWN}
    assert {name: ({*one.loses}, one.forbidden) for name, one in wrong.items()} == {
        name: ({*mutant.questions}, mutant.verdict == "forbidden") for name, mutant in every.items()
    }
    listed = read_equivalents(assignment.proof / "equivalents.toml")
    assert all(bool(trained & entry.questions) in kinds for entry in listed)
    assert listed or train is Training.OWN  # nobody has found one of a training


def test_nothing_is_trained_where_only_the_parts_are_graded() -> None:
    assert smaller(anchors.LINEAR_TRAINED, train=False).endswith("epochs=0)")


def test_smaller_network_stands_in_the_reference_and_in_mutants_that_train_as_it_does() -> None:
    assert smaller(anchors.TWO_LAYER_TRAINED).count("TwoLayerNN(784, 150, 10)") == 1
    other = "two_layer_model = train(Model(784, 300, 10), learning_rate=0.3, epochs=6)"
    assert smaller(other) == other
