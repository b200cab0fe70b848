"""`grade`, called in a process of its own, and what the call left behind."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GRADE = (sys.executable, "-c", "from grader.cli import main; main()")


@dataclass(frozen=True)
class Done:
    """What a call left behind."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


def grade(*arguments: object, cwd: Path | None = None) -> Done:
    """`grade` in a process of its own."""
    done = subprocess.run(
        [*GRADE, *map(str, arguments)], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, cwd=cwd
    )
    return Done(done.returncode, done.stdout, done.stderr)
