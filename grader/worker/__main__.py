"""What the judge starts.

`python -P -s -m grader.worker zygote FD` forks workers on request (Linux). Elsewhere each worker is a process of its
own: `python -P -s -m grader.worker worker [FD]`.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from grader.sandbox import environment
from grader.worker.guard import Guard
from grader.worker.serve import run_worker
from grader.worker.surroundings import prepare
from grader.worker.zygote import learn, run_zygote


def main(arguments: list[str]) -> None:
    """Be a zygote or a worker, as the arguments say."""
    if arguments[0] == "zygote":
        run_zygote(socket.socket(fileno=int(arguments[1])))
        return
    settings = json.loads(sys.stdin.buffer.readline())
    channel_fd = int(arguments[1]) if len(arguments) > 1 else environment.windows_channel(sys.stdin.buffer).detach()
    guard = Guard()
    prepare(settings["data"], guard)
    Path(settings["scratch"]).mkdir(exist_ok=True)
    learn(guard, settings)
    run_worker(channel_fd, None, settings, guard, jail=None)


if __name__ == "__main__":
    main(sys.argv[1:])
