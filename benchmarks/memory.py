"""`nox -s memory -- --limit-mib 768 --cpus 0.5`: grade the reference in a container of that size, as root on Linux.

The container is a control group, of either version, with that limit of memory (swap is not used) and of processor time.
The environment is that of Gradescope's run_autograder. Printed are score, seconds, and the largest memory that was
seen: `anonymous` is what the container must have; files (libraries, mostly) take what is left and can be dropped.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.gradebook import gradescope

REFERENCE = Path(__file__).parents[1] / "reference" / "hw3.py"
GROUPS = Path("/sys/fs/cgroup")
PERIOD_US = 100_000


class Container:
    """A control group of each kind that is needed: one folder in version 2, two in version 1."""

    def __init__(self, limit_bytes: int, cpus: float) -> None:
        name, quota = f"grader-memory-{os.getpid()}", int(cpus * PERIOD_US)
        if (GROUPS / "cgroup.controllers").exists():
            self.folders = [GROUPS / name]
            limits = {"memory.max": limit_bytes, "memory.swap.max": 0, "cpu.max": f"{quota} {PERIOD_US}"}
            self._anonymous = "anon"
        else:
            self.folders = [GROUPS / "memory" / name, GROUPS / "cpu" / name]
            limits = {"memory.limit_in_bytes": limit_bytes, "memory.swappiness": 0, "cpu.cfs_quota_us": quota}
            self._anonymous = "total_rss"
        for folder in self.folders:
            folder.mkdir()
        for file, value in limits.items():
            for path in (folder / file for folder in self.folders):
                if path.exists():
                    path.write_text(str(value))

    def enter(self) -> None:
        """Put this process into it."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def anonymous_bytes(self) -> int:
        """What its processes hold that is no file's."""
        lines = (self.folders[0] / "memory.stat").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.split()[0] == self._anonymous)

    def remove(self) -> None:
        """With what a `grade` that was killed has left in it."""
        while left := (self.folders[0] / "cgroup.procs").read_text().split():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.01)
        for folder in self.folders:
            folder.rmdir()


def exported() -> Mapping[str, str]:
    """The variables that run_autograder sets."""
    lines: Iterable[str] = gradescope._script("run_autograder").decode().splitlines()
    words = [word for line in lines if line.startswith("export ") for word in shlex.split(line)[1:]]
    return dict(word.split("=", 1) for word in words)


def main() -> int:
    """Measure and print; 0 where the score is full."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit-mib", type=int, default=768)
    parser.add_argument("--cpus", type=float, default=0.5)
    given = parser.parse_args()
    try:
        container = Container(given.limit_mib << 20, given.cpus)
    except OSError as error:
        print(f"no control group can be made here ({error}): run it as root on Linux", file=sys.stderr)
        return 2
    largest, started = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.json"
        command = [str(Path(sys.executable).with_name("grade")), str(REFERENCE), "--gradescope", str(results)]
        graded = subprocess.Popen(
            command, env={**os.environ, **exported()}, stdout=subprocess.DEVNULL, preexec_fn=container.enter
        )
        try:
            while graded.poll() is None:
                largest = max(largest, container.anonymous_bytes())
                time.sleep(0.005)
        finally:
            graded.kill()
            graded.wait()
        score = json.loads(results.read_text())["score"] if results.exists() else None
    seconds = time.monotonic() - started
    print(f"{given.limit_mib} MiB, {given.cpus:g} CPU: score {score}, exit status {graded.returncode}, {seconds:.0f} s")
    print(f"anonymous: {largest / 2**20:.0f} MiB at most")
    container.remove()
    return 0 if score == 100 else 1


if __name__ == "__main__":
    sys.exit(main())
