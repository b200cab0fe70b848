"""Runs programs of the corpus, each a submission with a snippet below it, and says how each of them ends.

A process of its own imports torch once and forks for each program, so that a program costs milliseconds.
"""

from __future__ import annotations

import ast
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.worker import surroundings
from grader.worker.guard import Guard
from tests.meta.tools.repository import ROOT

TRAINING_S = 120  # training a model takes some 10 s where nothing else runs
LIMIT_S = 20  # of all else, which takes milliseconds; what hangs costs as much
_TRAININGS = {"eval_linear_model": "linear_model = train", "eval_two_layer_nn": "two_layer_model = train"}
_DATA = ("mnist_", "train_dataloader =", "test_dataloader =")


def without_training(source: str, question: str = "") -> str:
    """The source of the reference or a mutant without what trains, but for what this question needs."""
    dropped = [training for name, training in _TRAININGS.items() if name != question]
    dropped += () if question in _TRAININGS else _DATA
    return "".join(line for line in source.splitlines(keepends=True) if not line.startswith(tuple(dropped)))


def endings(programs: Sequence[str], mnist_root: Path) -> list[str]:
    """How each program ends: the name of the exception's type, "hangs", or nothing where it runs to its end."""
    command = [sys.executable, "-m", "tests.meta.measures.run_snippets", str(mnist_root)]
    done = subprocess.run(
        command,
        input=json.dumps(list(programs)),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def largest_tensor(snippet: str) -> int:
    """Entries of the largest tensor that is made in the snippet; 0 where there is none."""
    return max((_entries(name, arguments) for name, arguments in _made(snippet)), default=0)


def inputs(snippet: str) -> list[float]:
    """The numbers of all tensors that are written out, but those that a call is compared with."""
    asserted = [node for node in ast.parse(snippet).body if _is_claim(node)]
    rest = ast.Module([node for node in ast.parse(snippet).body if not _is_claim(node)], [])
    assert len(asserted) <= 2
    return [n for name, arguments in _made(ast.unparse(rest)) if name == "tensor" for n in _numbers(arguments[0])]


def _is_claim(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assert) or "assert_close" in ast.unparse(node)


def _made(snippet: str) -> Iterator[tuple[str, list[ast.expr]]]:
    """The calls of torch.tensor and the like: name and arguments."""
    for node in ast.walk(ast.parse(snippet)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_torch = isinstance(node.func.value, ast.Name) and node.func.value.id == "torch"
            if of_torch and node.func.attr in ("tensor", "full", "zeros", "ones", "arange", "rand", "randn"):
                yield node.func.attr, node.args


def _entries(name: str, arguments: list[ast.expr]) -> int:
    match name:
        case "tensor":
            return len(_numbers(arguments[0]))
        case "arange":
            return int(ast.literal_eval(arguments[1])) - int(ast.literal_eval(arguments[0]))
        case _:
            return math.prod(ast.literal_eval(arguments[0]))


def _numbers(node: ast.expr) -> list[float]:
    """All numbers in nested lists; float("nan") is one too."""
    if isinstance(node, ast.List):
        return [number for item in node.elts for number in _numbers(item)]
    return [0.0 if isinstance(node, ast.Call) else float(ast.literal_eval(node))]


def _ending(program: str) -> str:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(TRAINING_S if any(training in program for training in _TRAININGS.values()) else LIMIT_S)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            exec(compile(program, "hw3.py", "exec"), {"__name__": "__main__"})
        except BaseException as error:
            os.write(writer, type(error).__name__.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        name = pipe.read()
    _, status = os.waitpid(pid, 0)
    return "hangs" if os.WIFSIGNALED(status) else name


if __name__ == "__main__":
    surroundings.prepare({"mnist": Path(sys.argv[1])}, Guard())
    print(json.dumps([_ending(program) for program in json.load(sys.stdin)]))
