"""Executes the submission, and answers the judge's requests about it. Nothing here knows an expected value."""

from __future__ import annotations

import ast
import json
import linecache
import sys
import traceback
import types
from collections.abc import Callable, Sequence
from importlib.machinery import PathFinder
from typing import Any, Final

import torch

from grader.boundary import rules, wire
from grader.worker import stand_in_modules
from grader.worker.guard import Guard
from grader.worker.operations import OPERATIONS
from grader.worker.reading import inspection, parsing, program
from grader.worker.reading.statements import statements
from grader.worker.recorder import Recorder
from grader.worker.siblings import Siblings, package_of
from grader.worker.stand_in_modules import Harmless
from grader.worker.surroundings import known_good, seed_everything
from grader.worker.telling import MAX_FRAMES, Error, as_bytes, as_text, describe_object, safe_text

MAX_OBJECTS: Final = 100_000


MAX_PROBLEMS: Final = 20


class Executor:
    """One submission in one process: its namespace, and the objects that the judge has handles for."""

    def __init__(self, channel: wire.Channel, guard: Guard | None = None) -> None:
        self._channel = channel
        self._guard = guard or Guard()
        self._objects: dict[int, Any] = {}
        # The student's source, by file name as tracebacks show it: how many lines stand before it, and its own.
        self._lines: dict[str, tuple[int, list[str]]] = {}
        self._namespace: dict[str, Any] = {}
        self._recorder = Recorder(())

    def serve(self) -> None:
        """Answer frames until the judge hangs up."""
        while True:
            try:
                header, tensors = self._channel.receive(None)
            except wire.ChannelClosed:
                return
            answer, produced = self._answer(header, tensors)
            if claims := self._guard.take():
                answer["forbidden"] = claims
            try:
                self._channel.send({"batch": header["batch"], **answer}, produced, None)
            except wire.ChannelClosed:
                return
            except Exception:  # too large, or an object that misbehaves while it is written
                error = {"type": "TooLarge", "text": "the result is too large to be looked at", "frames": []}
                self._channel.send({"batch": header["batch"], "error": error, "at": -1}, [], None)

    def _answer(self, header: dict[str, Any], tensors: list[torch.Tensor]) -> tuple[dict[str, Any], list[torch.Tensor]]:
        match header["kind"]:
            case "inspect":
                names, *contents = tensors
                answer, texts = inspection.inspect(header, json.loads(as_text(names)), [*map(as_bytes, contents)])
                return answer, [wire.text(text) for text in texts]
            case "load":
                source, siblings, stand_ins = map(as_text, tensors)
                return self._load(source, json.loads(siblings), stand_ins, header), []
            case _:
                return self._run_batch(header, tensors)

    # --- executing the submission --------------------------------------------------------------------------------

    def _load(self, source: str, siblings: dict[str, str], stand_ins: str, header: dict[str, Any]) -> dict[str, Any]:
        """Execute the chosen top-level statements (None: all). One that raises is reported, and the next one runs.

        The stand-ins that are asked for take the place of what each statement has bound under their names.
        """
        file, indices = header["file"], header["indices"]
        self._guard.enforce(rules.Rules.from_dict(header["rules"]))
        self._guard.watch(file)
        module = types.ModuleType("__main__")
        module.__file__ = file
        module.__package__ = package_of(file)
        sys.modules["__main__"] = module
        sys.argv = [file]
        self._namespace = vars(module)
        self._namespace.update(get_ipython=Harmless("get_ipython"), display=Harmless("display"))
        lines = source.split("\n")  # as Python counts: str.splitlines ends lines at more than line ends
        self._lines = {file: (0, lines)}
        for name, first in program.first_lines(source, siblings).items():
            self._lines[name] = (first - 1, siblings[name].split("\n"))
        linecache.cache[file] = (len(source), None, [f"{line}\n" for line in lines], file)
        replaced = known_good(stand_ins, header["stand_ins"])
        self._namespace.update(replaced)
        stand_in_modules.install(header["harmless_modules"])
        self._recorder = Recorder(header.get("records", ()))
        if siblings:
            place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0
            sys.meta_path.insert(place, Siblings(file, siblings, replaced, self._recorder))
        seed_everything(header["seed"])
        tree, _ = parsing.parse(source, file)
        flags = parsing.future_flags(tree)
        with parsing.deep():  # what statements bind takes longer to find than most take to run
            binds = [statement.binds for statement in statements(tree)] if replaced else []
        problems: list[Error] = []
        for i in range(len(tree.body)) if indices is None else indices:
            node = tree.body[i]
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in replaced:
                continue  # what is replaced need not even run
            self._recorder.instrument(node)
            try:
                exec(parsing.compiled([node], file, flags), self._namespace)
            except BaseException as error:  # SystemExit too: sys.exit() at top level must not end the grading
                problems.append(self._describe(error))
            if replaced:
                self._namespace.update({name: part for name, part in replaced.items() if name in binds[i]})
        return {"problems": problems[:MAX_PROBLEMS]}

    # --- requests ------------------------------------------------------------------------------------------------

    def _run_batch(
        self, header: dict[str, Any], tensors: list[torch.Tensor]
    ) -> tuple[dict[str, Any], list[torch.Tensor]]:
        """Run requests in order. The first that raises ends the batch: what follows it would have used its result."""
        if header["reset"] is not None:
            self._objects.clear()
            seed_everything(header["reset"])
        at, unpack = -1, self._unpacker(tensors)
        try:
            for at, (operation, result, *arguments) in enumerate(header["requests"]):  # noqa: B007
                value = OPERATIONS[operation](self, *map(unpack, arguments))
                if len(self._objects) >= MAX_OBJECTS:
                    raise MemoryError("too many objects")
                self._objects[result] = value
            produced: list[torch.Tensor] = []
            return {
                "values": [wire.pack(self._objects[i], produced, describe_object) for i in header["fetch"]]
            }, produced
        except BaseException as error:
            return {"error": self._describe(error), "at": at}, []

    def _unpacker(self, tensors: Sequence[torch.Tensor]) -> Callable[[Any], Any]:
        """How the arguments of a batch are read."""

        def other(tag: str, content: Any) -> Any:
            if tag == "ref":
                return self._objects[content]
            if tag == "leaf":  # a tensor of the judge's that wants a gradient
                return tensors[content].requires_grad_()
            raise wire.ProtocolError(f"unknown tag {tag}")

        return lambda packed: wire.unpack(packed, tensors, other)

    def _name(self, name: str) -> Any:
        try:
            value = self._namespace[name]
        except KeyError:
            raise NameError(f"name '{name}' is not defined") from None
        self._guard.look_at(name, value)
        return value

    # --- exceptions of the student's code ------------------------------------------------------------------------

    def _describe(self, error: BaseException) -> Error:
        frames = []
        if isinstance(error, SyntaxError) and error.filename in self._lines:
            before, _ = self._lines[error.filename]
            frames.append([before + (error.lineno or 0), "", (error.text or "").strip()[:200]])
        for frame, line in traceback.walk_tb(error.__traceback__):
            before, lines = self._lines.get(frame.f_code.co_filename, (0, None))
            if lines is not None:
                code = lines[line - 1].strip() if 0 < line <= len(lines) else ""
                frames.append([before + line, frame.f_code.co_name[:100], code[:200]])
        return {"type": type(error).__name__[:100], "text": safe_text(error), "frames": frames[-MAX_FRAMES:]}
