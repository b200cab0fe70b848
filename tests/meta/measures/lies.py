"""Lies in place of values, in each check: `nox -s lies [-- COUNT SEED]`. None may break a check, whatever it is.

The reference is graded again and again, its trained models stored in the file, and what its workers send is now and
then something else: of another type, shape, dtype, or number, or no tensor at all. Each grading has another chance of a
lie, so that some checks hear the first one late. COUNT lies (10,000) are told to each check, in a process for each core
with a seed of its own (SEED, SEED + 1, ...); a verdict other than passed and failed ends the run.
"""

from __future__ import annotations

import base64
import multiprocessing
import random
import runpy
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch

from grader.assignment import Assignment, find_assignment, load_assignment
from grader.boundary import wire
from grader.boundary.values import Opaque
from grader.data.mnist import offer
from grader.judge.grade import grade
from grader.machine.processors import cores
from grader.processes.workers import Workers, open_workers
from grader.scorecard import CheckResult, Scorecard, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta.measures.run_snippets import without_training

COUNT: Final = 10_000
CHANCES: Final = (0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9)
RIGHT_OR_WRONG: Final = (Verdict.PASSED, Verdict.FAILED)

LIKE_NOTHING: Final[tuple[object, ...]] = (
    *(None, True, 7, 2**62, -(2**63), -1.5, float("nan"), float("inf"), "x", [], {"a": 1}, slice(1), ...),
    *(torch.float32, Opaque("tensor of a subclass"), torch.empty(0), torch.tensor(1.0), torch.zeros(3, 0, 2)),
)
LIKE_A_TENSOR: Final[tuple[Callable[[torch.Tensor], torch.Tensor], ...]] = (
    *(torch.Tensor.double, torch.Tensor.half, torch.Tensor.bfloat16, torch.Tensor.long, torch.Tensor.bool),
    *(torch.Tensor.clone, torch.Tensor.flatten, torch.zeros_like),
    lambda t: t[..., None],
    lambda t: t.mT.contiguous() if t.dim() > 1 else t[None],
    lambda t: t.float() * float("nan"),
    lambda t: t.float() * float("inf"),
    lambda t: torch.full_like(t, 1e-45, dtype=torch.float32),
    lambda t: torch.full_like(t, 1e300, dtype=torch.float64),
)


class Broken(Exception):
    """A lie has broken a check."""


def lie(value: object, draw: random.Random) -> object:
    """Something else, of which the wire can carry every part."""
    kinds: list[Callable[[], object]] = [lambda: draw.choice(LIKE_NOTHING), lambda: [value], lambda: (value, value)]
    if isinstance(value, torch.Tensor):
        kinds += 2 * [lambda: draw.choice(LIKE_A_TENSOR)(value)]
    if isinstance(value, list | tuple) and value:
        kinds += 3 * [lambda: type(value)(lie(item, draw) if draw.random() < 0.5 else item for item in value)]
        kinds += [lambda: value[:-1], lambda: type(value)([*value, *value])]
    return draw.choice(kinds)()


class Liar:
    """Stands between the worker's frames and the judge, and counts the lies of each check."""

    def __init__(self, seed: int) -> None:
        self.told: Counter[str] = Counter()
        self.chance = 0.0
        self._draw = random.Random(seed)
        self._check = ""

    def started(self, question: str, check: str) -> None:
        """What is told from now on is told to that check."""
        self._check = check

    def finished(self, question: str, result: CheckResult) -> None:
        """Nothing."""

    @contextmanager
    def lying(self) -> Iterator[None]:
        """Within, values are lies by that chance."""
        unpack = wire.unpack

        def unpack_or_lie(*arguments: Any) -> object:
            value = unpack(*arguments)
            if len(arguments) > 3 or self._draw.random() >= self.chance:  # what is in a value is not told by itself
                return value
            self.told[self._check] += 1
            return lie(value, self._draw)

        wire.unpack = unpack_or_lie  # type: ignore[assignment]
        try:
            yield
        finally:
            wire.unpack = unpack


