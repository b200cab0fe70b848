"""How long somebody waits who is not right yet: parts of `nox -s benchmarks`, as ratios within one run."""

from __future__ import annotations

import contextlib
import io
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console

from grader.assignment import find_assignment, load_assignment
from grader.judge.again import Regrader
from grader.judge.listener import NoListener
from grader.processes.workers import open_workers
from grader.settings import Settings
from grader.standby import Order, ToShow
from grader.submission import read_submission
from grader.watch import Stamp, Watching, looks, open_again

REFERENCE: Final = Path(__file__).parents[1] / "reference" / "hw3.py"
GRADE: Final = (str(Path(sys.executable).with_name("grade")),)
PARTS: Final = ("Linear", "CrossEntropyLoss", "SGD", "DataLoader", "epoch", "TwoLayerNN", "MultiLayerNN")
SIX: Final = {  # a usual mistake in each of six parts
    "torch.randn(out_dim": "torch.rand(out_dim",
    "- correct).mean()": "- correct).sum()",
    "p -= self.learning_rate": "p += self.learning_rate",
    "if self.start >= len(self.X):": "if self.start + self.batch_size > len(self.X):",
    "                opt.zero_grad()\n": "",
    "self.linear2(torch.relu(self.linear1(X)))": "self.linear2(self.linear1(X))",
}
SUITE: Final = """
extends = "hw3"

[[question]]
name = "Linear"
[question.checks]
test_of_ours = 1
"""
CHECK: Final = '''
from grader.suite import RemoteSubmission, Values, check, expect, given, strategies


@check("Linear")
@given(rows=strategies.sizes(), values=strategies.values())
def test_of_ours(submission: RemoteSubmission, rows: int, values: Values) -> None:
    """The output has as many columns as asked for."""
    expect.shape(submission.Linear(4, COLUMNS)(values(rows, 4)), (rows, 3))
'''
CHANGE: Final = ("return X @ self.weight.T", "return X @ self.weight.t()")


def wrong_source() -> str:
    """The reference with six usual mistakes."""
    source = REFERENCE.read_text(encoding="utf-8")
    for right, mistaken in SIX.items():
        assert source.count(right) == 1, right
        source = source.replace(right, mistaken)
    return source


def wrong_parts(folder: Path) -> tuple[float, float]:
    """Seconds of `grade` for the parts of a file with six mistakes, and for those of the reference."""
    path = folder / "hw3.py"
    path.write_text(wrong_source(), encoding="utf-8")
    only = [word for part in PARTS for word in ("--only", part)]
    return _seconds([*GRADE, str(path), *only]), _seconds([*GRADE, str(REFERENCE), *only])


def first_result(folder: Path) -> tuple[float, float]:
    """Seconds until `grade` has shown the first score, and of a bare `import torch`."""
    path = folder / "hw3.py"
    path.write_text(wrong_source(), encoding="utf-8")
    started = time.perf_counter()
    with subprocess.Popen([*GRADE, str(path), "--only", "Linear"], stdout=subprocess.PIPE, text=True) as shown:
        assert shown.stdout is not None
        first = next(shown.stdout)
        waited = time.perf_counter() - started
        assert first.startswith("Linear "), first
        shown.stdout.read()
    return waited, _seconds([sys.executable, "-c", "import torch"])


def second_call(folder: Path) -> tuple[float, float]:
    """Seconds of the second `check_here(Linear)` of a kernel, after a change, and of its first."""
    path = folder / "hw3.py"
    with _standby() as process:
        waited = []
        for source in (REFERENCE.read_text(encoding="utf-8"), _changed()):
            path.write_text(source, encoding="utf-8")
            started = time.perf_counter()
            _ask(process, Order(path=str(path), only=("Linear",)))
            waited.append(time.perf_counter() - started)
    return waited[1], waited[0]


def answer_to_a_change(folder: Path) -> tuple[float, float]:
    """Seconds of `--watch` from a save that changes one part to its answer, and of a bare `import torch`."""
    path, assignment = folder / "hw3.py", load_assignment(find_assignment("hw3"))
    with open_workers(assignment.data) as workers:
        regrader = Regrader(assignment, Settings(only=PARTS), workers)
        for source in (REFERENCE.read_text(encoding="utf-8"), _changed()):
            path.write_text(source, encoding="utf-8")
            started = time.perf_counter()
            found = regrader.grade(read_submission(path), NoListener())
            waited = time.perf_counter() - started
    assert found.graded == ("Linear", "TwoLayerNN", "MultiLayerNN"), found.graded
    return waited, _seconds([sys.executable, "-c", "import torch"])


def edited_check(folder: Path) -> tuple[float, float]:
    """Seconds of `grade --check` for a check that was edited, and of a bare `import torch`."""
    suite = _suite(folder)
    command = [*GRADE, str(REFERENCE), "--assignment", str(suite), "--check", "test_of_ours"]
    _edit_check(suite, columns=4)
    _seconds(command)
    _edit_check(suite, columns=3)
    return _seconds(command), _seconds([sys.executable, "-c", "import torch"])


def answer_to_an_edited_check(folder: Path) -> tuple[float, float]:
    """Seconds of `--watch --check` from a check's edit to its answer, against one second."""
    suite = _suite(folder)
    _edit_check(suite, columns=4)
    scores, started = list[float](), 0.0

    def edits() -> Iterator[Stamp]:
        nonlocal started
        stamps = looks(REFERENCE, (), (suite,))
        yield next(stamps)
        started = time.perf_counter()
        _edit_check(suite, columns=3)
        yield from itertools.takewhile(lambda _: len(scores) < 2, stamps)

    assignment = load_assignment(suite)
    watching = Watching(REFERENCE, lambda: read_submission(REFERENCE), Console(file=io.StringIO()))
    settings = Settings(only=("Linear",), checks=("test_of_ours",))
    watching.run(assignment, settings, lambda card: scores.append(card.score), edits(), lambda: open_again(assignment))
    assert scores == [0, 1], scores
    return time.perf_counter() - started, 1.0


def _suite(folder: Path) -> Path:
    """hw3 with one check more."""
    suite = folder / "suite"
    suite.mkdir(exist_ok=True)
    (suite / "assignment.toml").write_text(SUITE, encoding="utf-8")
    return suite


def _edit_check(suite: Path, columns: int) -> None:
    (suite / "test_of_ours.py").write_text(CHECK.replace("COLUMNS", str(columns)), encoding="utf-8")


def _changed() -> str:
    source = REFERENCE.read_text(encoding="utf-8")
    assert CHANGE[0] in source
    return source.replace(*CHANGE)


@contextlib.contextmanager
def _standby() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", "-m", "grader.standby"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _ask(process: subprocess.Popen[str], order: Order) -> ToShow:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(order.line())
    process.stdin.flush()
    return next(shown for line in process.stdout if not (shown := ToShow.read(line)).says)


def _seconds(command: list[str]) -> float:
    """Wall time of a command; what `grade` finds does not matter."""
    started = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started
