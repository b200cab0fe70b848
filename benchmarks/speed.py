"""`nox -s benchmarks`: how much grading costs, as ratios measured in one run. Absolute times are of this machine only.

1. `grade` on a solution that trains as the hand-out does (20 + 20 epochs), against importing torch and running that
   solution's training once, bare.
2. Property checks through judge and worker, as `grade` runs them first, against the same checks with the submission in
   this process.
3. `grade --help`.
4. What benchmarks/waiting.py measures: wrong submissions, the first result, notebooks, `--watch`, and
   an author's edits.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import hypothesis
import torch

from benchmarks import waiting
from benchmarks.direct import DirectSession
from grader.assignment import find_assignment, load_assignment
from grader.doctor.functions import Check, checks_in, question_of
from grader.judge.attempt import OWN
from grader.judge.examples import configure_examples, same_examples_anywhere
from grader.judge.grading import Grading
from grader.judge.ready import make_ready
from grader.machine.processors import cores
from grader.processes.workers import open_workers
from grader.settings import Settings
from grader.submission import read_submission
from grader.suite.handles import RemoteSubmission

HELP_LIMIT_S, CHECKS_LIMIT, GRADING_LIMIT = 0.25, 1.2, 1.1
WAITING = (
    ("parts with six usual mistakes, against the reference's parts", waiting.wrong_parts, 1.5),
    ("first result on the screen, against importing torch", waiting.first_result, 1.5),
    ("second check_here, against the first", waiting.second_call, 0.2),
    ("answer of --watch to a change of Linear, against importing torch", waiting.answer_to_a_change, 1.0),
    ("a check that was edited, with --check, against importing torch", waiting.edited_check, 1.5),
    ("answer of --watch to a check that was edited, against a second", waiting.answer_to_an_edited_check, 1.0),
)
GRADE = (str(Path(sys.executable).with_name("grade")),)
REFERENCE = Path(__file__).parents[1] / "reference" / "hw3.py"


def as_handed_out() -> str:
    """The reference with the hand-out's 20 + 20 epochs."""
    source = REFERENCE.read_text(encoding="utf-8")
    changed = source.replace("epochs=3)", "epochs=20)").replace("epochs=7)", "epochs=20)")
    assert changed.count("epochs=20)") == 2
    return changed


def seconds(command: list[str]) -> float:
    """Wall time of a command that must succeed."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def whole_grading(folder: Path) -> tuple[float, float]:
    """Seconds of `grade` and of the bare training, for the same solution."""
    solution = folder / "hw3.py"
    solution.write_text(as_handed_out(), encoding="utf-8")
    with open_workers(["mnist"]) as workers:
        root = workers.data["mnist"]
    bare = folder / "bare.py"
    bare.write_text(as_handed_out().replace('MNIST(".",', f"MNIST({str(root)!r},"), encoding="utf-8")
    return seconds([*GRADE, str(solution)]), seconds([sys.executable, str(bare)])


def property_checks(runs: int) -> list[tuple[float, float]]:
    """Seconds for all property-based checks, through a worker and in this process: as often as there are runs."""
    assignment = load_assignment(find_assignment("hw3"))
    submission = read_submission(REFERENCE)
    checks = [check for check in checks_in(assignment) if hasattr(check, "hypothesis")]
    for check in checks:
        configure_examples(check, check.__name__, seed=0, examples=50)
    with same_examples_anywhere(), Grading(submission, assignment, Settings()) as grading:
        grading.start([])
        return [
            (_timed(lambda: _run_apart(grading, checks)), _timed(lambda: _run_here(grading, checks, submission.source)))
            for _ in range(runs)
        ]


def _run_apart(grading: Grading, checks: list[Check]) -> None:
    for check in checks:
        with grading.check(question_of(check), OWN, silent=True) as conversation:
            check(submission=conversation.submission)


def _run_here(grading: Grading, checks: list[Check], source: str) -> None:
    for check in checks:
        indices = grading.plan_of(question_of(check)).indices
        check(submission=RemoteSubmission(DirectSession(source, indices)))


def _timed(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def shown(name: str, pairs: Sequence[tuple[float, float]], limit: float) -> bool:
    """Print the median of the ratios, and what they are ratios of; whether it is within the limit."""
    ratio: float = statistics.median(a / b for a, b in pairs)
    first, second = (statistics.median(part) for part in zip(*pairs, strict=True))
    every = ", ".join(f"{a / b:.2f}" for a, b in pairs)
    print(f"{name}: {first:.1f} s against {second:.1f} s: {ratio:.2f} times, limit {limit} (runs: {every})", flush=True)
    return ratio <= limit


def main(arguments: Sequence[str]) -> None:
    """Print the measurements, and fail where one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="whose median counts (default: 5)")
    runs = parser.parse_args(arguments).runs
    torch.set_num_threads(1)
    make_ready()  # as `grade` does
    hypothesis.settings.register_profile("benchmark", deadline=None)
    print(f"{cores()} cores; medians of {runs} runs", flush=True)
    helps = statistics.median(seconds([*GRADE, "--help"]) for _ in range(7))
    print(f"grade --help: {helps:.3f} s, limit {HELP_LIMIT_S} s", flush=True)
    good = [helps <= HELP_LIMIT_S]
    good.append(shown("property checks apart, against in process", property_checks(runs), CHECKS_LIMIT))
    with tempfile.TemporaryDirectory() as folder:
        for name, measure, limit in WAITING:
            good.append(shown(name, [measure(Path(folder)) for _ in range(runs)], limit))
        gradings = [whole_grading(Path(folder)) for _ in range(runs)]
        good.append(shown("whole grading, against the bare training", gradings, GRADING_LIMIT))
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
