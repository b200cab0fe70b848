"""The walls of a jail: one that gives way is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from grader.processes.workers import Workers
from grader.sandbox import environment
from grader.sandbox.tiers import Tier
from tests.meta.tools.repository import ROOT

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp stand in for Seatbelt")

# The jail of Linux, with one wall taken out: what it makes of `walls`, and what is found.
BROKEN: Final = {
    "": {},
    "files can be read": {"readable": True},
    "files can be written": {"writable": True},
    "the network can be reached": {"calls": "socket 41 198, connect 42 203", "abi": 1},
    "connections can be awaited": {"calls": "socket 41 198, bind 49 200", "abi": 1},
    "processes can be started": {"unconditional": "clone"},
    "programs can be started": {"calls": "execve 59 221", "executable": True},
    "signals can be sent": {"unconditional": "kill", "abi": 1},
    "PermissionError": {"no_scratch": True},
}
PUSH: Final = """
import json, os, sys
from pathlib import Path
from grader.sandbox import landlock, linux, seccomp
from grader.sandbox.walls import weakness
walls, root, outside = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
os.chdir(root / "scratch")
seccomp._ALLOWED += "more: " + walls.get("calls", "read 0 63") + chr(10)
conditions = seccomp._conditions
seccomp._conditions = lambda pid: {k: v for k, v in conditions(pid).items() if k != walls.get("unconditional")}
abi = walls.get("abi", landlock.abi())
handled = landlock.handled(abi)
more = landlock.Access.EXECUTE if "executable" in walls else 0
rules = [(str(root / "scratch"), landlock.READ if "no_scratch" in walls else handled & landlock.READ_AND_WRITE | more)]
if "readable" in walls:
    rules.append((str(outside), landlock.Access.READ_FILE))
if "writable" in walls:
    rules.append((str(root), landlock.READ_AND_WRITE & handled))
linux.set_no_new_privileges()
landlock.enter(landlock.ruleset(rules, abi))
seccomp.enter(seccomp.template(), os.getpid())
try:
    print(weakness(os.getppid(), [outside]))
except OSError as error:
    print(type(error).__name__)
"""


@on_linux
@pytest.mark.parametrize("weakness", BROKEN)
def test_wall_that_gives_way_is_named(weakness: str, workers: Workers, tmp_path: Path) -> None:
    if workers.isolation.tier is Tier.PROCESS:
        pytest.skip(f"no jail to take a wall out of: {workers.isolation}")
    (tmp_path / "scratch").mkdir()
    arguments = [json.dumps(BROKEN[weakness]), str(tmp_path), str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [sys.executable, "-P", "-c", PUSH, *arguments],
        env=environment.worker_environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{weakness}\n"
    assert list((tmp_path / "scratch").iterdir()) == []
