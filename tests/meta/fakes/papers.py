"""Papers of an exam: what a check has asked of one submission, to be asked of another."""

from __future__ import annotations

from collections.abc import Callable

import torch

from grader.boundary.requests import Operation
from grader.judge.exam import Paper
from grader.suite import expect
from grader.suite.handles import RemoteSubmission, attachments_of
from tests.meta.fakes.worker import LocalWorker, example, silent

RIGHT = """
import torch
state = torch.zeros(2)

class Layer:
    pass

def double(x):
    return x * 2

def noisy(x):
    return x * 2 + 1e-9

def add(x):
    state.add_(x)
    return state
"""
OTHERWISE = RIGHT.replace("return x * 2\n", "return x + x\n")
WRONG = RIGHT.replace("return x * 2\n", "return x * 2 if x.sum() != 6 else x\n")
Check = Callable[[RemoteSubmission, int], object]


def doubles(submission: RemoteSubmission, i: int) -> None:
    x = torch.full((2,), float(i))
    expect.equal(submission.double(x), 2 * x)


def run(check: Check, source: str = RIGHT, times: int = 20) -> Paper | None:
    """What the check has asked of that submission, where others can be asked the same."""
    _, session, submission = silent(source)
    session.keep()
    for i in range(times):
        example(session, lambda: check(submission, i))  # noqa: B023 - it is called at once
    session.finish()
    return Paper.of(session.end(), attachments_of(submission))


def kept(check: Check, source: str = RIGHT, times: int = 20) -> Paper:
    """What the check has asked of that submission."""
    paper = run(check, source, times)
    assert paper
    return paper


def asked(paper: Paper, source: str) -> LocalWorker:
    """Ask it of another one. Raises Untold."""
    worker, session, _ = silent(source)
    session.ask(paper)
    assert session.examples.count == worker.operations.count(Operation.BEGIN)
    return worker
