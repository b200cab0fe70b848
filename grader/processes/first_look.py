"""Has a process that imports no torch look whether Python can read a submission: Linux.

Elsewhere, and wherever this process does not answer as it should, the worker that reads the source tells it, later.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from grader.assignment import Assignment
from grader.boundary.startup import Site, Start
from grader.boundary.syntax import MAX_TOLD, FirstLook
from grader.installed import hidden_folders
from grader.machine import interrupts
from grader.machine.folders import temporary_folder
from grader.sandbox import bubblewrap, environment, files, tiers
from grader.submission import Submission, sendable

LIMIT_S: Final = 10.0  # for all of it; the process ends what parses sooner
COMMAND: Final = ("-P", "-s", "-m", "grader.worker.first_look")


def first_look(
    submission: Submission, assignment: Assignment, meanwhile: Callable[[], object] = lambda: None
) -> FirstLook | None:
    """What it says, or None where nothing is known. meanwhile: what to do until it has looked."""
    if sys.platform != "linux":
        return None
    with temporary_folder() as root:
        suites, wrapper = tuple(hidden_folders()), list[str]()
        with contextlib.suppress(OSError):
            wrapper = bubblewrap.command(files.readable([]), root, suites)
        told = b""
        for command in [wrapper, []] if wrapper else [[]]:
            namespaces = bubblewrap.identities() if command else None
            site = Site(tier=str(tiers.Tier.NAMESPACES), suites=suites, namespaces=namespaces)
            told = told or _ask(command, root, _request(site, root, submission, assignment), meanwhile)
    with contextlib.suppress(ValueError):
        return FirstLook.from_json(told)
    return None


def _request(site: Site, root: Path, submission: Submission, assignment: Assignment) -> bytes:
    contents = [content for _, content in submission.files]
    names = [(sendable(name), len(content)) for name, content in submission.files]
    asked = [str(submission.form), submission.entry, assignment.names, assignment.files_beside, names]
    scratch = root / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    head = [site.as_json(), Start(scratch=scratch, limits=assignment.limits).as_json(), json.dumps(asked)]
    return b"".join([*(line.encode() + b"\n" for line in head), *contents])


def _ask(wrapper: list[str], root: Path, request: bytes, meanwhile: Callable[[], object]) -> bytes:
    """What the process writes to standard output. It is ended at the limit; what it writes there is bounded."""
    given = root / "request"
    given.write_bytes(request)
    with contextlib.ExitStack() as stack:
        with interrupts.deferred():
            try:
                process = subprocess.Popen(
                    [*wrapper, sys.executable, *COMMAND],
                    cwd=root,
                    env=environment.worker_environment(root),
                    stdin=stack.enter_context(given.open("rb")),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError:
                return b""
            stack.enter_context(process)
            kill = functools.partial(_kill, process)
            stack.callback(kill)
            ending = threading.Timer(LIMIT_S, kill)
            stack.callback(ending.cancel)
            ending.start()
        meanwhile()
        assert process.stdout is not None
        return process.stdout.read(MAX_TOLD + 1)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With all of its group: bubblewrap's end is not that of what it has started, which holds the output open."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
