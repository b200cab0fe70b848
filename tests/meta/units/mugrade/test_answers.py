"""The answers that a submission gives: each mistake changes one, and they end where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import Assignment
from grader.judge.grading import Grading
from grader.mugrade import answers
from grader.processes.workers import Workers
from grader.settings import Effort, Settings
from grader.submission import read_submission

PARTS = ("Linear", "CrossEntropyLoss", "SGD", "DataLoader", "epoch", "TwoLayerNN", "MultiLayerNN")
Collect = Callable[..., dict[str, answers.Answers]]


@pytest.fixture
def collect(assignment: Assignment, workers: Workers, tmp_path: Path) -> Collect:
    def run(source: str, *questions: str) -> dict[str, answers.Answers]:
        (tmp_path / "student.py").write_text(source)
        cases, only = answers.load_cases(assignment), assignment.select(questions)
        settings = Settings(only=only, effort=Effort.QUICK)
        with Grading(read_submission(tmp_path / "student.py"), assignment, settings, workers) as grading:
            grading.start(only)
            return {found.question: found for found in answers.collect(grading, cases, only)}

    return run


MISTAKES = {
    "Linear": ("X @ self.weight.T ", "-X @ self.weight.T "),
    "CrossEntropyLoss": (".mean()", ".sum()"),
    "SGD": ("p.grad.zero_()", "pass"),
    "DataLoader": ("        self.start = 0\n", "        pass\n"),
    "epoch": ("* len(y)  #", " #"),
    "TwoLayerNN": ("torch.relu(self.linear1(X))", "self.linear1(X)"),
    "MultiLayerNN": ("X = torch.relu(linear(X))", "X = linear(X)"),
}


def test_each_mistake_changes_an_answer_of_its_question(collect: Collect, reference_source: str) -> None:
    right = collect(reference_source)
    assert {found.problem for found in right.values()} == {""}
    assert right["eval_linear_model"].values == right["eval_two_layer_nn"].values == (True, [10000, 10])
    source = reference_source
    for old, new in MISTAKES.values():
        assert old in source
        source = source.replace(old, new, 1)
    wrong = collect(source, *PARTS)
    for name in PARTS:
        assert wrong[name].values != right[name].values, name
        assert len(wrong[name].values) == len(right[name].values), name


def test_answers_end_where_the_submission_fails(collect: Collect, parts_source: str) -> None:
    source = parts_source.replace("return X @ self.weight.T", "return X.mm(self.weight.T)")
    found = collect(source, "Linear")["Linear"]
    assert len(found.values) == 1
    assert found.problem.startswith("Linear(5, 3)(<tensor 2x4x5>) raised RuntimeError")


def test_value_that_the_cases_do_not_expect_ends_the_answers_alone(
    assignment: Assignment, workers: Workers, tmp_path: Path, parts_source: str
) -> None:
    def submit_broken(submission: Any) -> Iterator[object]:
        yield 1
        raise TypeError("about the submission's value")

    (tmp_path / "student.py").write_text(parts_source)
    with Grading(read_submission(tmp_path / "student.py"), assignment, Settings(only=("SGD",)), workers) as grading:
        grading.start(["SGD"])
        (found,) = answers.collect(grading, {"SGD": submit_broken}, ["SGD"])
    assert (found.values, found.problem) == ((1,), "its answers can't be computed (TypeError)")


def test_what_the_rules_forbid_is_not_answered(collect: Collect, parts_source: str) -> None:
    source = parts_source.replace("return X @ self.weight.T", "return torch.nn.functional.linear(X, self.weight)")
    found = collect(source, "Linear")["Linear"]
    assert found.values == ()
    assert "uses torch.nn.functional.linear" in found.problem


def test_object_that_claims_to_equal_all_is_no_answer(collect: Collect, parts_source: str) -> None:
    yes = "\nclass Yes:\n    def __eq__(self, other):\n        return True\n\nLinear.forward = lambda self, X: Yes()\n"
    assert collect(parts_source + yes, "Linear")["Linear"].values[0] is None


def test_tensor_of_an_own_class_is_its_data(collect: Collect, parts_source: str) -> None:
    own = "\nclass Own(torch.Tensor):\n    pass\n\nLinear.forward = lambda self, X: X.as_subclass(Own)\n"
    (value, *_) = collect(parts_source + own, "Linear")["Linear"].values
    assert isinstance(value, dict)
    assert value["_encoded_type"] == "np.ndarray"
