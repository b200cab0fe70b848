"""`nox -s class`: a made class, graded by `gradebook run` in the layout of each platform, and killed on the way.

A third of it is right, the others have mutants, parts that are not written, and submissions that end, hang, flood or
can't be read. It is graded once undisturbed, then read in each other layout, where every work must be known and every
student be found again, then graded anew while the run is killed with SIGKILL at random moments and called again. What
`gradebook export json` says must be the same each time, but for durations and dates. Nothing trains.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.classes import mixed_ones, suite_without_training
from grader.gradebook.database import FILE
from tests.meta.measures.homework import hw3, reference_of

STUDENTS: Final = 300
KILLS: Final = 20
GRADEBOOK: Final = Path(sys.executable).with_name("gradebook")
TIMES: Final = frozenset({"duration_s", "date", "graded"})
HOSTILE: Final = {
    "ends": "import os\nos._exit(0)\n",
    "killed": "import os\nclass Linear:\n    def __init__(self, *sizes):\n        os.kill(os.getpid(), 9)\n",
    "loops": "class Linear:\n    def __init__(self, *sizes):\n        while True:\n            pass\n",
    "floods": "class Linear:\n    def __init__(self, *sizes):\n        print('x' * 10**7)\n",
    "eats": "class Linear:\n    def __init__(self, *sizes):\n        self.weight = bytearray(10**11)\n",
    "recurses": "class Linear:\n    def __init__(self, *sizes):\n        self.__init__(*sizes)\n",
    "unreadable": "class Linear(:\n",
    "not-utf8": "x = '\udcff'\n",
}
Named = Callable[[int, str], str]  # the path of a student's file; number and name


def works(count: int) -> Iterator[str]:
    """What so many students hand in."""
    hostile = itertools.islice(HOSTILE.values(), count // 4)
    yield from (sources := [*hostile])
    yield from mixed_ones(reference_of(hw3()), count - len(sources))


def student(number: int) -> str:
    """The name of one."""
    return f"Student {number} Name{number}"


LAYOUTS: Final[Mapping[str, Named]] = {
    "canvas": lambda n, name: f"{name.lower().replace(' ', '')}_{1000 + n}_{5000 + n}_hw3.py",
    "gradescope": lambda n, name: f"submission_{n}/hw3.py",
    "moodle": lambda n, name: f"{name}_{70000 + n}_assignsubmission_file_/hw3.py",
    "brightspace": lambda n, name: f"{1000 + n}-2000 - {name} - Nov 1, 2026 1224 PM/hw3.py",
    "folders": lambda n, name: f"{name.replace(' ', '_')}/hw3.py",
}


def write(folder: Path, layout: str, sources: list[str]) -> None:
    """The class as that platform gives it out."""
    for number, source in enumerate(sources):
        path = folder / LAYOUTS[layout](number, student(number))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8", errors="surrogateescape")
    if layout == "gradescope":
        people = (f"submission_{n}:\n  :submitters:\n  - :name: {student(n)}\n" for n in range(len(sources)))
        (folder / "submission_metadata.yml").write_text("---\n" + "".join(people), encoding="utf-8")


def command(handed: Path, out: Path, suite: Path) -> list[str]:
    """Grade that folder into that book."""
    return [str(GRADEBOOK), "run", str(handed), "--out", str(out), "--assignment", str(suite), "--seed", "7"]


def exported(out: Path) -> list[Any]:
    """What the book says of each student, but for times."""
    printed = subprocess.run(
        [GRADEBOOK, "export", "json", "--book", out], check=True, capture_output=True, text=True
    ).stdout
    found = json.loads(printed)
    return [_without_times(entry) for entry in (found if isinstance(found, list) else found["students"])]


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_times(inner) for key, inner in value.items() if key not in TIMES}
    return [_without_times(inner) for inner in value] if isinstance(value, list) else value


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Where two exports differ, and how."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key), other.get(key), f"{place}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{place}/{number}")
    elif one != other:
        yield f"{place}: {str(one)[:200]!r} and {str(other)[:200]!r}"


def results_in(out: Path) -> list[str]:
    """The keys of all results in the book, one for each time that something was graded."""
    if not (out / FILE).is_file():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{out / FILE}?mode=ro", uri=True)) as book:
        return [key for (key,) in book.execute("select key from results")]


def killed_on_the_way(run: list[str], out: Path, kills: int, typical_s: float, drawn: random.Random) -> int:
    """Call it, kill it at a random moment, and so on, then let it end. How many times it was alive when killed."""
    died = 0
    for _ in range(kills):
        with subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(drawn.uniform(0, 2 * typical_s / max(1, kills)))
            died += process.poll() is None
            process.send_signal(signal.SIGKILL)
        print(f"  killed with {len(results_in(out))} results", flush=True)
    subprocess.run(run, stdout=subprocess.DEVNULL, check=False)
    return died


def main() -> None:
    """Print what was found; fail where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    arguments = parser.parse_args()
    problems = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suite, sources = suite_without_training(folder), [*works(arguments.students)]
        for layout in LAYOUTS:
            write(folder / layout, layout, sources)
        started = time.monotonic()
        subprocess.run(command(folder / "canvas", folder / "book", suite), check=False)
        took = time.monotonic() - started
        undisturbed, graded = exported(folder / "book"), results_in(folder / "book")
        print(f"{len(undisturbed)} students, {len(graded)} works, graded in {took:.0f} s", flush=True)
        points = [entry.get("score") for entry in undisturbed if entry.get("outcome") == "graded"]
        if len(points) < arguments.students * 3 // 4:
            problems.append(f"only {len(points)} of {arguments.students} were graded")
        if len(undisturbed) != arguments.students or len(graded) != len({*sources}):
            problems.append(f"{len(undisturbed)} students and {len(graded)} works of {len({*sources})} were graded")
        for layout in [each for each in LAYOUTS if each != "canvas"]:
            again = folder / f"again-{layout}"
            shutil.copytree(folder / "book", again)
            status = subprocess.run(command(folder / layout, again, suite), stdout=subprocess.DEVNULL).returncode
            if status not in (0, 1):
                problems.append(f"{layout}: it ended with status {status}")
            fresh = len(results_in(again)) - len(graded)
            print(f"{layout}: {fresh} graded again", flush=True)
            if fresh or len(exported(again)) < arguments.students:
                problems.append(
                    f"{layout}: {fresh} works are not known again, {len(exported(again))} students are there"
                )
        run = command(folder / "canvas", folder / "killed", suite)
        died = killed_on_the_way(run, folder / "killed", arguments.kills, took, random.Random(arguments.seed))
        print(f"killed {died} times", flush=True)
        keys = results_in(folder / "killed")
        if len(keys) != len({*keys}):
            problems.append(f"{len(keys) - len({*keys})} works were graded twice")
        for place in differences(undisturbed, exported(folder / "killed")):
            problems.append(f"killed and resumed, it differs: {place}")
        left = [path for each in ("book", "killed") for path in (folder / each / "tmp").glob("*")]
        if left:
            problems.append(f"left behind: {left[:3]}")
    for problem in problems:
        print(f"WRONG {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
