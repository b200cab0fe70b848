"""A judge that obeys what is in the file: it speaks as the real one does, and imports no torch.

`score 3` is graded; `die`, `hang` and `nonsense` do that; `poison` kills the process that has started it; `die once`
dies the first time; `crash once` has a worker that died the first time; `refuse` can't be read; `unfit` finds a suite
that can't be run. Each file that is graded is counted beside it.
"""

import functools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grader.gradebook.judge_process import fork_judges, serve
from grader.gradebook.judging import UNFIT, Answer, Reply


def card(score: float, verdict: str = "") -> dict[str, Any]:
    check = {
        "name": "test_double",
        "title": "double(x) is twice x.",
        "verdict": verdict or ("passed" if score else "failed"),
        "score": score,
        "max_score": 4.0,
        "message": f"<b>double(21)</b> is {score}",
        "diagnosis": "" if score else "forgot the factor",
    }
    question = {"name": "double", "score": score, "max_score": 4.0, "carried_forward": False, "checks": [check]}
    is_broken = verdict == "broken"
    return {"score": score, "max_score": 4.0, "provisional": is_broken, "title": "Toy", "questions": [question]}


def start(config: Mapping[str, Any]) -> Answer:
    if config["folder"] == "broken":
        print("no assignment here")
        sys.exit(4)
    if config["folder"] == "no workers":
        print("no workers here")
        sys.exit(5)
    if config["folder"] == "slow":
        while True:
            time.sleep(0.05)
    return functools.partial(answer, config)


def answer(config: Mapping[str, Any], task: Mapping[str, Any]) -> Reply:
    path = Path(task["path"])
    said = path.read_text().split()
    counter = path.with_name("count")
    with counter.open("a") as file:
        file.write("x")
    is_first = counter.stat().st_size == 1
    match said:
        case ["die"]:
            os._exit(3)
        case ["die", "once"] if is_first:
            os.kill(os.getpid(), 9)
        case ["hang"]:
            os.fork()  # in its group
            while True:
                time.sleep(0.05)
        case ["poison"]:
            os.kill(os.getppid(), 9)
        case ["tell"]:
            print(tempfile.gettempdir(), flush=True)
        case ["nonsense"]:
            return {"what": "is this"}
        case ["refuse"]:
            return {"outcome": "unreadable", "reason": "can't be read; save it as text"}
        case ["unfit"]:
            return {"outcome": UNFIT, "reason": "test_toy.py:7: test_double is a check of no question"}
        case ["crash", "once"]:
            found = card(0.0, "crashed") if is_first else card(4.0)
            return {"outcome": "graded", "reason": "", "card": found, "page": "<p>page</p>"}
        case ["seed", *_]:  # another exam, another score
            found = card(float(config["seed"] % 5))
            return {"outcome": "graded", "reason": "", "card": found, "page": "<body>page</body>"}
        case ["count"]:  # another score each time
            size = counter.stat().st_size
            return {"outcome": "graded", "reason": "", "card": card(float(size)), "page": "p"}
        case ["slow", score]:
            time.sleep(0.02)
            return {"outcome": "graded", "reason": "", "card": card(float(score)), "page": "<p>page</p>"}
    return {"outcome": "graded", "reason": "", "card": card(float(said[1]) if said[0] == "score" else 4.0), "page": "p"}


def share(config: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Answer]:
    if config["folder"] == "no workers":  # until they are needed
        return start
    start(config)
    if config["folder"] == "prints":
        print("drawing the exam")
    if config["folder"] == "no forks":
        os.fork = no_fork
    return start


def no_fork() -> int:
    raise BlockingIOError("no more processes")


if __name__ == "__main__":
    if sys.argv[1] == "fork":
        fork_judges(int(sys.argv[2]), int(sys.argv[3]), share)
    else:
        serve(int(sys.argv[1]), int(sys.argv[2]), start)
