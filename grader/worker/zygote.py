"""The process that all workers are forked from. Runs trusted code only."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
from collections.abc import Iterator
from typing import Final

from grader.boundary.rules import Rules
from grader.boundary.startup import Compile, Site, Start, read_command
from grader.machine import garbage, huge_pages, memory
from grader.sandbox import linux, probe
from grader.worker import scripts
from grader.worker.guard import Guard
from grader.worker.serve import run_worker
from grader.worker.state import Script
from grader.worker.surroundings import prepare

MANY: Final = 50  # forks, more than one grading has: making them faster costs what some 50 of them then save


def run_zygote(control: socket.socket) -> None:
    """Fork a worker for each request, kill and reap it on request. Runs trusted code only."""
    site = Site.from_json(control.recv(1 << 16))
    os.environ.pop("PWD", None)  # bubblewrap sets it
    guard = Guard()
    with garbage.left_alone():
        prepare(site.data, guard)
        isolation, jail = probe.probe(site)
    linux.adopt_orphans()
    workers: set[int] = set()
    known = list[Script]()
    gc.freeze()  # the collector must not touch, and so copy, the pages that all workers share
    control.sendall(f"ready {isolation.tier} {isolation.detail}\n".encode())
    started = 0
    faster = iter(()) if memory.is_little() else huge_pages.make_huge()
    while True:
        if jail:
            jail.prepare()  # while nobody waits
        if started >= MANY:
            _use_the_wait(control, faster)
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if not message:
            _sweep(set())
            os._exit(0)
        command = read_command(message)
        if isinstance(command, Start):
            learn(guard, command.rules)
            started += 1
            pid = os.fork()
            if pid == 0:
                control.close()
                run_worker(descriptors[0], descriptors[1], command, guard, jail, known)
            for descriptor in descriptors:
                os.close(descriptor)
            if jail:
                jail.discard()
            workers.add(pid)
            _tell(control, pid, site.namespaces is not None)
        elif isinstance(command, Compile):
            with open(descriptors[0], "rb") as frames, garbage.left_alone():
                known += scripts.read(frames.read())
            gc.freeze()
            control.sendall(b"%d\n" % len(known))
        else:
            status = _end(command.pid)
            workers.discard(command.pid)
            if jail is None:  # in it, nothing is started
                _sweep(workers)
            control.sendall(b"%d\n" % status)


def _use_the_wait(control: socket.socket, steps: Iterator[object]) -> None:
    """Take steps until somebody asks for something, or none is left."""
    while not select.select([control], [], [], 0)[0] and next(steps, None) is not None:
        pass


def _tell(control: socket.socket, pid: int, is_new_namespace: bool) -> None:
    """Tell the judge which process that is: outside of the namespace it has another number, which a descriptor has."""
    if not is_new_namespace:
        control.sendall(b"%d\n" % pid)
        return
    descriptor = os.pidfd_open(pid)
    socket.send_fds(control, [b"%d\n" % pid], [descriptor])
    os.close(descriptor)


def learn(guard: Guard, rules: Rules) -> None:
    """Guard what the rules ban, in the process that all workers are forked from: once, not in each of them."""
    if guard.enforce(rules):
        gc.freeze()


def _end(pid: int) -> int:
    """Kill a worker and all of its group; how it had ended, as os.waitstatus_to_exitcode tells."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    # The group outlives its leader if the student's code has forked: kill the group, not the pid.
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        if not ended:
            os.kill(pid, signal.SIGKILL)
    if not ended:
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _sweep(workers: set[int]) -> None:
    """Kill what ended workers have left: a process that took a session of its own is adopted when its parent ends."""
    while left := set(linux.children(os.getpid())) - workers:
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
