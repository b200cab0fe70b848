"""A bug of a check costs no student: it gives no points and takes none, and no explanation replaces a verdict."""

import json
import logging
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.scorecard import Scorecard, Verdict
from tests.meta.gradings.outcomes import verdicts
from tests.meta.tools.command import Run
from tests.meta.tools.toy import TOY_SUITE, TOY_TABLE, suite_of

PARAMETRIZED = '''
"""One check of several items."""
import pytest
from grader.suite import expect
from grader.suite.checks import check

@pytest.mark.parametrize("number", [21, 0, 4])
@check("double", hint="2 * x")
def test_double(submission, number):
    """double(x) is twice x."""
    {first}
    expect.equal(submission.double(number), 2 * number)
'''


def checks_of(card: str) -> list[dict[str, Any]]:
    return [check for question in json.loads(card)["questions"] for check in question["checks"]]


# --- one result a check -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "first", "verdict", "status"),
    [
        ("def double(x): return 2 * x", "", "passed", 0),
        ("def double(x): return 2 * x if x != 21 else 0", "", "failed", 1),  # the first item
        ("def double(x): return 2 * x if x != 0 else 1", "", "failed", 1),
        ("def double(x): return 2 * x if x != 4 else 0", "", "failed", 1),  # the last one
        ("def double(x): return 2 * x", "assert number, 1 // number", "broken", 3),
        ("def double(x): return x", "1 // number", "broken", 3),
    ],
)
def test_check_with_several_items_has_the_worst_of_their_results(
    run: Run, toy: Path, source: str, first: str, verdict: str, status: int
) -> None:
    suite_of(toy).write_text(PARAMETRIZED.format(first=first))
    (toy.parent / "hw.py").write_text(f"{source}\n")
    done = run(toy.parent / "hw.py", "--assignment", toy, "--json", "-")
    assert done.returncode == status
    (check,) = checks_of(done.stdout)
    assert (check["verdict"], check["score"]) == (verdict, 4.0 if verdict == "passed" else 0.0)
    assert json.loads(done.stdout)["max_score"] == (0.0 if verdict == "broken" else 4.0)


SECOND = TOY_SUITE.replace("42", "submission.double(21)")  # it finds nothing
METHOD = SECOND.split("\n\n")[-1].replace("(submission", "(self, submission")
TWICE = {
    "in one file": {"one": TOY_SUITE + SECOND},
    "in two files": {"one": TOY_SUITE, "two": SECOND},
    "in a class": {"one": f"{TOY_SUITE}\nclass TestMore:\n{textwrap.indent(METHOD, '    ')}"},
    "and is no check there": {"one": TOY_SUITE, "two": "def test_double():\n    pass\n"},
    "by an import": {"one": TOY_SUITE, "two": "from {one} import test_double\n"},
}


@pytest.mark.parametrize("how", TWICE)
def test_check_that_is_defined_twice_is_refused(run: Run, toy: Path, how: str) -> None:
    names = {name: f"{toy.parent.name}_{name}_suite" for name in ("one", "two")}
    for name, text in TWICE[how].items():
        (toy / f"{names[name]}.py").write_text(text.replace("{one}", names["one"]))
    done = run(toy.parent / "wrong.py", "--assignment", toy)
    assert (done.returncode, done.stdout) == (2, "")
    assert "test_double is defined more than once, at " in done.stderr
    places = re.findall(r"_(one|two)_suite\.py:(\d+)", done.stderr)
    assert len(set(places)) == 2, done.stderr


# --- broken -----------------------------------------------------------------------------------------------------------

BROKEN = TOY_SUITE + TOY_SUITE.replace("test_double", "test_more").replace("expect.equal", "[][0]; expect.equal")


def test_broken_check_leaves_score_and_maximum_and_no_result_is_recorded(run: Run, toy: Path) -> None:
    suite_of(toy).write_text(BROKEN)
    (toy / "assignment.toml").write_text(TOY_TABLE + "test_more = 3\n")
    names = ("json", "csv", "gradescope", "prairielearn", "html")
    options = [part for name in names for part in (f"--{name}", toy.parent / name)]
    done = run(toy.parent / "right.py", "--assignment", toy, "--pass-at", 0, *options)
    assert done.returncode == 3
    assert "Provisional: the grader itself failed in test_more" in " ".join(done.stdout.split())
    card = json.loads((toy.parent / "json").read_text())
    assert (card["score"], card["max_score"], card["provisional"]) == (4.0, 4.0, True)
    assert not (toy.parent / "csv").exists()
    assert not (toy.parent / "gradescope").exists()
    assert "--gradescope is not written: Provisional" in done.stderr
    assert json.loads((toy.parent / "prairielearn").read_text())["gradable"] is False
    assert "Provisional" in (toy.parent / "html").read_text()


