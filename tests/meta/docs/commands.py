"""Commands that the pages show: taken apart as a shell does, executed or looked up, and what they say compared."""

from __future__ import annotations

import contextlib
import functools
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import typer

from grader import cli
from grader.gradebook import cli as gradebook_cli
from grader.judge import grading as grading_module
from grader.options import with_default_page
from grader.processes import workers as workers_module
from grader.processes.workers import Workers
from tests.meta.tools.command import Done

OURS: Final[dict[str, Any]] = {"grade": cli, "gradebook": gradebook_cli}
NEVER_RUN: Final = ("--watch", "--submit", "--publish")  # they stay, or send
LONG: Final = (("gradebook", "check"),)  # grades hundreds of submissions
# Programs of others whose options are looked up in what they say of themselves.
HELP: Final = {
    ("pip", "install"): ("-m", "pip", "install", "--help"),
    ("pytest",): ("-m", "pytest", "--help"),
    ("nox",): ("-m", "nox", "--help"),
}
OTHERS: Final = ("apt-get", "venv", "dask", "git", "gh")  # of which nothing is looked up


@dataclass(frozen=True, slots=True)
class Shown:
    """A command of a page, and the lines that the page shows below it."""

    command: str
    output: tuple[str, ...] = ()


def script(source: str) -> list[Shown]:
    """The commands of a shell's script, without comments; a line that ends with a backslash goes on in the next."""
    lines = re.sub(r"\\\n\s*", "", source).splitlines()
    found = [shlex.join(shlex.split(line, comments=True)) if "&&" not in line else line for line in lines]
    return [Shown(part.strip()) for line in found if line for part in line.split("&&")]


def console(source: str) -> list[Shown]:
    """The commands behind a `$`, each with the output below it."""
    parts = re.split(r"^\$ ", re.sub(r"\\\n> ?", "", source), flags=re.MULTILINE)[1:]
    return [Shown(command, tuple(output)) for command, *output in (part.splitlines() for part in parts)]


def words(command: str) -> list[str]:
    """The words of a command, without those that set its environment."""
    found = shlex.split(command, comments=True)
    while found and re.fullmatch(r"[A-Z_]+=.*", found[0]):
        found.pop(0)
    return found


def is_run(command: str) -> bool:
    """Whether the command is executed by the tests; else its options are looked up."""
    program, *rest = words(command)
    stays = any(word in NEVER_RUN for word in rest) or (program, *rest[:1]) in LONG
    return program in OURS and not stays and "|" not in rest


def look_up(command: str) -> None:
    """Find each option of the command in what its program knows. Raises AssertionError."""
    program, *rest = words(command)
    program = Path(program).name.removeprefix("%")
    if program in OURS:
        parse(program, rest)
        return
    if program.startswith("python") and rest[:1] == ["-m"]:
        program, *rest = rest[1:]
    called = next((key for key in HELP if key == (program, *rest)[: len(key)]), None)
    assert called or program in OTHERS, f"{program} is no program that the tests know"
    if called:
        ours = rest[: rest.index("--")] if "--" in rest else rest
        options = [word.split("=")[0] for word in ours if re.match(r"--?[a-z]", word)]
        unknown = [option for option in options if not re.search(rf"(^|[\s,]){option}\b", help_of(called))]
        assert not unknown, f"{' '.join(called)} --help does not know {unknown[0]}"


@functools.cache
def help_of(program: tuple[str, ...]) -> str:
    """What a program says of itself."""
    done = subprocess.run([sys.executable, *HELP[program]], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def parse(program: str, arguments: Sequence[str]) -> None:
    """Have our own command line take the arguments apart, and call nothing. Raises AssertionError."""
    command: Any = typer.main.get_command(OURS[program].app)
    rest = with_default_page(arguments) if program == "grade" else list(arguments)
    name = program
    while hasattr(command, "commands"):
        assert rest, f"{name} lacks a command"
        name, rest = f"{name} {rest[0]}", rest[1:]
        assert name.split()[-1] in command.commands, f"{name} is no command"
        command = command.commands[name.split()[-1]]
    context = command.context_class(command, info_name=name)
    try:
        given, left, _ = command.make_parser(context).parse_args(args=rest)
    except Exception as error:
        raise AssertionError(f"{name}: {error}") from None
    assert not left, f"{name} takes no {left[0]}"
    asks = [p.name for p in command.params if p.required and given.get(p.name) in (None, [], ())]
    eager = any(given.get(p.name) for p in command.params if p.is_eager)
    assert eager or not asks or not is_run(shlex.join([program, *arguments])), f"{name} lacks {asks}"


def run(command: str, folder: Path, workers: Workers) -> Done:
    """Execute one of our own commands in this process, in that folder, with workers that are there already."""
    program, *rest = words(command)
    arguments = [part for word in rest for part in _globbed(word, folder)]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(lent(workers))
        stack.enter_context(mock.patch.object(sys, "argv", [program, *arguments]))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        try:
            OURS[program].main()
            status: object = 0
        except SystemExit as ended:
            status = ended.code or 0
    assert isinstance(status, int)
    return Done(status, out.getvalue(), err.getvalue())


def _globbed(word: str, folder: Path) -> Iterable[str]:
    found = sorted(str(path.relative_to(folder)) for path in folder.glob(word)) if "*" in word else []
    return found or [word]


@contextlib.contextmanager
def lent(workers: Workers) -> Iterator[None]:
    """Within, whoever opens workers gets these: to start them is most of what a short grading costs."""

    @contextlib.contextmanager
    def opened(*_: object) -> Iterator[Workers]:
        yield workers

    with (
        mock.patch.object(workers_module, "open_workers", opened),
        mock.patch.object(grading_module, "open_workers", opened),
    ):
        yield


def missing(shown: Sequence[str], said: str) -> str | None:
    """The first line of the page that the command did not say, in this order; `...` stands for anything."""
    lines = [" ".join(line.split()) for line in said.splitlines()]
    for line in shown:
        wanted = " ".join(line.split())
        pattern = re.compile(".*".join(map(re.escape, wanted.split("..."))))
        place = next((i for i, each in enumerate(lines) if pattern.fullmatch(each)), None)
        if wanted and place is None:
            return line
        lines = lines[(place or 0) + 1 :] if wanted and wanted != "..." else lines
    return None
