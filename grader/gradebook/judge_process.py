"""A judge in a process of its own: `python -m grader.gradebook.judge_process`. Grades one submission after the other.

It is trusted code, and grades as `grade` does; the students' code runs in its workers. It speaks lines of JSON with the
run that has started it, and ends with it: a judge that nobody hears of any more would grade on for nobody.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

UNFIT: Final = "unfit"  # the outcome where the suite can't be run
Reply = dict[str, Any]
Answer = Callable[[Mapping[str, Any]], Reply]


def serve(
    messages: int, lifeline: int, start: Callable[[Mapping[str, Any]], Callable[[Mapping[str, Any]], Reply]]
) -> None:
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


def _start(config: Mapping[str, Any]) -> Answer:
    """Loads the assignment and starts the workers: what fails here is no student's fault."""
    from grader.assignment import load_assignment
    from grader.judge.exam import Exam
    from grader.judge.ready import make_ready
    from grader.processes.workers import open_workers
    from grader.sandbox.tiers import Tier
    from grader.settings import Effort, Settings

    assignment = load_assignment(Path(config["folder"]), config["assignment"])
    settings = Settings(
        seed=config["seed"],
        exam=True,
        effort=Effort(config["effort"]),
        require_isolation=Tier(config["require_isolation"]),
    )
    exam = Exam()
    opened = open_workers(assignment.data)  # closed by nobody: they end with this process
    workers = opened.__enter__()
    make_ready()
    from grader.judge import grading

    grading.require(settings.require_isolation, workers.isolation)

    def answer(task: Mapping[str, Any]) -> Reply:
        from grader.errors import AssignmentInvalid, GraderError, WorkerStartFailed
        from grader.judge.grade import grade
        from grader.report.formats import html
        from grader.report.formats import json as as_json
        from grader.submission import read_submission

        assert opened
        try:
            submission = read_submission(Path(task["path"]), task["entry"])
            card = grade(submission, assignment, settings, workers=workers, exam=exam)
        except WorkerStartFailed:
            raise
        except AssignmentInvalid as error:  # nobody's work is to blame
            return {"outcome": UNFIT, "reason": str(error)}
        except GraderError as error:
            return {"outcome": "unreadable", "reason": str(error).replace(task["path"], Path(task["path"]).name)}
        return {"outcome": "graded", "reason": "", "card": as_json.as_dict(card), "page": html.render(card)}

    return answer


def main() -> None:
    """The process: its first argument is the socket, the second the lifeline. What suites print goes to the log."""
    serve(int(sys.argv[1]), int(sys.argv[2]), _start)


if __name__ == "__main__":
    main()
