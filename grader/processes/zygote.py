"""Forks workers from one process that has torch imported: Linux."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.boundary.startup import Compile, End, Site, Start
from grader.errors import WorkerStartFailed
from grader.machine import interrupts
from grader.processes.process import ARGUMENTS, START_LIMIT_S, Process, last_line
from grader.sandbox import bubblewrap, environment, files, linux, tiers

CLOSE_LIMIT_S: Final = 5.0  # for the zygote to end what its workers may have left


class Zygote:
    """Forks workers from one process that has torch imported. If student code kills it, a new one is started."""

    def __init__(self, root: Path, site: Site) -> None:
        self._root = root
        self._site = site
        self._isolation: tiers.Isolation | None = None
        self._wrapper: list[str] = []  # the command that starts the zygote in new namespaces
        self._no_namespaces = ""  # why there are none
        self._scripts = ToCompile()
        if site.tier == tiers.Tier.NAMESPACES:
            try:
                self._wrapper = bubblewrap.command(files.readable([*site.data.values()]), root, site.suites)
            except OSError as error:
                self._no_namespaces = str(error)
        self._launch()

    def _launch(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, (self._root / "zygote.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*self._wrapper, sys.executable, *ARGUMENTS, "zygote", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=self._root,
                env=environment.worker_environment(self._root),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,  # Ctrl-C goes to the judge, which then ends the workers in order
            )
        ours.settimeout(START_LIMIT_S)
        site = replace(self._site, namespaces=bubblewrap.identities() if self._wrapper else None)
        with contextlib.suppress(OSError):  # already gone: the wait for it tells
            ours.sendall(site.as_json().encode())
        self.control = Control(ours)
        self._is_ready = False
        self._scripts.send_all(self.control)

    def compile(self, frames: bytes) -> bool:
        """Have scripts made of these messages: what is forked from now on has them. Always true."""
        return self._scripts.add(frames, self.control)

    def start(self, channel: socket.socket, output: int, start: Start) -> Process:
        """Fork a worker with these ends of the channel and the output."""
        forked = _Forked(self)
        for last_attempt in (False, True):
            try:
                if not self._is_ready:
                    self._settle()
                elif not self.is_alive():  # bubblewrap may have been killed, and the zygote behind it not
                    raise OSError("the zygote is gone")
                self.control.send(start, forked.is_process, channel.fileno(), output)
                break
            except OSError:
                if last_attempt:
                    raise self._start_failed() from None
                self.close()
                self._launch()
        forked.control = self.control
        return forked

    @interrupts.deferred()
    def end(self, forked: _Forked) -> int | None:
        """Kill and reap that worker; how it had ended."""
        statuses: list[str] = []
        try:
            self._tell_to_end(forked, lambda reply: statuses.append(reply.text))
            self._settle()
        except OSError:
            _kill(forked)
        return int(statuses[0]) if statuses else None

    @interrupts.deferred()
    def discard(self, forked: _Forked, then: Callable[[], None]) -> None:
        """Have that worker killed and reaped, without waiting for it."""
        try:
            self._tell_to_end(forked, lambda _: then())
        except OSError:
            _kill(forked)
            then()

    def _tell_to_end(self, forked: _Forked, told: Callable[[Reply], None]) -> None:
        if forked.control is not self.control:  # a later zygote has no such child, and would end over it
            raise OSError("its zygote is gone")
        self._settle()  # for its process id; all that was asked before has been done while the worker worked
        if forked.inner_pid is None:
            raise OSError("it was not forked")
        self.control.send(End(forked.inner_pid), told)

    def is_alive(self) -> bool:
        """Whether the zygote runs."""
        return self._process.poll() is None

    def isolation(self) -> tiers.Isolation:
        """What holds the workers, as it found out. Waits until it is up."""
        if self._isolation is None:
            try:
                self._settle()
            except OSError:
                raise self._start_failed() from None
        if self._isolation is None:
            raise WorkerStartFailed("the zygote did not say what holds the workers")
        return self._isolation

    def close(self) -> None:
        """End it; it ends what its workers may have left."""
        if self._is_ready:
            self.settle()
        self.control.close()
        if self._is_ready:  # before, it has no workers, and imports torch: there is nothing to wait for
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_LIMIT_S)
        self._process.kill()
        self._process.wait()

    def _start_failed(self) -> WorkerStartFailed:
        log = (self._root / "zygote.log").read_text(errors="replace").strip()[-500:]
        return WorkerStartFailed(f"no worker can be started; is there enough memory? {log}")

    def settle(self) -> None:
        """Wait until all that was asked is done."""
        with contextlib.suppress(OSError):  # a dead zygote has nothing to do any more
            self._settle()

    def _settle(self) -> None:
        if not self._is_ready:
            self._await_zygote()
        self.control.settle()

    def _await_zygote(self) -> None:
        """Wait until it is up. Where it comes up with less than the jail in namespaces, it is started without them."""
        try:
            isolation = _found_out(self.control.reply())
            lacks = isolation.detail or "bubblewrap leaves no jail" if isolation.tier == tiers.Tier.PROCESS else ""
        except OSError:
            if not self._wrapper or self._isolation:
                raise
            lacks = last_line(self._root / "zygote.log") or "bubblewrap did not start Python"
        if lacks and self._wrapper and not self._isolation:
            self._no_namespaces, self._wrapper = lacks, []
            self.close()
            self._launch()
            isolation = _found_out(self.control.reply())
        if self._no_namespaces:
            detail = f"{isolation.detail}; no namespaces here ({self._no_namespaces})"
            isolation = tiers.Isolation(isolation.tier, detail.removeprefix("; "))
        if self._isolation not in (None, isolation):  # the scorecard names one, for all of its workers
            raise WorkerStartFailed(f"the workers were held by {self._isolation}, and now by {isolation}")
        self._isolation = isolation
        self._is_ready = True


class Control:
    """Commands to one zygote. Each is one message, so that several may be on their way; replies come in their order."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._awaited: deque[Callable[[Reply], None]] = deque()  # who is told the replies that were not read yet

    def send(self, command: Start | End | Compile, told: Callable[[Reply], None], *descriptors: int) -> None:
        """Send it; `told` is called with the reply. Raises OSError where the zygote is gone."""
        socket.send_fds(self._end, [command.as_json().encode()], descriptors)
        self._awaited.append(told)

    def settle(self) -> None:
        """Wait for all replies. Raises OSError."""
        while self._awaited:
            reply = self.reply()
            self._awaited.popleft()(reply)

    def reply(self) -> Reply:
        """The next reply. Raises OSError."""
        text, descriptors, _, _ = socket.recv_fds(self._end, 1 << 12, 1)
        if not text:
            raise OSError("the zygote is gone")
        return Reply(text.decode().strip(), descriptors)

    def close(self) -> None:
        """Hang up: the zygote ends then."""
        self._end.close()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the zygote says to a command."""

    text: str
    descriptors: list[int]  # of the process that it tells of, where that is in a namespace of its own


class ToCompile:
    """The messages that a zygote makes scripts of, as frames; one that takes its place makes the same."""

    def __init__(self) -> None:
        self._all: list[bytes] = []

    def add(self, frames: bytes, control: Control) -> bool:
        """Send more of them. Always true."""
        self._all.append(frames)
        _send_frames(frames, control)
        return True

    def send_all(self, control: Control) -> None:
        """Send all of them to a new zygote."""
        for frames in self._all:
            _send_frames(frames, control)


def _send_frames(frames: bytes, control: Control) -> None:
    with open(os.memfd_create("frames"), "w+b") as file:
        file.write(frames)
        file.seek(0)
        try:
            control.send(Compile(), lambda _: None, file.fileno())
        except OSError:
            control.close()  # another one takes its place, and gets all of them


def _found_out(reply: Reply) -> tiers.Isolation:
    """What the zygote says once it is up. Raises OSError where it is not."""
    ready, _, found = reply.text.partition(" ")
    tier, _, detail = found.partition(" ")
    if ready != "ready":
        raise OSError("the zygote did not start")
    return tiers.Isolation(tiers.Tier(tier), detail)


def _kill(forked: _Forked) -> None:
    """Kill a worker whose zygote is dead."""
    if forked.pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(forked.pid, signal.SIGKILL)


class _Forked:
    """A worker forked by the zygote, which also reaps it: its process id can't be reused before."""

    def __init__(self, zygote: Zygote) -> None:
        self._zygote = zygote
        self.control = zygote.control  # of the process that has forked it
        self.pid: int | None = None
        self.inner_pid: int | None = None  # by which the zygote knows it

    def is_process(self, reply: Reply) -> None:
        self.pid = self.inner_pid = int(reply.text)
        for descriptor in reply.descriptors:
            self.pid = linux.process_of(descriptor)
            os.close(descriptor)

    def identify(self) -> int | None:
        if self.pid is None:
            self._zygote.settle()
        return self.pid

    def end(self) -> int | None:
        return self._zygote.end(self)

    def discard(self, then: Callable[[], None]) -> None:
        self._zygote.discard(self, then)
