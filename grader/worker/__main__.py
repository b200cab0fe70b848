"""What the judge starts.

`python -P -s -m grader.worker zygote FD` forks workers on request (Linux). Elsewhere each worker is a process of its
own: `python -P -s -m grader.worker worker [FD]`.
"""

from __future__ import annotations

import socket
import sys

from grader.boundary.startup import Site, Start, read_command
from grader.machine import garbage
from grader.sandbox import environment

with garbage.left_alone():  # torch
    from grader.worker.guard import Guard
    from grader.worker.serve import run_worker
    from grader.worker.surroundings import prepare
    from grader.worker.zygote import learn, run_zygote


def main(arguments: list[str]) -> None:
    """Be a zygote or a worker, as the arguments say."""
    if arguments[0] == "zygote":
        run_zygote(socket.socket(fileno=int(arguments[1])))
        return
    site, start = Site.from_json(sys.stdin.buffer.readline()), read_command(sys.stdin.buffer.readline())
    assert isinstance(start, Start)
    channel_fd = int(arguments[1]) if len(arguments) > 1 else environment.windows_channel(sys.stdin.buffer).detach()
    guard = Guard()
    prepare(site.data, guard)
    start.scratch.mkdir(exist_ok=True)
    learn(guard, start.rules)
    run_worker(channel_fd, None, start, guard, jail=None)


if __name__ == "__main__":
    main(sys.argv[1:])
