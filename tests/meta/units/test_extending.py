"""`extends`: what is written replaces, adds or drops; what fits nothing is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.errors import AssignmentInvalid

BASE = """
title = "Base"
reference = "reference.py"
limit_s = 5
points = 6
tell_of_hidden = ["title"]
[limits]
load_s = 7
part_s = 8
[rules]
advice = "write it"
banned = ["torch.nn.*", "torch.optim.*"]
allowed = ["torch.nn.Module"]
[[question]]
name = "a"
[question.checks]
test_a = 1
test_more = { points = 2, bonus = true }
[[question]]
name = "b"
needs = ["a"]
[question.checks]
test_b = 5
[question.settings]
most = 0.5
least = 0.1
[question.visibility]
test_b = "after_due_date"
"""


def made(folder: Path, own: str, base: str = BASE) -> Path:
    for name, text in (("base", base), ("own", own)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "assignment.toml").write_text(text)
    (folder / "base" / "reference.py").write_text("a = b = 1\n")
    return folder / "own"


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    own = """
extends = "../base"
title = "Own"
[limits]
load_s = 70
[rules]
banned.remove = ["torch.optim.*"]
banned.add = ["numpy.*"]
allowed.add = ["torch.nn.ReLU"]
[[question]]
name = "a"
[question.checks]
test_a = { hidden = true }
test_more = { bonus = false }
[[question]]
name = "b"
[question.settings]
most = 0.4
[[question]]
name = "c"
needs = ["a"]
[question.checks]
test_c = 9
"""
    found = load_assignment(made(tmp_path, own))
    base = load_assignment(tmp_path / "base")
    a, b, c = found.questions
    assert (found.name, found.title, found.extended) == ("own", "Own", (tmp_path / "base",))
    assert found.reference == base.reference == tmp_path / "base" / "reference.py"
    assert (found.limits.load_s, found.limits.part_s, found.tell_of_hidden) == (70, 8, frozenset({"title"}))
    assert found.rules.banned == {"torch.nn.*", "numpy.*"}
    assert found.rules.allowed == {"torch.nn.Module", "torch.nn.ReLU"}
    assert (a.points, {*a.hidden}, {*a.bonus}) == ({"test_a": 1, "test_more": 2}, {"test_a"}, set())
    assert (b.settings, b.points, b.visibility) == (
        {"most": 0.4, "least": 0.1},
        {"test_b": 5},
        {"test_b": "after_due_date"},
    )
    assert (c.name, c.needs, found.points, base.points) == ("c", ("a",), None, 6)
    assert (base.question("a").max_score, a.max_score) == (1, 3)


def test_checks_and_questions_are_dropped_and_may_be_written_anew(tmp_path: Path) -> None:
    own = 'extends = "../base"\ndrop = ["b", "test_more"]\n[[question]]\nname = "a"\n[question.checks]\ntest_more = 3\n'
    found = load_assignment(made(tmp_path, own))
    assert found.names == ("a",)
    assert found.question("a").points == {"test_a": 1, "test_more": 3}
    assert found.dropped == {"b", "test_b", "test_more"}


def test_what_extends_may_be_extended(tmp_path: Path) -> None:
    own = made(tmp_path, 'extends = "../base"\ntitle = "Own"\n')
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "assignment.toml").write_text('extends = "../own"\ndrop = ["b"]\n')
    found = load_assignment(tmp_path / "third")
    assert (found.extended, found.title, found.names) == ((own, tmp_path / "base"), "Own", ("a",))


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ('extends = "hw33"', "did you mean hw3?"),
        ('extends = "../own"', "leads back to it"),
        ("extends = 3", "is not text"),
        ('drop = ["test_a"]', "delete the check instead"),
        ('extends = "../base"\ndrop = ["test_aa"]', "did you mean test_a?"),
        ('extends = "../base"\ndrop = ["a"]', "b needs 'a'"),
        ('extends = "../base"\n[rules]\nbanned.remove = ["numpy"]', "is not in banned"),
        ('extends = "../base"\n[rules]\nbanned.plus = ["numpy"]', "write banned.add or banned.remove"),
        ('extends = "../base"\ntell_of_hidden = ["text"]', "it may have title and points"),
        ('extends = "../base"\n[[question]]\nname = "a"\n[question.checks]\ntest_a = { pionts = 1 }', "'pionts'"),
        ('extends = "../base"\n[[question]]\nname = "a"\n[question.checks]\ntest_new = { bonus = true }', "points"),
        ('extends = "../base"\n[[question]]\nname = "a"\n[question.checks]\ntest_a = { bonus = 1 }', "true or false"),
    ],
)
def test_what_fits_nothing_is_refused_with_the_next_step(tmp_path: Path, own: str, told: str) -> None:
    folder = made(tmp_path, own)
    with pytest.raises(AssignmentInvalid) as refused:
        load_assignment(folder)
    assert told in str(refused.value)
    assert str(folder / "assignment.toml") in str(refused.value)
