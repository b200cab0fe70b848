"""Looks whether Python can read a submission, before anybody has imported torch: `python -m grader.worker.first_look`.

A syntax error is told in a moment so. This process runs trusted code only; the one that it forks goes into the jail as
workers do, and there parses what comes on standard input. Nothing is executed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

from grader.boundary.forms import Form
from grader.boundary.startup import Site, Start, read_command
from grader.boundary.syntax import FirstLook, SyntaxProblem
from grader.sandbox import environment, probe
from grader.sandbox.enter import enter
from grader.sandbox.jail import Jail
from grader.sandbox.tiers import Isolation
from grader.worker.reading.program import read
from grader.worker.reading.syntax import problem_of
from grader.worker.reading.text import Unreadable

LIMIT_S: Final = 5.0


def main() -> None:
    """Fork the process that parses, and end it when its time is over."""
    site, start = Site.from_json(sys.stdin.buffer.readline()), read_command(sys.stdin.buffer.readline())
    assert isinstance(start, Start)
    isolation, jail = probe.probe(site)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # so that its end can be waited for, with a limit
    pid = os.fork()
    if pid == 0:
        look(start, isolation, jail)
    if signal.sigtimedwait({signal.SIGCHLD}, LIMIT_S) is None:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def look(start: Start, isolation: Isolation, jail: Jail | None) -> None:
    """In the process that parses: go into the jail, look, say what there is, and end."""
    try:
        environment.close_all_but(*([jail.prepare()] if jail else []))
        enter(start, jail)
        problem, choice = problem_in(sys.stdin.buffer.readline(), sys.stdin.buffer.read())
        told = FirstLook(tier=str(isolation.tier), detail=isolation.detail, problem=problem, choice=choice)
        os.write(1, told.as_json().encode())
    finally:
        os._exit(0)


def problem_in(request: bytes, contents: bytes) -> tuple[SyntaxProblem | None, str]:
    """What is wrong with the submission of that request, and why it is that file of it."""
    form, entry, questions, wanted, files = json.loads(request)
    try:
        program = read(Form(form), dict(_cut(files, contents)), entry, questions, wanted)
        return problem_of(program), program.choice
    except (Unreadable, MemoryError):  # told by the worker that reads, in words
        return None, ""


def _cut(files: Sequence[tuple[str, int]], contents: bytes) -> list[tuple[str, bytes]]:
    found, at = [], 0
    for name, size in files:
        found.append((name, contents[at : at + size]))
        at += size
    return found


if __name__ == "__main__":
    main()
