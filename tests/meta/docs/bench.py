"""Executes what the pages show. Each page has a folder, which begins with what its readers have."""

from __future__ import annotations

import contextlib
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock

from ruamel.yaml import YAML

from grader import notebook
from grader.assignment import find_assignment, load_assignment
from grader.judge.session import ToldSession
from grader.processes.workers import Workers
from grader.standby import Judge, Order, ToShow
from grader.suite.handles import RemoteSubmission
from tests.meta.conftest import execute
from tests.meta.docs import commands
from tests.meta.tools.pictures import wrong
from tests.meta.tools.repository import ROOT

_PATH: Final = re.compile(r"# (\S+\.(?:py|toml|txt|csv|json|yml))\b.*\n")  # the first line of a block that is a file
SGD: Final = """
import torch


class SGD:
    def __init__(self, parameters, learning_rate=1.0):
        self.parameters, self.learning_rate = list(parameters), learning_rate

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.learning_rate * p.grad

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
"""
# What is not written costs no time.
HANDED_IN: Final = {"lovelaceada_11_98765_hw3.py": SGD, "hoppergrace_12_98766_hw3.py": f"# Grace\n{SGD}"}
ROSTER: Final = "student,name,canvas_id\nada,Ada Lovelace,11\ngrace,Grace Hopper,12\n"
CANVAS: Final = """Student,ID,SIS User ID,SIS Login ID,Section,Homework 3 (55)
    Points Possible,,,,,100
"Lovelace, Ada",11,,ada,A,
"Hopper, Grace",12,,grace,A,
"""


@dataclass(frozen=True)
class JudgeHere:
    """The judge of a notebook's kernel, in this process."""

    stack: contextlib.ExitStack

    def ask(self, request: Order, say: Callable[[str], None]) -> ToShow:
        """The answer, which tells of no problem."""
        answer = Judge(self.stack).answer(request, say)
        assert not answer.problem, answer.problem
        return answer


@dataclass
class Bench:
    """Where the examples of one page are executed, in their order."""

    folder: Path
    workers: Workers
    parts: str  # the source of a right solution, without what trains
    namespace: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "hw3.py").write_text(wrong(self.parts), encoding="utf-8")
        for name in ("reference", "student_template"):
            shutil.copytree(ROOT / name, self.folder / name)
        handed_in = self.folder / "SUBMISSIONS"
        handed_in.mkdir()
        for name, source in HANDED_IN.items():
            (handed_in / name).write_text(source, encoding="utf-8")
        (self.folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
        (self.folder / "THEIRS.csv").write_text(CANVAS, encoding="utf-8")

    def python(self, source: str) -> None:
        """Write a block that begins with a path, and execute another in the page's namespace."""
        if self.write(source):
            return
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.chdir(self.folder))
            stack.enter_context(commands.lent(self.workers))
            if re.search(r"\bsubmission\b", source):
                self.namespace["submission"] = stack.enter_context(self.submission())
            if "check_here" in source or "mugrade_suite" in source:
                stack.enter_context(mock.patch.object(notebook, "cells", return_value=[self.parts, source]))
                stack.enter_context(mock.patch.object(notebook, "line_below", _no_line))
                stack.enter_context(mock.patch.object(notebook, "_judge", JudgeHere(stack)))
                exec(compile(self.parts, "cell", "exec"), self.namespace)
            exec(compile(source, "block", "exec"), self.namespace)

    @contextlib.contextmanager
    def submission(self) -> Iterator[RemoteSubmission]:
        """The right solution in a worker, as a check gets it."""
        assignment = load_assignment(find_assignment("hw3"))
        self.workers.prepare(assignment.rules, assignment.limits)
        worker = self.workers.take("student.py")
        execute(worker, self.parts, file="student.py")
        session = ToldSession(worker, 0)
        with session.example({}, {}):
            yield RemoteSubmission(session)
        worker.end()

    def write(self, source: str) -> bool:
        """Write a block to the file that its first line names. Whether it does so."""
        named = _PATH.match(source)
        if named:
            path = self.folder / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
            if path.suffix == ".py":
                compile(source, named[1], "exec")
        return named is not None

    def toml(self, source: str) -> None:
        """Read a block of TOML, and write it where it is a file."""
        tomllib.loads(source)
        self.write(source)

    def yaml(self, source: str) -> None:
        """Read a block of YAML."""
        YAML(typ="safe", pure=True).load(source)

    def shell(self, source: str) -> None:
        """Execute the commands of a script: none fails."""
        for shown in commands.script(source):
            self.command(shown)

    def console(self, source: str) -> None:
        """Execute the commands behind a `$`: they say what the page shows."""
        for shown in commands.console(source):
            self.command(shown)

    def command(self, shown: commands.Shown) -> None:
        """Execute a command, or look its options up where it needs what tests have not."""
        commands.look_up(shown.command)
        if not commands.is_run(shown.command):
            return
        done = commands.run(shown.command, self.folder, self.workers)
        said = done.stdout + done.stderr
        lacks = commands.missing(shown.output, said)
        assert lacks is None, f"`{shown.command}` does not say {lacks!r}, but:\n{said}"
        assert done.returncode in (0, 1, *([2] if shown.output else [])), f"`{shown.command}`:\n{said}"

    def look_up(self, source: str) -> None:
        """Look up the options of commands that are not executed."""
        for shown in commands.console(source) or commands.script(source):
            commands.look_up(shown.command)

    @property
    def by_language(self) -> dict[str, Callable[[str], None]]:
        """What is done with a block, by the language that its fence names."""
        return {
            "python": self.python,
            "toml": self.toml,
            "yaml": self.yaml,
            "sh": self.shell,
            "console": self.console,
        }


@contextlib.contextmanager
def _no_line() -> Iterator[Callable[[str], None]]:
    yield lambda _: None
