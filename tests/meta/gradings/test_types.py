"""Types of results: what is of a type by its base class counts; another container costs the check that is about it."""

from __future__ import annotations

import pytest

from grader.scorecard import Verdict
from tests.meta.conftest import Grade
from tests.meta.mutants import anchors as at

EPOCH = at.EPOCH_RETURN.removeprefix("return ")
BATCH = at.LOADER_RETURN.removeprefix("return ")
SUBCLASSES = """
import collections
import numpy as np

Result = collections.namedtuple("Result", "loss error")
Batch = collections.namedtuple("Batch", "X y")


class Values(torch.Tensor):
    pass

"""
OF_A_SUBCLASS = {
    "numpy.float64": (EPOCH, "np.float64(total_loss / count), np.mean([total_error / count])"),
    "a named tuple, of epoch": (EPOCH, f"Result({EPOCH})"),
    "a named tuple, of the loader": (BATCH, f"Batch({BATCH})"),
    "tensors of a subclass, of the loader": (
        BATCH,
        "self.X[batch].as_subclass(Values), self.y[batch].as_subclass(Values)",
    ),
    "a tensor of a subclass, of Linear": ("X @ self.weight.T", "(X @ self.weight.T).as_subclass(Values)"),
}


@pytest.mark.parametrize("case", OF_A_SUBCLASS)
def test_what_is_of_the_asked_type_by_its_base_class_loses_nothing(
    case: str, grade_source: Grade, parts_source: str
) -> None:
    right, other = OF_A_SUBCLASS[case]
    source = parts_source.replace(f"return {right}", f"return {other}").replace(at.IMPORTS, at.IMPORTS + SUBCLASSES)
    assert source.count(other) == 1
    checks = grade_source(source, only=["Linear", "DataLoader", "epoch"]).checks
    assert [check.message for check in checks if check.verdict is not Verdict.PASSED] == []


def test_batches_that_are_lists_cost_the_check_of_tuples_alone(grade_source: Grade, parts_source: str) -> None:
    source = parts_source.replace(at.LOADER_RETURN, f"return [{BATCH}]")
    assert source != parts_source
    lost = [check for check in grade_source(source, only=["DataLoader"]).checks if check.verdict is not Verdict.PASSED]
    assert [check.name for check in lost] == ["test_dtypes"]
    assert lost[0].message.endswith("expected a tuple")
    assert "isinstance" in lost[0].snippet


def test_number_of_numpy_that_is_no_float_is_told_by_its_type(grade_source: Grade, parts_source: str) -> None:
    source = parts_source.replace(at.EPOCH_RETURN, "import numpy as np\n    return np.float32(total_loss / count), 0.0")
    check = grade_source(source, only=["epoch"]).checks[0]
    assert check.message.endswith("numpy.float32, expected a Python float")
