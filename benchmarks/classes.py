"""`nox -s benchmarks -- class`: how many submissions `gradebook run` grades in a minute, as ratios within one run.

Without training, two at a time on two cores: judges of a class that sits one exam, against plain pytest in a new
process for each submission with the same checks in process (benchmarks/plain.py), and against a `grade` for each. What
is slow to start counts: the class is timed from the start of its judges to the last result, and the others before and
after it. Also the memory that a further judge takes, and whether the last submissions take longer than the first. In a
smaller class (`-- class --right 120`) the start counts for more.

With training (`-- class --trained 12`, and nothing else then): the share of the cores' time that is students' own.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from typing import Final

from grader.assignment import find_assignment, load_assignment
from grader.gradebook.judges import Task
from grader.gradebook.supervisor import Graded, Supervisor
from grader.machine.processors import cores
from tests.meta import mutants, variants

RIGHT_LIMIT, MIXED_LIMIT = 8.0, 5.0
JUDGE_MIB, FLAT = 150.0, 1.1  # a further judge's own memory; the last tenth's time, against the first's
BUSY = 0.9  # of the cores' time, spent in students' workers, where they train
RIGHT, MIXED, PLAIN = 500, 60, 6  # submissions; of the plain ones, enough to know what one takes
TRAINS: Final = ("linear_model = train", "two_layer_model = train", "mnist_", "train_dataloader =", "test_dataloader =")
GRADE: Final = str(Path(sys.executable).with_name("grade"))


def without_training(source: str) -> str:
    """The source without the statements that train."""
    return "".join(line for line in source.splitlines(keepends=True) if not line.startswith(TRAINS))


def suite_without_training(folder: Path) -> Path:
    """A copy of the suite in which no question trains."""
    copied = folder / "suite"
    here = find_assignment("hw3")
    shutil.copytree(here, copied, ignore=shutil.ignore_patterns("__pycache__", "test_eval_*", "answers.py"))
    table = (copied / "assignment.toml").read_text(encoding="utf-8")
    head, *questions = table.split("[[question]]")
    kept = [question for question in questions if 'name = "eval_' not in question]
    head = head.replace('"../../', f'"{here.parents[1]}/')
    (copied / "assignment.toml").write_text("[[question]]".join([head, *kept]), encoding="utf-8")
    return copied


def right_ones(reference: str, count: int) -> Iterator[str]:
    """Variants of the reference, each a file of its own."""
    sources = [variants.apply(reference, variant) for variant in variants.all_variants()[:: 120 // count or 1]]
    for number, source in enumerate(itertools.islice(itertools.cycle(sources), count)):
        yield f"# {number}\n{without_training(source)}"


def trained_ones(reference: str, count: int) -> Iterator[str]:
    """The reference as it is, each a file of its own."""
    for number in range(count):
        yield f"# {number}\n{reference}"


def mixed_ones(reference: str, count: int) -> Iterator[str]:
    """A third each: right, wrong in one part, and with parts that are not written."""
    wrong = mutants.all_mutants()
    yield from right_ones(reference, count // 3)
    for mutant in wrong[:: len(wrong) // (count // 3)][: count // 3]:
        yield without_training(mutants.apply(reference, mutant))
    parts = ["class TwoLayerNN", "class MultiLayerNN", "class DataLoader", "def epoch"]
    for number in range(count - 2 * (count // 3)):
        written = without_training(reference).split(parts[number % len(parts)])[0]
        yield f"# {number}\n{written}"


def written(sources: Iterable[str], folder: Path) -> list[Path]:
    """The sources as files."""
    folder.mkdir()
    paths = []
    for number, source in enumerate(sources):
        paths.append(folder / f"student{number}.py")
        paths[-1].write_text(source, encoding="utf-8")
    return paths


def graded(paths: Sequence[Path], suite: Path, folder: Path) -> Iterator[Graded]:
    """The results of a class, as they come; its judges start with the first, and have ended after the last."""
    config = {
        "assignment": str(suite),
        "folder": str(suite),
        "seed": 7,
        "effort": "standard",
        "require_isolation": "process",
    }
    folder.mkdir()
    with Supervisor(config, folder, jobs=cores(), limit_s=600) as supervisor:
        yield from supervisor.run([Task(key=path.name, path=str(path)) for path in paths])


def of_class(paths: Sequence[Path], suite: Path, folder: Path) -> tuple[float, float, list[Graded]]:
    """Seconds from the start of the judges to the last result, MiB of a further judge, and the results."""
    started, mib, results = time.perf_counter(), math.inf, list[Graded]()
    for result in graded(paths, suite, folder):
        results.append(result)
        if len(results) == len(paths) * 3 // 4:
            mib = max(map(own_mib, processes_in(folder, "judge_process")), default=math.inf)  # none: not root
    return time.perf_counter() - started, mib, results


def share_of_students(paths: Sequence[Path], suite: Path, folder: Path) -> tuple[float, float]:
    """Of the cores' time, from a judge's first result to where the last submissions begin: what workers had of it.

    And how many were graded in a minute of that time.
    """
    marks, results = dict[int, tuple[float, float]](), list[Graded]()
    for result in graded(paths, suite, folder):
        results.append(result)
        marks[len(results)] = time.perf_counter(), sum(map(cpu_s, processes_in(folder, "grader.worker")))
    assert all(result.outcome == "graded" for result in results), [result.reason for result in results]
    (first, before), (last, after) = marks[cores()], marks[len(paths) - cores()]
    took = last - first
    return (after - before) / (took * cores()), 60 * (len(paths) - 2 * cores()) / took


def processes_in(folder: Path, name: str) -> Iterator[Path]:
    """The processes with that in their command whose temporary folder is in it, in /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
            if name.encode() in command and os.fsencode(f"TMPDIR={folder}/") in environment:
                yield process


