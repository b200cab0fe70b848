"""Executes the submission, and carries out the judge's requests about it. Nothing here knows an expected value."""

from __future__ import annotations

import ast
import linecache
import sys
import types
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final

from grader.boundary.messages import MAX_PROBLEMS, Load, Loaded, Run, Written
from grader.boundary.requests import Operation, Request, argument_reader
from grader.boundary.values import Raised
from grader.boundary.wire import Json
from grader.worker import absent, stand_in_modules
from grader.worker.harmless import Harmless
from grader.worker.operations import OPERATIONS, for_student, is_asked_of_judge
from grader.worker.reading import imports, parsing, program
from grader.worker.reading.statements import statements
from grader.worker.recorder import Recorder
from grader.worker.siblings import Siblings
from grader.worker.state import State
from grader.worker.surroundings import known_good, seed_everything
from grader.worker.telling import raised
from grader.worker.values import PackedValues, last_change

MAX_OBJECTS: Final = 100_000


def load(state: State, message: Load) -> Loaded:
    """Execute the chosen top-level statements. One that raises is reported, and the next one runs.

    The stand-ins that are asked for take the place of what each statement has bound under their names.
    """
    state.guard.enforce(message.rules)
    state.guard.watch(message.file, message.lines)
    state.namespace = _new_main(message.file)
    _show_source(state, message)
    replaced = known_good(message.stand_in_source, message.stand_ins)
    state.namespace.update(replaced)
    stand_in_modules.install(message.harmless_modules)
    state.recorder = Recorder(message.records)
    if message.siblings:
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0
        sys.meta_path.insert(place, Siblings(message.file, message.siblings, replaced, state.recorder))
    for name, content in message.beside.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)
    seed_everything(message.seed)
    tree, _ = parsing.parse(message.source, message.file)
    flags = parsing.future_flags(tree)
    with parsing.deep():  # what statements bind takes longer to find than most take to run
        binds = [statement.binds for statement in statements(tree)] if replaced else []
    problems: list[Raised] = []
    for i in range(len(tree.body)) if message.indices is None else message.indices:
        node = tree.body[i]
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in replaced:
            continue  # what is replaced need not even run
        state.recorder.instrument(node)
        for part in absent.one_by_one(node):
            try:
                exec(parsing.compiled([part], message.file, flags), state.namespace)
            except BaseException as error:  # SystemExit too: sys.exit() at top level must not end the grading
                problems.append(raised(error, state.lines))
                absent.stand_for(part, error, state.namespace)
        if replaced:
            state.namespace.update({name: part for name, part in replaced.items() if name in binds[i]})
    return Loaded(problems=tuple(problems[:MAX_PROBLEMS]))


def _new_main(file: str) -> dict[str, Any]:
    """The names of a new __main__, which the submission is executed as."""
    module = types.ModuleType("__main__")
    module.__file__ = file
    module.__package__ = imports.package_of(file)
    sys.modules["__main__"] = module
    sys.argv = [file]
    vars(module).update(get_ipython=Harmless("get_ipython"), display=Harmless("display"))
    return vars(module)


def _show_source(state: State, message: Load) -> None:
    """Let tracebacks find the student's lines: ours by `state.lines`, Python's own by linecache."""
    lines = message.source.split("\n")  # as Python counts: str.splitlines ends lines at more than line ends
    found = {message.file: (0, lines)}
    for name, first in program.first_lines(message.source, message.siblings).items():
        found[name] = (first - 1, message.siblings[name].split("\n"))
    state.lines = found
    linecache.cache[message.file] = (len(message.source), None, [f"{line}\n" for line in lines], message.file)


def run(state: State, message: Run) -> Written:
    """Carry out the requests in order. The first that raises ends them: what follows would have used its result.

    A value is packed where it is asked for. What later requests may still change is copied for it.
    """
    read = argument_reader(message.tensors, state.objects)
    changes_until = last_change(message.requests)
    values = PackedValues()
    at = -1
    try:
        for at, request in enumerate(message.requests):
            if request.operation == Operation.VALUE:
                (values.add_copy if at < changes_until else values.add)(read(request.arguments[0]))
            else:
                state.objects[request.result] = _carry_out(state, request, read)
                if len(state.objects) > MAX_OBJECTS:
                    raise MemoryError("too many objects")
    except BaseException as error:
        return values.written(raised(error, state.lines), at)
    return values.written()


def _carry_out(state: State, request: Request, read: Callable[[Json], Any]) -> Any:
    operation = OPERATIONS[request.operation]
    is_of_judge = is_asked_of_judge(request, state.of_judge)
    try:
        arguments = [read(argument) for argument in request.arguments]
        return operation(state, *arguments) if is_of_judge else for_student(operation, state, arguments)
    except Exception as error:
        if not request.attempt:
            raise
        return raised(error, state.lines)
