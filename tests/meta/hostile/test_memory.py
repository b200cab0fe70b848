"""The judge's memory stays flat, whatever the workers send: no flood is kept, nor any grading."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import torch

from grader.judge.session import MAX_EXAMPLE_BYTES, ToldSession
from grader.machine import garbage
from grader.processes.workers import Workers
from grader.suite import deferrable, expect
from grader.suite.handles import RemoteSubmission
from tests.meta.conftest import execute
from tests.meta.hostile.floods import FLOODS, MIB

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")

# Less than half of each flood; one that is kept takes all of it, a frame that comes and goes 60 MiB twice.
MOST_MIB: Final = 140.0


@pytest.fixture(scope="module")
def grown() -> dict[str, dict[str, float]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.meta.hostile.floods"],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", FLOODS)
def test_flood_is_not_kept(name: str, grown: dict[str, dict[str, float]]) -> None:
    flood, found = FLOODS[name], grown[name]
    most = MOST_MIB if flood.examples > 1 else MAX_EXAMPLE_BYTES / MIB + MOST_MIB
    assert flood.sent_mib > 2 * most
    assert found["held"] < most
    assert found["most"] < most


def test_grading_is_not_kept(grown: dict[str, dict[str, float]]) -> None:
    assert grown["gradings"]["objects"] < 50  # of twelve gradings; what the last one has not given back yet is fewer


@deferrable
def twice(value: torch.Tensor) -> torch.Tensor:
    return value * 2


def test_what_is_computed_of_a_flood_is_not_kept(workers: Workers) -> None:
    """Values and what is computed of them refer to each other: large ones don't wait for many small ones."""
    worker = workers.take("student.py")
    execute(worker, FLOODS["tensors"].source)
    session = ToldSession(worker, 0)
    submission = RemoteSubmission(session)
    with garbage.left_alone():
        for _ in range(6):
            with session.example({}, {}):
                expect.holds(lambda _: None, twice(submission.flood()))
        large = [found for found in gc.get_objects() if type(found) is torch.Tensor and found.nbytes > 50 * MIB]
    worker.end()
    assert len(large) <= 4  # of the last two examples
