"""Where a worker was when its time was over, and whether another one is in the same loop: one limit for one loop.

The trace is the worker's word. It is shown, and it can end the check sooner that it belongs to: nobody wins by a lie.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from grader.boundary import wire
from grader.boundary.channel import Channel
from grader.boundary.places import Places
from grader.processes.allowance import MIN_GRACE_S
from grader.processes.drain import Output
from grader.processes.process import Process
from grader.processes.watch import waited_s

# As faulthandler writes it.
_HEAD: Final = b"Stack (most recent call first):\n"
_ENDS: Final = (b" in _run_module_as_main\n", b"\n  ...\n")  # how a worker was started, or more than it shows
_FRAME: Final = re.compile(r'^  File "([^"\n]{1,500})", line (\d{1,9}) in ([^\n]{1,500})$', re.MULTILINE)
_MOST: Final = 100  # frames
_OPENS: Final = re.compile(r"\s*(?:async\s+)?(while|for|def|class)\b")
_MOST_INDENT: Final = 1 << 30
_MOST_LINES: Final = 10_000  # above a line, that are looked at for a loop around it
_MOST_NAME: Final = 100  # characters of a function's name
# A worker that is in a function in which another one has used up its limit is waited for that long. A check of right
# code that is slow there once may be slow twice: it is the message that takes this long, not the check.
AGAIN_S: Final = 2.0
WHEREABOUTS_S: Final = 1.0  # to say where it is


class LoopKnown(wire.DeadlinePassed):
    """It is in a loop in which another worker has used up its limit. The text is what was told of that one."""


def is_whole(heard: bytes) -> bool:
    """Whether there is a trace in it, to its end."""
    start = heard.find(_HEAD)
    return start >= 0 and any(end in heard[start:] for end in _ENDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A line that was executed, and the function that it is in."""

    function: str
    line: int  # of the executed text
    statement: object  # the top-level statement that it is in: two classes have a method of one name


class Loops:
    """Those that were found in one grading."""

    def __init__(self, places: Places, statement_of: Callable[[int], object], source: str = "") -> None:
        """source: the executed text."""
        self._places = places
        self._lines = source.split("\n")
        self._statement_of = statement_of
        self._found: list[tuple[Sequence[Spot], str]] = []

    @property
    def is_empty(self) -> bool:
        """Whether none was found so far."""
        return not self._found

    def look_out(self, process: Process, channel: Channel, output: Output, deadline: float) -> None:
        """Raises LoopKnown where it gives no answer and is where another one has used up its limit."""
        waited, patience = waited_s(process.identify()), AGAIN_S
        while not _is_ready(channel, until := min(deadline, time.monotonic() + patience)) and until < deadline:
            more = waited_s(process.pid) - waited
            if more < MIN_GRACE_S:  # the machine was not too busy for it
                if told := self.known(self.whereabouts(process, output)):
                    raise LoopKnown(told)
                return
            waited, patience = waited + more, more

    def whereabouts(self, process: Process, output: Output) -> tuple[Spot, ...]:
        """Which lines of the submission it executes at this moment: its word."""
        pid = process.identify()
        if pid is None or not hasattr(signal, "SIGUSR1"):
            return ()

        def ask() -> None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGUSR1)

        return self.spots(output.hear(ask, is_whole, WHEREABOUTS_S))

    def spots(self, trace: str) -> tuple[Spot, ...]:
        """The student's own of the trace, the innermost first."""
        found = []
        for file, number, function in _FRAME.findall(trace.rpartition(_HEAD.decode())[2])[:_MOST]:
            if line := self._line(file, int(number)):
                statement = self._statement_of(line)
                found.append(Spot(function=function[:_MOST_NAME], line=line, statement=statement))
        return tuple(found)

    def _line(self, file: str, line: int) -> int:
        if file == _shown(self._places.file):
            return line
        firsts = [s.first for s in self._places.spans if _shown(s.file) == file and not s.cell]
        return firsts[0] + line - 1 if firsts else 0

    def told(self, spots: Sequence[Spot]) -> str:
        """For a message, in words."""
        if not spots:
            return "look for an endless loop"
        line, spot = self._loop_in(spots)
        function = "" if spot.function == "<module>" else f", in {spot.function}"
        return f"look for an endless loop at {self._places.at(line)}{function}"

    def _loop_in(self, spots: Sequence[Spot]) -> tuple[int, Spot]:
        """The line that opens a loop around one of them: which line of a loop is executed differs each time.

        A `while` is likelier to be endless than a `for`. Without any, it is where the program was.
        """
        around = [(loop_around(self._lines, line), spot) for line, spot in {spot.line: spot for spot in spots}.items()]
        of_while = [(found.line, spot) for found, spot in around if found and found.is_while]
        of_for = [(found.line, spot) for found, spot in around if found]
        return next(iter([*of_while, *of_for]), (spots[0].line, spots[0]))

    def note(self, spots: Sequence[Spot], message: str) -> None:
        """One was found."""
        if spots:
            self._found.append((spots, message))

    def known(self, spots: Sequence[Spot]) -> str:
        """What was told of the loop that these are in; nothing where it is none that was found."""
        for others, message in self._found:
            if spots and (_is_in(others[0], spots) or _is_in(spots[0], others)):
                return message
        return ""


@dataclass(frozen=True, slots=True)
class Around:
    """A loop, by the line that opens it."""

    line: int
    is_while: bool


def loop_around(lines: Sequence[str], line: int) -> Around | None:
    """The outermost `while` around that line within its function, or else the outermost `for`; None without a loop.

    By indentation: to parse what a student wrote is a worker's business.
    """
    found: Around | None = None
    indent = _MOST_INDENT
    first = max(line - _MOST_LINES, 0)
    for number in range(line if line <= len(lines) else 0, first, -1):
        text = lines[number - 1]
        left = len(text) - len(text.lstrip())
        if not text.strip() or left >= indent:
            continue
        indent = left
        opens = _OPENS.match(text)
        if opens and opens[1] in ("def", "class"):
            break
        if opens and (opens[1] == "while" or found is None or not found.is_while):
            found = Around(number, opens[1] == "while")
    return found


def _is_ready(channel: Channel, until: float) -> bool:
    """Whether there is something to receive by then."""
    while not channel.is_ready():
        left = until - time.monotonic()
        if left <= 0:
            return False
        select.select([channel], [], [], left)
    return True


def _is_in(spot: Spot, spots: Sequence[Spot]) -> bool:
    """Whether the function runs; in which line of it does not matter."""
    return any((spot.function, spot.statement) == (other.function, other.statement) for other in spots)


def _shown(file: str) -> str:
    """A file's name as faulthandler writes it."""
    return file.encode("ascii", "backslashreplace").decode()
