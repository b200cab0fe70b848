"""Makes the workers of a grading.

On Linux a zygote (trusted code, torch imported once) forks a fresh worker in some 10 ms, for each check of most
gradings. Elsewhere fork is not safe or not there, and each worker is a process of its own, started ahead of its use.

Nothing here imports torch before the first worker is made: judge and zygote then import it at the same time.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from grader.boundary.limits import Limits
from grader.boundary.rules import Rules
from grader.boundary.startup import Site, Start
from grader.data import files
from grader.data.files import FILES, DataFile
from grader.data.registry import DATA_SETS
from grader.errors import SettingsInvalid
from grader.installed import hidden_folders
from grader.machine import interrupts
from grader.machine.folders import temporary_folder
from grader.machine.processors import threads_of_user
from grader.processes.drain import Drain, Output
from grader.processes.spawner import Spawner
from grader.processes.watch import MIB, Watch
from grader.processes.zygote import Zygote
from grader.sandbox import linux, tiers

if TYPE_CHECKING:
    from grader.boundary.messages import Run
    from grader.processes.worker import Worker

MAX_SCRIPT_BYTES: Final = 32 << 20  # of the frames that scripts are made of: they are held here, and by the zygote


class Workers:
    """Fresh workers, for any number of gradings. The next one is started while the present one works."""

    @interrupts.deferred()
    def __init__(
        self, data: Mapping[str, Path], *, fork: bool | None = None, tier: tiers.Tier = tiers.Tier.NAMESPACES
    ) -> None:
        """`data` is the folder of each data set that they may read, and of files (FILES). `fork` chooses the way to
        start (default: the best there is). `tier` is the highest that is tried; `isolation` tells which one it became.
        """
        self.data = data
        self._folder = contextlib.ExitStack()
        self._root = self._folder.enter_context(temporary_folder())
        site = Site(tier=str(tier), data=data, suites=tuple(hidden_folders()))
        can_fork = sys.platform == "linux" if fork is None else fork
        self._start = Zygote(self._root, site) if can_fork else Spawner(self._root, site)
        self._next: Worker | None = None
        self._rules, self._limits = Rules(), Limits()
        self._threads = threads_of_user()
        self._watch, self._drain = Watch(), Drain()
        self._scripts = self._script_bytes = 0  # that the workers to come have, and of their frames
        if sys.platform == "linux":
            linux.hide_memory()  # of this process, which holds what the submissions must not see

    @property
    def isolation(self) -> tiers.Isolation:
        """What holds the workers, as the zygote found out by trying. Waits until it is up."""
        return self._start.isolation()

    def require(self, data: Iterable[str | DataFile]) -> None:
        """Raises SettingsInvalid unless these workers may read that data, as it is now."""
        for entry in data:
            name = entry.name if isinstance(entry, DataFile) else entry
            gathered = self.data.get(FILES)
            is_there = gathered and entry.is_in(gathered) if isinstance(entry, DataFile) else name in self.data
            if not is_there:
                raise SettingsInvalid(f"the workers can't read {name}; open them with open_workers(assignment.data)")

    def prepare(self, rules: Rules, limits: Limits) -> None:
        """Workers that are started from now on know these rules ahead, and are held to these limits."""
        self._rules = rules
        if limits != self._limits and self._next:  # it was started with others
            self._next.end()
            self._next = None
        self._limits = limits
        self._threads = threads_of_user()

    def compile(self, messages: Sequence[Run]) -> range | None:
        """Make scripts of messages, for workers that are forked from now on: their numbers; none: they have none."""
        from grader.boundary import wire
        from grader.boundary.messages import write_message

        frames = b"".join(b"".join(wire.encode(*write_message(message, 0))) for message in messages)
        if self._script_bytes + len(frames) > MAX_SCRIPT_BYTES or not self._start.compile(frames):
            return None
        self._script_bytes += len(frames)
        self._scripts += len(messages)
        return range(self._scripts - len(messages), self._scripts)

    def take(self, name: str) -> Worker:
        """A fresh worker for the submission of that name."""
        worker = self._next or self._make()
        if not self._start.is_alive():  # the worker that was ready died with its zygote, or is about to
            worker.end()
            worker = self._make()
        worker.work_for(name)
        worker.limits = self._limits
        self._watch.add(worker, worker.started.scratch, self._limits)
        self._next = None
        self._next = self._make()
        return worker

    def settle(self) -> None:
        """Wait until the workers that were ended are gone, and their scratch folders with them."""
        self._start.settle()

    @interrupts.deferred()
    def close(self) -> None:
        """End what is left and remove all scratch folders."""
        if self._next:
            self._next.end()
        self._watch.close()
        self._start.close()
        self._drain.close()
        self._folder.close()

    @interrupts.deferred()
    def _make(self) -> Worker:
        from grader.boundary.channel import Channel
        from grader.processes.worker import Started, Worker

        # Nobody else can know the name: by looking whether a file is there (stat), one worker could tell another.
        scratch = self._root / secrets.token_hex(16)
        scratch.mkdir(mode=0o700)
        ours, theirs = socket.socketpair()
        reader, writer = os.pipe()
        output = self._drain.add(Output(reader, int(self._limits.output_mib * MIB)))
        try:
            start = Start(
                scratch=scratch,
                rules=self._rules,
                limits=self._limits,
                threads=self._threads,
                files=self.data.get(FILES),
            )
            process = self._start.start(theirs, writer, start)
        finally:
            theirs.close()
            os.close(writer)
        channel = Channel(ours, listens=True)
        return Worker(Started(process=process, channel=channel, output=output, scratch=scratch, scripts=self._scripts))


@contextlib.contextmanager
def open_workers(data: Iterable[str | DataFile] = ()) -> Iterator[Workers]:
    """Workers that may read this: the data of the assignment, which are sets by name, and files."""
    entries = tuple(data)
    own = [entry for entry in entries if isinstance(entry, DataFile)]
    with contextlib.ExitStack() as stack:
        folders = {name: stack.enter_context(_unpacked(name)) for name in entries if isinstance(name, str)}
        if own:
            folder = stack.enter_context(temporary_folder()) / "data"
            folders[FILES] = files.gather(own, folder)
        yield stack.enter_context(contextlib.closing(Workers(folders)))


@contextlib.contextmanager
def _unpacked(name: str) -> Iterator[Path]:
    """The folder of a data set: in the user's cache, or a temporary one where there can be no cache."""
    unpack = DATA_SETS[name].unpack
    with contextlib.ExitStack() as stack:
        try:
            folder = unpack(platformdirs.user_cache_path("torch-homework-grader", appauthor=False) / name)
        except OSError:
            folder = unpack(stack.enter_context(temporary_folder()))
        yield folder
