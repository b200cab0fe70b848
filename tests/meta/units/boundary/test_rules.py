"""The rules: the longest entry decides, and wrong ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.boundary.rules import Rules
from grader.errors import AssignmentInvalid


@pytest.mark.parametrize(
    ("name", "banned"),
    [
        ("torch.nn.Linear", True),
        ("torch.nn.Linear.forward", True),
        ("torch.nn.functional.relu", True),
        ("torch.nn.functional", False),
        ("torch.nn", False),
        ("torch.nn.Module", False),
        ("torch.nn.Module.parameters", False),
        ("torch.nn.ModuleList", False),
        ("torch.nn.ModuleDict", True),
        ("torch.nn.parameter.Parameter", False),
        ("torch.nn.parameter.UninitializedParameter", True),
        ("torch.relu", False),
        ("torch.linalg.norm", False),
        ("torch.optimize", False),
        ("torch.utils.data.DataLoader", True),
        ("torch.utils.checkpoint.checkpoint", False),
        ("torchvision.datasets.MNIST", False),
        ("torchvision.ops.MLP", True),
        ("sklearn.linear_model.SGDClassifier", True),
        ("torch.distributions.Categorical", True),
        ("torch.distributions", False),
        ("torch.distributed.is_available", False),
        ("torch.testing.assert_close", False),
        ("torch.hub.set_dir", False),
        ("scipy.stats.norm", False),
        ("einops.rearrange", False),
        ("numpy.random.randn", False),
        ("", False),
    ],
)
def test_longest_entry_decides(assignment: Assignment, name: str, banned: bool) -> None:
    assert assignment.rules.bans(name) is banned


def test_rules_survive_the_way_to_the_worker(assignment: Assignment) -> None:
    assert Rules.from_dict(assignment.rules.as_dict()) == assignment.rules


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('banned = ["torch.nn.*"]\nallowed = []', "lacks 'advice'"),
        ('banned = "torch.nn.*"\nallowed = []\nadvice = ""', "lists of names"),
        ('banned = [1]\nallowed = []\nadvice = ""', "no name"),
        ('baned = ["torch.nn.*"]', "unknown key 'baned'"),
    ],
)
def test_wrong_rules_are_refused(tmp_path: Path, table: str, problem: str) -> None:
    (tmp_path / "assignment.toml").write_text(
        f'title = "A"\nreference = "r.py"\nlimit_s = 1\n[rules]\n{table}\n'
        '[[question]]\nname = "Linear"\n[question.checks]\ntest = 1\n'
    )
    with pytest.raises(AssignmentInvalid, match=problem):
        load_assignment(tmp_path)


def test_name_of_any_length_is_looked_at_in_no_time() -> None:
    """Quadratic, a name of 31,000 dots took two seconds: here a thousand of them would take an hour."""
    rules = Rules(banned=frozenset({"torch.nn.*"}), allowed=frozenset({"torch.nn.Module"}))
    tail = ".a" * 31_000
    for _ in range(1000):
        assert rules.bans(f"torch.nn.Linear{tail}")
    assert not rules.bans(f"torch.nn.Module{tail}")
    assert not rules.bans(f"torch{tail}")


def test_entry_that_no_name_reaches_is_refused() -> None:
    with pytest.raises(TypeError):
        Rules.from_dict({"banned": ["torch" + ".a" * 32], "allowed": [], "advice": ""})
