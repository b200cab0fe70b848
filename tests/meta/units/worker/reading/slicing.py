"""Slices, tried out: programs cut to what a question needs, and executed."""

from __future__ import annotations

import ast
import contextlib
import textwrap
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from grader.worker.reading.slices import Slice, slice_for
from grader.worker.reading.statements import Statement, statements
from tests.meta.tools.repository import ROOT

QUESTIONS = (
    "Linear",
    "CrossEntropyLoss",
    "SGD",
    "DataLoader",
    "epoch",
    "eval_linear_model",
    "TwoLayerNN",
    "eval_two_layer_nn",
    "MultiLayerNN",
)
PARTS = tuple(name for name in QUESTIONS if not name.startswith("eval_"))


def parse(source: str) -> tuple[Statement, ...]:
    return statements(ast.parse(textwrap.dedent(source)))


def kept(source: str, question: str) -> tuple[str, bool]:
    """The source of the slice, as Python writes it, and whether the slice is certain."""
    program = parse(source)
    part = slice_for(question, program)
    return "\n".join(ast.unparse(program[i].node) for i in part.indices), part.certain


def execute(program: Iterable[Statement], *, strict: bool = False) -> dict[str, Any]:
    """Run statements as the worker does: one that raises does not stop the next."""
    namespace = vars(ModuleType("__main__"))
    for statement in program:
        with contextlib.nullcontext() if strict else contextlib.suppress(Exception):
            exec(compile(ast.Module([statement.node], []), "program", "exec"), namespace)
    return namespace


def looks(namespace: dict[str, Any]) -> list[str]:
    """What calling q twice gives: the second call sees the state that the first one left."""
    return [repr(namespace["q"]()), repr(namespace["q"]())]


def run_slice(program: tuple[Statement, ...], part: Slice) -> list[str]:
    try:
        return looks(execute(program[i] for i in part.indices))
    except Exception as error:
        return [f"raised {error!r}"]


def is_sufficient(source: str) -> tuple[bool, bool]:
    """For the question q: whether its slice does what the whole file does, and whether it claims to."""
    program = parse(source)
    part = slice_for("q", program)
    return run_slice(program, part) == looks(execute(program, strict=True)), part.certain


HAND_OUT = (ROOT / "student_template" / "hw3.py").read_text(encoding="utf-8")
