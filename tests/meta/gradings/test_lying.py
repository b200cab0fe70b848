"""Whatever a worker sends in place of a value, a check fails: it never breaks, as one does that has a fault of ours."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.assignment import Assignment
from grader.boundary import wire
from grader.boundary.values import Opaque
from grader.scorecard import Scorecard, Verdict
from tests.meta.conftest import Grade

LIKE_NOTHING: tuple[object, ...] = (
    *(None, True, 7, 2**62, -(2**63), -1.5, float("nan"), float("inf"), "x", [], {"a": 1}, slice(1), ...),
    *(torch.float32, Opaque("tensor of a subclass"), torch.empty(0), torch.tensor(1.0), torch.zeros(3, 0, 2)),
)
LIKE_A_TENSOR: tuple[Callable[[torch.Tensor], torch.Tensor], ...] = (
    *(torch.Tensor.double, torch.Tensor.half, torch.Tensor.bfloat16, torch.Tensor.long, torch.Tensor.bool),
    *(torch.Tensor.clone, torch.Tensor.flatten, torch.zeros_like),
    lambda t: t[..., None],
    lambda t: t.mT.contiguous() if t.dim() > 1 else t[None],
    lambda t: t.float() * float("nan"),
    lambda t: t.float() * float("inf"),
    lambda t: torch.full_like(t, 1e-45, dtype=torch.float32),
    lambda t: torch.full_like(t, 1e300, dtype=torch.float64),
)


def lie(value: object, draw: random.Random) -> object:
    """Something else, of which the wire can carry every part."""
    kinds: list[Callable[[], object]] = [lambda: draw.choice(LIKE_NOTHING), lambda: [value], lambda: (value, value)]
    if isinstance(value, torch.Tensor):
        kinds += 2 * [lambda: draw.choice(LIKE_A_TENSOR)(value)]
    if isinstance(value, list | tuple) and value:
        kinds += 3 * [lambda: type(value)(lie(item, draw) if draw.random() < 0.5 else item for item in value)]
        kinds += [lambda: value[:-1], lambda: type(value)([*value, *value])]
    return draw.choice(kinds)()


@pytest.mark.parametrize("chance", [0.003, 0.01, 0.03, 0.1, 0.3])
def test_values_that_lie_break_no_check(
    chance: float, grade_source: Grade, parts_source: str, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, unpack = random.Random(chance), wire.unpack

    def unpack_or_lie(*arguments: Any) -> object:
        value = unpack(*arguments)
        is_inner = len(arguments) > 3
        return lie(value, draw) if not is_inner and draw.random() < chance else value

    monkeypatch.setattr(wire, "unpack", unpack_or_lie)
    parts = [question.name for question in assignment.questions if not question.background]
    checks = grade_source(parts_source, only=parts).checks
    assert [check.message for check in checks if check.verdict not in (Verdict.PASSED, Verdict.FAILED)] == []
    assert Verdict.FAILED in [check.verdict for check in checks]


def changed_linear(source: str, lines: str) -> str:
    assert source.count("        return X @ self.weight.T") == 1
    return source.replace("        return X @ self.weight.T", lines)


TURNS_ITS_WEIGHT = """\
        self.weight.data = self.weight.data.T
        return X @ self.weight"""
IS_READ_ONCE = """\
        return X @ self.kept.T

    @property
    def weight(self):
        self.reads = getattr(self, "reads", 0) + 1
        return self.kept if self.reads < 3 else 7"""


@pytest.mark.parametrize("kind", ["turns its weight", "weight is a number at its third read"])
def test_layers_that_change_while_they_are_looked_at_break_no_check(
    kind: str, grade_source: Grade, parts_source: str
) -> None:
    source = changed_linear(parts_source, TURNS_ITS_WEIGHT if kind == "turns its weight" else IS_READ_ONCE)
    if kind != "turns its weight":
        source = source.replace("self.weight = Parameter(", "self.kept = Parameter(", 1)
    card: Scorecard = grade_source(source, only=["Linear", "TwoLayerNN", "MultiLayerNN"])
    assert {check.verdict for check in card.questions[0].checks} <= {Verdict.PASSED, Verdict.FAILED, Verdict.CRASHED}
    assert not card.is_provisional
    assert card.questions[0].score < card.questions[0].max_score
