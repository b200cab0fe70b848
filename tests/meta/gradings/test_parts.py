"""The author's helpers inside the worker: made and read by a check, told in snippets, and of no use to a submission."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.errors import AssignmentInvalid
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.scorecard import CheckResult, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission

PARTS = '''
"""What a training is given to be looked at."""
import contextlib
import torch

LOG = []


class Recorder(torch.optim.SGD):
    """An optimizer that notes what is called."""

    def __init__(self, parameters, *, lr):
        super().__init__(parameters, lr=lr)
        self.calls = LOG

    def zero_grad(self):
        self.calls.append("zero_grad")
        super().zero_grad()

    def step(self):
        self.calls.append("step")
        super().step()


class Counting:
    """Batches that count how often they are asked for."""

    def __init__(self, batches):
        self.batches, self.passes, self.seen = batches, 0, 0

    def __iter__(self):
        self.passes += 1
        for batch in self.batches:
            self.seen += 1
            yield batch


class Smooth(torch.nn.Module):
    """A model of what the rules ban."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 1)

    def forward(self, x):
        return torch.nn.functional.relu(self.linear(x))


def within(manager, function, *arguments):
    with manager:
        return function(*arguments)


@contextlib.contextmanager
def no_gradients():
    with torch.no_grad():
        yield
'''
SUITE = '''
"""Checks that use them."""
import torch
from grader.suite import check, expect, given, strategies


@check("train", hint="zero_grad, backward, step")
@given(batches=strategies.integers(1, 3))
def test_order(submission, batches):
    """train(model, batches, opt) calls zero_grad and step for each batch, once."""
    model = submission.parts.Smooth()
    opt = submission.parts.Recorder(model.parameters(), lr=0.5)
    loader = submission.parts.Counting([torch.ones(2, 2)] * batches)
    submission.train(model, loader, opt)
    expect.equal(loader.passes, 1)
    expect.equal(loader.seen, batches)
    expect.equal(opt.calls, ["zero_grad", "step"] * batches)


@check("grad_mode", hint="torch.is_grad_enabled()")
def test_mode(submission):
    """grad_mode() tells whether gradients are recorded."""
    within = submission.parts.within
    expect.equal(within(submission.parts.no_gradients(), submission.grad_mode), False)
    expect.equal(within(submission.torch.enable_grad(), submission.grad_mode), True)


@check("layer", hint="X.clamp(min=0)")
def test_layer(submission):
    """layer(X) is X where it is above 0."""
    out = submission.parts.within(submission.parts.no_gradients(), submission.layer, torch.tensor([-1.0, 2.0]))
    expect.equal(out, torch.tensor([0.0, 2.0]))
