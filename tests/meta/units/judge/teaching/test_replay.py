"""A snippet is written from an example that fails in a fresh worker, as it will where it is pasted."""

from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.scorecard import CheckResult, Verdict
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.tools.toy import TOY_TABLE

CHECKS = '''
from hypothesis import given
from hypothesis import strategies as st
from grader.suite import expect, strategies
from grader.suite.checks import check

@check("double")
@given(values=strategies.values(), count=strategies.sizes())
def test_double(submission, values, count):
    """double(x) is twice x."""
    x = values(count)
    expect.equal(submission.double(x), 2 * x)

@check("double")
@given(data=st.data())
def test_drawn(submission, data):
    """double(x) is twice x, which is drawn in the check."""
    x = data.draw(st.integers())
    expect.equal(submission.double(x), 2 * x)
'''


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """An assignment with a check whose examples can be had again, and one with a check whose can't."""
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "assignment.toml").write_text(f"{TOY_TABLE}test_drawn = 1\n")
    (tmp_path / "toy" / "test_double.py").write_text(CHECKS)
    return tmp_path / "toy"


def graded(toy: Path, source: str, workers: Workers) -> list[CheckResult]:
    path = toy.parent / "student.py"
    path.write_text(source)
    (question,) = grade(read_submission(path), load_assignment(toy), Settings(), workers=workers).questions
    return list(question.checks)


def fails(source: str, snippet: str) -> bool:
    try:
        exec(f"{source}\n{snippet}", {"__name__": "__main__"})
    except AssertionError:
        return True
    return False


def test_example_that_fails_alone_is_told_alone(toy: Path, workers: Workers) -> None:
    source = "def double(x):\n    return 3 * x"
    again, drawn = graded(toy, source, workers)
    assert (again.snippet.count("double("), again.snippet.count("manual_seed")) == (1, 0)
    assert (drawn.snippet.count("double("), drawn.snippet.count("manual_seed")) == (1, 1)  # it can't be tried again
    for check in (again, drawn):
        assert fails(source, f"import torch\n{check.snippet}")


def test_seed_is_told_where_the_numbers_depend_on_it(toy: Path, workers: Workers) -> None:
    source = "import torch\ndef double(x):\n    return 2 * x + torch.rand(()).item()"
    for check in graded(toy, source, workers):
        assert check.snippet.count("torch.manual_seed") == 1
        assert "import torch" not in check.snippet  # it stands in the code above
        assert fails(source, check.snippet)


def test_example_that_fails_only_after_another_is_told_with_it(toy: Path, workers: Workers) -> None:
    source = "seen = []\ndef double(x):\n    seen.append(x)\n    return 2 * x + (len(seen) > 1)"
    check, _ = graded(toy, source, workers)
    assert check.snippet.count("double(") == check.snippet.count("manual_seed") == 2
    assert fails(source, check.snippet)
    assert not fails("def double(x):\n    return 2 * x", check.snippet)


def test_example_that_does_not_fail_again_has_no_snippet(toy: Path, workers: Workers) -> None:
    check, _ = graded(toy, "seen = []\ndef double(x):\n    seen.append(x)\n    return 2 * x + (len(seen) > 5)", workers)
    assert (check.verdict, check.snippet) == (Verdict.FAILED, "")