def cpu_s(process: Path) -> float:
    """Seconds of processor time, its own and that of its children that have ended."""
    with contextlib.suppress(OSError):
        fields = (process / "stat").read_text().rpartition(")")[2].split()  # from the state on
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def own_mib(process: Path) -> float:
    """What it shares with no other process (USS)."""
    lines = (line.split() for line in (process / "smaps_rollup").read_text().splitlines())
    return sum(int(line[1]) for line in lines if line[0].startswith("Private_")) / 1024


def slowdown(results: Sequence[Graded]) -> float:
    """How much longer the last tenth took than the tenth after the first submission of each judge."""
    durations = [result.duration_s for result in results][cores() :]
    tenth = max(len(durations) // 10, 1)
    return mean(durations[-tenth:]) / mean(durations[:tenth])


def one_by_one(commands: Sequence[Sequence[str]]) -> float:
    """Seconds for these processes, as many at a time as there are cores."""
    started = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        for _ in pool.map(lambda command: subprocess.run(command, capture_output=True), commands):
            pass
    return time.perf_counter() - started


def plain(path: Path, suite: Path) -> list[str]:
    """The command of plain pytest."""
    options = ["-q", "-p", "no:grader", "-p", "benchmarks.plain", "-p", "no:cacheprovider", "--plain", str(path)]
    return [sys.executable, "-m", "pytest", str(suite), *options, f"--rootdir={suite}", "-c", "/dev/null"]


def alone(path: Path, suite: Path) -> list[str]:
    """The command that grades one submission."""
    return [GRADE, str(path), "--assignment", str(suite), "--quiet"]


def measure_trained(count: int) -> bool:
    """Print what share of the cores' time is students' own where they train; whether it is within its limit."""
    assignment = load_assignment(find_assignment("hw3"))
    assert assignment.reference is not None
    sources = trained_ones(assignment.reference.read_text(encoding="utf-8"), count)
    with tempfile.TemporaryDirectory() as name:
        paths = written(sources, Path(name, "trained"))
        share, rate = share_of_students(paths, assignment.folder, Path(name, "judges"))
    print(
        f"with training: {share:.2f} of the cores' time is students' own, limit {BUSY}; {rate:.1f} a minute", flush=True
    )
    return share >= BUSY


def measure(right: int = RIGHT) -> bool:
    """Print the measurements; whether they are within their limits. right: how many are in the class of right ones."""
    assignment = load_assignment(find_assignment("hw3"))
    assert assignment.reference is not None
    reference, good = assignment.reference.read_text(encoding="utf-8"), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suite = suite_without_training(folder)
        for what, sources, limit in (
            ("right", right_ones(reference, right), RIGHT_LIMIT),
            ("mixed", mixed_ones(reference, MIXED), MIXED_LIMIT),
        ):
            paths = written(sources, folder / what)
            sample = paths[:: len(paths) // PLAIN][:PLAIN]
            others = [[plain(path, suite) for path in sample], [alone(path, suite) for path in sample]]
            before = [one_by_one(commands) for commands in others]
            took, mib, results = of_class(paths, suite, folder / f"{what}-judges")
            assert all(result.outcome == "graded" for result in results), [r.reason for r in results]
            after = [one_by_one(commands) for commands in others]  # within minutes, machines change their speed
            by_pytest, by_grade = ((a + b) / (2 * len(sample)) for a, b in zip(before, after, strict=True))
            each = took / len(paths)
            scores = [result.card["score"] for result in results if result.card]
            print(
                f"{what}: {len(paths)} in {took:.1f} s ({60 / each:.0f} a minute), mean score {mean(scores):.1f}: "
                f"{by_pytest / each:.1f} times as many as plain pytest, limit {limit}; "
                f"{by_grade / each:.1f} times as many as a grade each",
                flush=True,
            )
            good.append(by_pytest / each >= limit)
            print(f"{what}: a further judge has {mib:.0f} MiB of its own, limit {JUDGE_MIB:g}", flush=True)
            good.append(mib <= JUDGE_MIB)
            if what == "right":
                slower = slowdown(results)
                print(f"right: the last tenth takes {slower:.2f} times as long as the first, limit {FLAT}", flush=True)
                good.append(slower <= FLAT)
    return all(good)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--right", type=int, default=RIGHT, help="how many right submissions")
    parser.add_argument("--trained", type=int, help="how many that train, three for each core at least; no others then")
    chosen = parser.parse_args()
    if chosen.trained is not None and chosen.trained < 3 * cores():
        parser.error(f"--trained {chosen.trained} is too few to be measured; pass {3 * cores()} or more")
    sys.exit(0 if (measure_trained(chosen.trained) if chosen.trained else measure(chosen.right)) else 1)