# --- explanations -----------------------------------------------------------------------------------------------------

RAISING = '''
"""Checks that find what is wrong, and raise where they are to explain it."""
from hypothesis import given, strategies as st
import torch
from grader.suite import check, expect, mistakes, oracles
from grader.suite.explain import Model

def boom(*_, **__):
    raise RecursionError("an explanation of {name}")

def twice(x):
    return oracles.exact(torch.tensor(2.0 * x))

class Odd:
    __eq__ = __bool__ = boom
    __hash__ = None

@mistakes
def model(came):
    boom()

class Text:
    read = boom

@check("double", hint="2 * x", errors={{None: "not a text"}})
@given(x=st.integers(1, 5))
def test_double(submission, x):
    """double(x) is twice x."""
    doubled = submission.double(x)
    submission.attach(Text())
    submission.note(Text())
    {expectation}
'''
EXPECTATIONS = (
    "expect.equal(doubled, 2 * x, likely=Model(boom))",
    "expect.equal(doubled, 2 * x, likely=model(doubled))",
    "expect.equal(doubled, 2 * x, likely={'a': boom, 'b': Odd(), 'c': (Odd(),)})",
    "expect.equal(doubled, 2 * x, likely=3)",
    "expect.equal(doubled, 2 * x, likely=Model(boom) | {'a': boom})",
    "expect.equal(doubled, 2 * x, likely=Model(lambda: {'a': 1}).where(boom))",
    "expect.shape(submission.double.row(x), (2 * x,), likely={'a': 3, 'b': Odd()})",
    "expect.length(submission.double.row(x).tolist(), 2 * x, likely={'a': Odd()})",
    "expect.close(submission.double.row(x).sum(), twice(x), likely={'a': boom}, shows=boom)",
    "expect.is_same(doubled, submission.double.row(x), otherwise='another', shows=boom, likely={'a': boom})",
    "expect.is_true(submission.double.row(x).numel(), otherwise='no', shows=boom, likely={'a': Odd()})",
    "expect.that(False, 'no', shows=boom, likely=Model(boom))",
    "expect.holds(lambda came: 'no' if came != 2 * x else None, doubled, shows=boom, likely=Model(boom))",
    "submission.double.fails(x)",
)
STUDENT = """
import torch
def double(x):
    return x
def fails(x):
    raise KeyError(x)
double.row, double.fails = torch.ones, fails
"""


@pytest.mark.parametrize("expectation", EXPECTATIONS)
def test_explanation_that_raises_is_left_out_and_the_verdict_stays(
    run: Run, toy: Path, expectation: str, caplog: pytest.LogCaptureFixture
) -> None:
    suite_of(toy).write_text(RAISING.format(name="a check", expectation=expectation))
    (toy / "mistakes.json").write_text('[{"question": "double"')
    (toy.parent / "hw.py").write_text(STUDENT)
    with caplog.at_level(logging.DEBUG, "grader.explanations"):
        done = run(toy.parent / "hw.py", "--assignment", toy, "--json", "-", "--html", toy.parent / "page.html")
    assert done.returncode == 1, done.stderr
    (check,) = checks_of(done.stdout)
    assert (check["verdict"], check["diagnosis"], check["notes"]) == ("failed", "", [])
    assert "NameError" not in check["message"]
    assert done.stderr == "" or "an explanation of" not in done.stderr
    raised = {record.exc_info[0] for record in caplog.records if record.exc_info}
    assert RecursionError in raised  # who writes checks sees it


def test_hint_stands_under_what_an_expectation_found_and_under_no_exception_of_the_students(
    run: Run, toy: Path
) -> None:
    for source, hint in (("def double(x): return x", "2 * x"), ("def double(x): return x + None", "")):
        (toy.parent / "hw.py").write_text(source)
        suite_of(toy).write_text(TOY_SUITE)
        (check,) = checks_of(run(toy.parent / "hw.py", "--assignment", toy, "--json", "-").stdout)
        assert (check["verdict"], check["hint"]) == ("failed", hint)


@pytest.mark.parametrize("batch", ["()", "None", "(5,)", "[[]]", "(self.X[:0],)"])
def test_odd_batches_break_no_check(grade_source: Callable[..., Scorecard], parts_source: str, batch: str) -> None:
    right = "return self.X[batch], self.y[batch]"
    assert parts_source.count(right) == 1
    scorecard = grade_source(parts_source.replace(right, f"return {batch}"), only=["DataLoader"])
    assert not scorecard.is_provisional
    assert verdicts(scorecard, "DataLoader")["test_batches"] is Verdict.FAILED
