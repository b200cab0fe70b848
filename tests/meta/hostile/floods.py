"""How much the judge's memory grows while workers flood it: `python -m tests.meta.hostile.floods` prints it as JSON.

A process of its own, because the most that a process ever held is known of its whole life alone. Each flood is of so
many MiB that nobody could overlook it if it were kept.
"""

from __future__ import annotations

import contextlib
import gc
import json
import resource
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from grader.assignment import load_assignment
from grader.boundary.limits import Limit
from grader.judge.attempt import OWN
from grader.judge.grade import grade
from grader.judge.grading import Grading
from grader.judge.session import ToldSession
from grader.processes.worker import WorkerStopped
from grader.processes.workers import Workers, open_workers
from grader.settings import Effort, Settings
from grader.submission import read_submission
from grader.suite.ask import fetch
from grader.suite.failures import StudentError
from grader.suite.handles import RemoteSubmission
from tests.meta.hostile import REFERENCE, SUITE, armed

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """A submission whose `flood()` is called in each of so many examples, and what it sends in all."""

    source: str
    calls: int  # in each example
    sent_mib: int  # by all
    examples: int = 20


FLOODS: Final = {
    "output": Flood(
        source="import os\ndef flood():\n    for _ in range(256): os.write(1, b'x' * 65536)\n", calls=1, sent_mib=320
    ),
    "texts": Flood(source="def flood(): return ['x' * 8000] * 8\n", calls=250, sent_mib=305),
    "objects": Flood(source="def flood(): return [object] * 2500\n", calls=30, sent_mib=286),
    "errors": Flood(
        source="import sys\nsys.modules['grader.worker.telling'].safe_text = lambda error: 'x' * 60000\n"
        "def flood(): raise ValueError\n",
        calls=250,
        sent_mib=286,
    ),
    "claims": Flood(
        source="import sys\nsys.modules['grader.worker.guard'].Guard.take = lambda self: [[1, 'x' * 60000, []]]\n"
        "def flood(): return 1\n",
        calls=250,
        sent_mib=286,
    ),
    "tensors": Flood(source="import torch\nX = torch.ones(15 << 20)\ndef flood(): return X\n", calls=1, sent_mib=1200),
    "tensors-of-one-example": Flood(
        source="import torch\nX = torch.ones(15 << 20)\ndef flood(): return X\n", calls=30, sent_mib=1800, examples=1
    ),
}


def most_mib() -> float:
    """The most that this process has held at any time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def held_mib() -> float:
    """What it holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / MIB


def pour(flood: Flood, examples: int, workers: Workers, folder: Path) -> None:
    """Have `flood()` called in so many examples, by one worker that has executed the source."""
    (folder / "student.py").write_text(flood.source)
    with Grading(read_submission(folder / "student.py"), load_assignment(SUITE), Settings(), workers) as grading:
        worker = grading._executing(None, OWN, Limit("load_s", 600.0))
        grading._await_execution(worker, OWN)
        session = ToldSession(worker, 0)
        submission = RemoteSubmission(session)
        for _ in range(examples):
            with contextlib.suppress(WorkerStopped), session.example({}, {}):
                for _ in range(flood.calls):
                    worker.allow(Limit("limit_s", 600.0))
                    with contextlib.suppress(StudentError):
                        fetch(submission.flood())
        worker.end()


def main() -> None:
    """Each flood: MiB held more after it than after the first example of it, and MiB more at the highest point."""
    found: dict[str, dict[str, float]] = {}
    with TemporaryDirectory() as folder, open_workers() as workers:
        for name, flood in FLOODS.items():
            if flood.examples > 1:
                pour(flood, 1, workers, Path(folder))
            held, most = held_mib(), most_mib()
            pour(flood, flood.examples, workers, Path(folder))
            found[name] = {"held": held_mib() - held, "most": most_mib() - most}
        found["gradings"] = gradings(workers, Path(folder))
    print(json.dumps(found))


def gradings(workers: Workers, folder: Path) -> dict[str, float]:
    """How many of the grader's objects live on after gradings of a right and of a failing, printing submission."""
    assignment, counts = load_assignment(SUITE), []
    wrong = armed("print('x' * 100_000); raise ValueError('x' * 10_000)")
    for times in (3, 6):
        for source in times * [REFERENCE, wrong]:
            (folder / "student.py").write_text(source)
            grade(read_submission(folder / "student.py"), assignment, Settings(effort=Effort.QUICK), workers=workers)
        workers.settle()
        gc.collect()
        counts.append(sum(str(type(found).__module__).startswith("grader.") for found in gc.get_objects()))
    return {"objects": counts[1] - counts[0]}


if __name__ == "__main__":
    main()