def with_models_stored(source: str, root: Path) -> str:
    """The reference, trained once here on the MNIST below root: its models are numbers in the file now."""
    offer(root)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "reference.py")
        path.write_text(source, encoding="utf-8")
        trained = runpy.run_path(str(path))
    stored = f"{without_training(source)}\nimport base64, zlib\n\n\n{READ_BACK}\n"
    for name, model in (("linear_model", "Linear(784, 10)"), ("two_layer_model", "TwoLayerNN(784, 300, 10)")):
        weights = [parameter.detach() for parameter in trained[name].parameters()]
        texts = [(_bytes_of(weight), weight.abs().max().item() / 127) for weight in weights]
        stored += f"{name} = read_back({model}, {texts})\n"
    return stored


READ_BACK: Final = """\
def read_back(model, texts):
    for weight, (text, unit) in zip(model.parameters(), texts):
        numbers = bytearray(zlib.decompress(base64.b85decode(text)))
        weight.data = torch.frombuffer(numbers, dtype=torch.int8).float().view(weight.shape) * unit
    return model
"""


def _bytes_of(weight: torch.Tensor) -> str:
    """Eight bits of each entry: near enough for the thresholds."""
    rounded = (weight / weight.abs().max() * 127).round().to(torch.int8)
    return base64.b85encode(zlib.compress(bytes(rounded.numpy()))).decode()


def graded(liar: Liar, path: Path, assignment: Assignment, workers: Workers, checks: tuple[str, ...]) -> Scorecard:
    """One grading of these checks with lies. Raises Broken."""
    only = tuple(question.name for question in assignment.questions if any(name in checks for name in question.points))
    settings = Settings(effort=Effort.QUICK, only=only, checks=checks)
    with liar.lying():
        scorecard = grade(read_submission(path), assignment, settings, liar, workers)
    for check in scorecard.checks:
        if check.verdict not in RIGHT_OR_WRONG:
            raise Broken(f"{check.name}: {check.verdict}: {check.message}")
    return scorecard


def told(path: str, count: int, seed: int) -> tuple[Counter[str], int]:
    """Grade the submission until so many lies have been told to each check: how many were, in how many gradings."""
    torch.set_num_threads(1)
    assignment, liar, gradings = load_assignment(find_assignment("hw3")), Liar(seed), 0
    apart = tuple(replace(q, needs=() if q.background else q.needs, min_right=0) for q in assignment.questions)
    assignment = replace(assignment, questions=apart)  # what trains is not blocked by parts that heard lies
    checks = [check for question in assignment.questions for check in question.points]
    with open_workers(assignment.data) as workers:
        while lacking := tuple(check for check in checks if liar.told[check] < count):
            liar.chance = CHANCES[gradings % len(CHANCES)]
            graded(liar, Path(path), assignment, workers, lacking)
            gradings += 1
            if gradings % 50 == 0:
                print(f"seed {seed}: {gradings} gradings, {len(lacking)} checks to go", flush=True)
    return liar.told, gradings


def main(count: int = COUNT, seed: int = 0) -> None:
    """Grade until each check has been told so many lies; print how many."""
    assignment, processes = load_assignment(find_assignment("hw3")), cores()
    assert assignment.reference is not None
    sums, gradings = Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder, open_workers(assignment.data) as workers:
        path = Path(folder, "student.py")
        source = assignment.reference.read_text(encoding="utf-8")
        path.write_text(with_models_stored(source, workers.data["mnist"]), encoding="utf-8")
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            runs = [pool.submit(told, str(path), -(-count // processes), seed + n) for n in range(processes)]
            for run in runs:
                lies, number = run.result()
                sums += lies
                gradings += number
    for check, lies_told in sorted(sums.items()):
        print(f"{lies_told:9,}  {check}")
    seeds = f"seeds {seed} to {seed + processes - 1}"
    print(f"{sums.total():,} lies in {gradings:,} gradings of {seeds}; none has broken a check")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