'''
TABLE = """
title = "Training"
reference = "reference.py"
limit_s = 20
[rules]
advice = "write it yourself"
banned = ["torch.nn.*", "torch.nn.functional.*", "torch.optim.*"]
allowed = ["torch.nn.Module"]
[[question]]
name = "train"
[question.checks]
test_order = 4
[[question]]
name = "grad_mode"
[question.checks]
test_mode = 2
[[question]]
name = "layer"
[question.checks]
test_layer = 2
"""
RIGHT = """import torch
def train(model, batches, opt):
    for x in batches:
        opt.zero_grad()
        model(x).sum().backward()
        opt.step()
def grad_mode():
    return torch.is_grad_enabled()
def layer(X):
    return X.clamp(min=0)
"""
Told = dict[str, CheckResult]
Graded = Callable[[str], Told]


@pytest.fixture(scope="module")
def graded(workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """graded(source): its checks, by name."""
    folder = tmp_path_factory.mktemp("training")
    (folder / "assignment.toml").write_text(TABLE)
    (folder / "parts.py").write_text(PARTS)
    (folder / "test_training_parts.py").write_text(SUITE)
    assignment, path = load_assignment(folder), folder / "handed_in.txt.py"

    def run(source: str) -> Told:
        path.write_text(source)
        card = grade(read_submission(path), assignment, Settings(effort=Effort.QUICK), workers=workers)
        return {check.name: check for check in card.checks}

    return run


def ending(program: str) -> str:
    """The type of the exception that ends it, or nothing."""
    try:
        exec(compile(program, "pasted", "exec"), {"__name__": "pasted"})
    except Exception as error:
        return type(error).__name__
    return ""


def verdicts(told: Told) -> list[Verdict]:
    return [told[name].verdict for name in ("test_order", "test_mode", "test_layer")]


PASSED, FAILED, FORBIDDEN = Verdict.PASSED, Verdict.FAILED, Verdict.FORBIDDEN


def test_right_code_keeps_all_points_though_the_parts_use_what_is_banned(graded: Graded) -> None:
    assert verdicts(graded(RIGHT)) == [PASSED] * 3


def test_wrong_order_is_found_and_its_snippet_holds(graded: Graded) -> None:
    wrong = RIGHT.replace("        opt.zero_grad()\n", "").replace(
        "opt.step()\n", "opt.step()\n        opt.zero_grad()\n"
    )
    told = graded(wrong)
    assert verdicts(told) == [FAILED, PASSED, PASSED]
    snippet = told["test_order"].snippet
    assert "class Recorder(torch.optim.SGD):" in snippet
    assert "class Smooth" in snippet
    assert "no_gradients" not in snippet  # which the check does not use
    assert ending(f"{wrong}\n{snippet}") == "AssertionError"
    assert ending(f"{RIGHT}\n{snippet}") == ""


def test_snippet_takes_no_name_of_the_submission_s(graded: Graded) -> None:
    wrong = RIGHT.replace("        opt.zero_grad()\n", "") + "class Counting: pass\n"
    told = graded(wrong)
    assert (told["test_order"].verdict, told["test_order"].snippet) == (FAILED, "")


HOSTILE = {
    "imports them": "from parts import LOG",
    "finds them among the modules": "import sys\nLOG = sys.modules['parts'].LOG",
}


@pytest.mark.parametrize("way", HOSTILE)
def test_submission_finds_no_parts_while_it_is_executed(way: str, graded: Graded) -> None:
    source = RIGHT.replace("        opt.step()", "        LOG.extend(['zero_grad', 'step'])")
    assert graded(f"{HOSTILE[way]}\n{source}")["test_order"].verdict is FAILED


def test_what_a_check_gives_to_a_part_is_the_submission_s_use_of_it(graded: Graded) -> None:
    """`within` calls what it is given: that may be a banned thing in whatever wrapper."""
    ways = {
        "itself": "layer = torch.nn.functional.relu",
        "in a partial": "import functools\nlayer = functools.partial(torch.nn.functional.relu, inplace=False)",
        "as the forward of a module": (
            "import functools\nclass Layer(torch.nn.Module): pass\n"
            "layer = Layer()\nlayer.forward = functools.partial(getattr(torch.nn, 'func' + 'tional').relu)"
        ),
    }
    for way, text in ways.items():
        source = RIGHT.replace("def layer(X):\n    return X.clamp(min=0)\n", text)
        assert verdicts(graded(source)) == [PASSED, PASSED, FORBIDDEN], way


def test_code_that_takes_their_name_is_not_theirs(graded: Graded) -> None:
    text = 'exec(compile("def layer(X): return getattr(torch.nn, \'func\' + \'tional\').relu(X)", "<parts>", "exec"))'
    source = RIGHT.replace("def layer(X):\n    return X.clamp(min=0)\n", text)
    assert graded(source)["test_layer"].verdict is FORBIDDEN


def test_each_example_has_parts_of_its_own(graded: Graded) -> None:
    """LOG is a list at the top of the file: what an example has put there is gone in the next."""
    assert graded(RIGHT)["test_order"].examples > 1
    assert graded(RIGHT)["test_order"].verdict is PASSED


def test_parts_that_python_can_not_read_are_the_author_s_fault(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(TABLE)
    (tmp_path / "parts.py").write_text("x = 1\ndef f(:\n")
    with pytest.raises(AssignmentInvalid, match=r"parts\.py:2: invalid syntax"):
        load_assignment(tmp_path)


def test_part_that_is_not_there_breaks_the_check_and_costs_nobody(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(TABLE)
    (tmp_path / "parts.py").write_text("def within(): pass\n")
    (tmp_path / "test_absent_parts.py").write_text(SUITE)
    (tmp_path / "right.py").write_text(RIGHT)
    read = read_submission(tmp_path / "right.py")
    card = grade(read, load_assignment(tmp_path), Settings(effort=Effort.QUICK, only=("train",)), workers=workers)
    (check,) = card.checks
    assert check.verdict is Verdict.BROKEN
    assert "no part 'Smooth': parts.py defines within" in check.message
