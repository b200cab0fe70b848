"""What a suite's source says: functions, what they ask of the submission, names of torch."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.judge.names_used import bound_at_top, functions_in, missing_in_torch, misspelled_in_torch, uses_in

SOURCE = """
from grader.suite import check

def test_a(submission, values):
    x = submission.Linear(3, 2).weight
    submission.torch.nn.functional.relu(x)
    submission.flag = 3
    other.Linear

def helper(linear):
    return linear.submission.weight

class TestMore:
    def test_b(self, submission):
        return submission.SGD
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "test_suite.py"
    path.write_text(SOURCE)
    return path


def test_uses_are_told_with_function_and_line(file: Path) -> None:
    found = {(use.function, use.place, *use.names) for use in uses_in(file)}
    assert found == {
        ("test_a", f"{file}:5", "Linear"),
        ("test_a", f"{file}:6", "torch", "nn", "functional", "relu"),
        ("test_b", f"{file}:15", "SGD"),
    }


def test_functions_of_the_file_and_of_its_classes_are_found(file: Path) -> None:
    assert [*functions_in(file)] == [("test_a", 4), ("helper", 10), ("test_b", 14)]


def test_file_that_is_changed_or_is_no_python_is_read_anew(file: Path) -> None:
    assert bound_at_top(file) is not None
    file.write_text("def f(:")
    assert [*functions_in(file), *uses_in(file)] == []
    assert bound_at_top(file) is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b as c, d.e\nfrom f import g", {"c", "d", "g"}),
        ("if x:\n    class A: pass\nelse:\n    A = B = 1", {"A", "B"}),
        ("from f import *\nclass A: pass", None),
        ("", None),
    ],
)
def test_names_of_a_reference_are_those_it_may_bind(file: Path, source: str, names: set[str] | None) -> None:
    file.write_text(source)
    assert bound_at_top(file) == names


def test_names_that_torch_lacks_are_told_with_what_may_be_meant() -> None:
    assert missing_in_torch(["nn", "Linear", "forward"]) is None
    assert missing_in_torch(["nn", "Linaer"]) == ("nn.Linaer", "did you mean Linear?")
    assert missing_in_torch(["zzzzzz", "x"]) == ("zzzzzz", "")
    assert missing_in_torch(["pi", "x"]) is None  # what an object has is not known


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("torch.nn.Module", ""),
        ("torch.nn.Modul", "torch.nn.Module"),
        ("torch.nn.Moduel", "torch.nn.Module"),
        ("torch.nn.linear", "torch.nn.Linear"),
        ("torch.optm.SGD", "torch.optim"),
        ("torch.nn.NewInTorchNine", ""),  # another version may have it
        ("torch._fused_adax_", ""),
        ("sklearn.anything", ""),
    ],
)
def test_only_what_looks_like_a_slip_is_one(name: str, meant: str) -> None:
    assert misspelled_in_torch(name) == meant
