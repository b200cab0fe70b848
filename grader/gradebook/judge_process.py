"""A judge in a process of its own: `python -m grader.gradebook.judge_process`. Grades one submission after the other.

It is trusted code, and grades as `grade` does; the students' code runs in its workers. It speaks lines of JSON with the
run that has started it, and ends with it: a judge that nobody hears of any more would grade on for nobody.

Where several are wanted (Linux), one process imports what they need, draws their exam, and forks them when the run asks
for one (grader.gradebook.fork_server).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from grader.gradebook.judging import Answer, Config, Judging, Reply


def serve(messages: int, lifeline: int, start: Callable[[Config], Answer]) -> None:
    """Answers each line of the socket with a line. start: from the first line, makes what answers the others."""
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    with open(messages, "r+b", buffering=0) as raw:
        lines = iter(lambda: _line(raw), b"")
        answer = start(json.loads(next(lines)))
        _send(raw, {"is_ready": True})
        for line in lines:
            started = time.monotonic()
            reply = answer(json.loads(line))
            _send(raw, {**reply, "duration_s": round(time.monotonic() - started, 3)})


def _line(raw: Any) -> bytes:
    """One line; nothing where the other side is gone. Lines are short, and answered before the next one comes."""
    found = bytearray()
    while not found.endswith(b"\n"):
        if not (chunk := raw.read(1 << 16)):
            return b""
        found += chunk
    return bytes(found)


def _send(raw: Any, reply: Reply) -> None:
    rest = memoryview(json.dumps(reply).encode() + b"\n")
    while rest:
        rest = rest[raw.write(rest) :]


def _end_with(lifeline: int) -> None:
    """The other end of the pipe is open as long as the run lives."""
    os.read(lifeline, 1)
    os._exit(1)


# --- judges that are forked -------------------------------------------------------------------------------------------


def fork_judges(control: int, lifeline: int, share: Callable[[Config], Callable[[Config], Answer]]) -> None:
    """Forks a judge for each message; see grader.gradebook.fork_server.

    share: makes what they have in common; what it gives starts one.
    """
    with socket.socket(fileno=control) as messages:
        config = json.loads(messages.recv(1 << 20))
        with _ending_with(lifeline):
            start = share(config)
        gc.collect()
        gc.freeze()  # the collector must not touch, and so copy, what all judges share
        while True:
            message, given, _, _ = socket.recv_fds(messages, 1 << 16, 3)
            if not message:
                os._exit(0)
            sys.stdout.flush()  # what is not written yet would be in the log of each fork
            sys.stderr.flush()
            _fork(json.loads(message)["temporary"], given, (control, lifeline), start)


def _fork(temporary: str, given: list[int], own: tuple[int, ...], start: Callable[[Config], Answer]) -> None:
    """A judge in a process of its own, whose parent ends. given: its socket, its lifeline and its log."""
    here = os.getpid()
    try:
        if between := os.fork():
            os.waitpid(between, 0)
        elif not os.fork():
            _be_forked(temporary, given, own, start)
    except OSError as error:  # nobody will speak on the socket
        os.write(given[-1], f"it can't be forked: {error}\n".encode())
    if os.getpid() != here:
        os._exit(0)
    for descriptor in given:
        os.close(descriptor)


def _be_forked(temporary: str, given: list[int], own: tuple[int, ...], start: Callable[[Config], Answer]) -> NoReturn:
    status = 1
    try:
        os.setsid()
        messages, lifeline, log = given
        for descriptor in own:
            os.close(descriptor)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ["TMPDIR"], tempfile.tempdir = temporary, None
        os.write(messages, json.dumps({"pid": os.getpid()}).encode() + b"\n")
        serve(messages, lifeline, start)
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
        finally:
            os._exit(status)


@contextlib.contextmanager
def _ending_with(lifeline: int) -> Iterator[None]:
    """Within, this process ends with its run. Afterwards there is no other thread of Python's: it can be forked.

    Those of numerical libraries look after themselves when they are.
    """
    over, stop = os.pipe()

    def wait() -> None:
        if lifeline in select.select([lifeline, over], [], [])[0]:
            os._exit(1)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(stop)
        thread.join()
        os.close(over)


def _start(config: Config) -> Answer:
    return Judging.read(config).start()


def _share(config: Config) -> Callable[[Config], Answer]:
    judging = Judging.read(config)
    exam = judging.draw()
    return lambda _: judging.start(exam)


def main() -> None:
    """The process. Its arguments are a socket and a lifeline, with `fork` before them where it is to fork judges.

    What suites print goes to the log.
    """
    if sys.argv[1] == "fork":
        fork_judges(int(sys.argv[2]), int(sys.argv[3]), _share)
    else:
        serve(int(sys.argv[1]), int(sys.argv[2]), _start)


if __name__ == "__main__":
    main()
