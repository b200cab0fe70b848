"""Inside the worker: executes the submission and answers the judge's requests. Nothing here knows an expected value.

Started as `python -P -s -m grader.worker zygote FD` (Linux: forks a worker on request, torch imported once) or
`python -P -s -m grader.worker worker [FD]` (elsewhere: a process each; on Windows the channel comes through stdin).
"""

from __future__ import annotations

import ast
import contextlib
import errno
import gc
import itertools
import json
import linecache
import operator
import os
import random
import signal
import socket
import sys
import traceback
import types
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy.random  # which NumPy imports at its first use: once here, not in each worker
import torch

from grader.boundary import rules, wire
from grader.data.mnist import mapped_images
from grader.machine import memory
from grader.sandbox import enter, environment, jail, linux, probe
from grader.worker import postponed, stand_in_modules
from grader.worker.callers import STAND_INS
from grader.worker.guard import Guard
from grader.worker.reading import inspection, parsing, program
from grader.worker.reading.statements import statements
from grader.worker.recorder import Recorder
from grader.worker.siblings import Siblings, package_of
from grader.worker.stand_in_modules import Harmless

MAX_OBJECTS: Final = 100_000
MAX_FRAMES: Final = 8
MAX_MESSAGE: Final = 1000
MAX_PROBLEMS: Final = 20

Error = dict[str, Any]


class Worker:
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
                answer, texts = inspection.inspect(header, json.loads(_text(names)), [*map(_bytes, contents)])
                return answer, [wire.text(text) for text in texts]
            case "load":
                source, siblings, stand_ins = map(_text, tensors)
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
        replaced = _known_good(stand_ins, header["stand_ins"])
        self._namespace.update(replaced)
        stand_in_modules.install(header["harmless_modules"])
        self._recorder = Recorder(header.get("records", ()))
        if siblings:
            place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0
            sys.meta_path.insert(place, Siblings(file, siblings, replaced, self._recorder))
        _seed_everything(header["seed"])
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
            _seed_everything(header["reset"])
        at, unpack = -1, self._unpacker(tensors)
        try:
            for at, (operation, result, *arguments) in enumerate(header["requests"]):  # noqa: B007
                value = _OPERATIONS[operation](self, *map(unpack, arguments))
                if len(self._objects) >= MAX_OBJECTS:
                    raise MemoryError("too many objects")
                self._objects[result] = value
            produced: list[torch.Tensor] = []
            return {
                "values": [wire.pack(self._objects[i], produced, _describe_object) for i in header["fetch"]]
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
        return {"type": type(error).__name__[:100], "text": _safe_text(error), "frames": frames[-MAX_FRAMES:]}


def _safe_text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_MESSAGE].encode("utf-8", "replace").decode()
    except BaseException:
        return "(its message can't be shown)"


def _describe_object(value: Any) -> dict[str, Any]:
    """What a value that can't cross the boundary is: shown to people, never compared."""
    kind = type(value)
    text = f"{kind.__module__}.{kind.__qualname__}".removeprefix("__main__.").removeprefix("builtins.")
    if kind in (torch.Tensor, torch.nn.Parameter):
        text = f"tensor of shape {tuple(value.shape)}, {value.dtype}, {value.layout}, on {value.device}"
    return {"object": text[:200]}


def _is_instance(worker: Worker, value: Any, kind: Any) -> bool:
    return isinstance(value, kind)


def _set_attribute(worker: Worker, target: Any, name: str, value: Any) -> None:
    setattr(target, name, value)


def _begin(worker: Worker, seed: int, taken: list[int]) -> None:
    """Begin a new example before the one before is answered for: only what was taken of that is kept."""
    worker._objects = {number: worker._objects[number] for number in taken}
    _seed_everything(seed)


def _now(worker: Worker, value: Any) -> Any:
    """What later requests can't change any more, as far as it crosses the boundary."""
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        return value.detach().clone()
    if type(value) in (list, tuple):
        return type(value)(_now(worker, item) for item in value)
    return value


def _recorded(worker: Worker, subject: Any) -> list[Any]:
    return worker._recorder.calls_with(subject)


def _take(worker: Worker, iterable: Iterable[Any], most: int) -> list[Any]:
    return list(itertools.islice(iterable, most))


_OPERATIONS: Final[dict[str, Callable[..., Any]]] = {
    "name": Worker._name,
    "begin": _begin,
    "torch": lambda worker, path: operator.attrgetter(path)(torch),
    "put": lambda worker, value: value,
    "get": lambda worker, target, name: getattr(target, name),
    "set": _set_attribute,
    "call": lambda worker, target, args, kwargs: target(*args, **kwargs),
    "item": lambda worker, target, key: target[key],
    "iter": lambda worker, target: iter(target),
    "next": lambda worker, target: next(target),
    "take": _take,
    "now": _now,
    "list": lambda worker, *items: list(items),
    "generator": lambda worker, *items: (item for item in items),
    "isinstance": _is_instance,
    "is": lambda worker, a, b: a is b,
    "recorded": _recorded,
    "type": lambda worker, value: type(value).__name__,
}


# --- what is there before the student's code --------------------------------------------------------------------------


def _known_good(source: str, names: list[str]) -> dict[str, Any]:
    """The stand-ins of these names. They find each other only where they are asked for: the rest is the student's."""
    if not names:
        return {}
    namespace: dict[str, Any] = {"__name__": "stand_ins"}
    exec(compile(source, STAND_INS, "exec"), namespace)
    return {name: namespace[name] for name in names}


def _bytes(tensor: torch.Tensor) -> bytes:
    return tensor.numpy().tobytes()


def _text(tensor: torch.Tensor) -> str:
    return _bytes(tensor).decode()


def _seed_everything(seed: int) -> None:
    random.seed(seed)
    numpy.random.seed(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed also queues work for CUDA on each call


def _install_stand_in_modules(mnist_root: str) -> None:
    """datasets.MNIST reads the packaged data, wherever it is told to look; no program is started."""
    stand_in_modules.forbid_programs()
    from torchvision import datasets

    original, read = datasets.MNIST.__init__, datasets.mnist.read_image_file

    def read_or_map(path: str) -> torch.Tensor:
        return mapped_images(Path(path)) if Path(path).is_relative_to(mnist_root) else read(path)

    def offline(self: Any, root: Any = ".", train: bool = True, *args: Any, **kwargs: Any) -> None:
        if type(self).__name__ != "MNIST":  # FashionMNIST and the like inherit from it
            original(self, root, train, *args, **kwargs)
            return
        names = ("transform", "target_transform", "download")
        kwargs.update(zip(names, args, strict=False))
        kwargs["download"] = False
        original(self, mnist_root, train, **kwargs)

    datasets.MNIST.__init__ = offline
    datasets.mnist.read_image_file = read_or_map


def _prepare(mnist_root: str, guard: Guard) -> None:
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("warn")  # torch.empty is NaN then, not what happens to be in memory
    postponed.install(guard)
    _install_stand_in_modules(mnist_root)


# --- processes --------------------------------------------------------------------------------------------------------


def _run_worker(
    channel_fd: int, output_fd: int | None, settings: dict[str, Any], guard: Guard, jail: jail.Jail | None
) -> NoReturn:
    """Turn this process into a worker: own session, own limits, nothing open but the channel and the output."""
    channel = socket.socket(fileno=channel_fd)
    if output_fd is not None:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(output_fd, 1)
        os.dup2(output_fd, 2)
    environment.close_all_but(channel.fileno(), *([jail.prepare()] if jail else []))
    try:
        enter.enter(settings, jail)
    except BaseException:  # whatever it was: nothing of the student's runs with less than was announced
        os.write(2, traceback.format_exc().encode())
        os._exit(1)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115
    status = 0
    try:
        Worker(wire.Channel(channel), guard).serve()
    except MemoryError:  # not even a request could be read
        status = errno.ENOMEM
    finally:
        os._exit(status)  # no atexit handler of the student's, no half-copied state of the zygote's


def _run_zygote(control: socket.socket) -> None:
    """Fork a worker for each request, kill and reap it on request. Runs trusted code only."""
    settings = json.loads(control.recv(1 << 16))
    os.environ.pop("PWD", None)  # bubblewrap sets it
    guard = Guard()
    _prepare(settings["mnist_root"], guard)
    isolation, jail = probe.probe(settings)
    linux.adopt_orphans()
    workers: set[int] = set()
    memory.give_back()
    gc.freeze()  # the collector must not touch, and so copy, the pages that all workers share
    control.sendall(f"ready {isolation.tier} {isolation.detail}\n".encode())
    while True:
        if jail:
            jail.prepare()  # while nobody waits
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if not message:
            _sweep(set())
            os._exit(0)
        command = json.loads(message)
        if command["do"] == "fork":
            _learn(guard, command)
            pid = os.fork()
            if pid == 0:
                control.close()
                _run_worker(descriptors[0], descriptors[1], {**settings, **command}, guard, jail)
            for descriptor in descriptors:
                os.close(descriptor)
            if jail:
                jail.discard()
            workers.add(pid)
            _tell(control, pid, "namespaces" in settings)
        else:
            status = _end(command["pid"])
            workers.discard(command["pid"])
            if jail is None:  # in it, nothing is started
                _sweep(workers)
            control.sendall(b"%d\n" % status)


def _tell(control: socket.socket, pid: int, is_new_namespace: bool) -> None:
    """Tell the judge which process that is: outside of the namespace it has another number, which a descriptor has."""
    if not is_new_namespace:
        control.sendall(b"%d\n" % pid)
        return
    descriptor = os.pidfd_open(pid)
    socket.send_fds(control, [b"%d\n" % pid], [descriptor])
    os.close(descriptor)


def _learn(guard: Guard, settings: dict[str, Any]) -> None:
    """Guard what the rules ban, in the process that all workers are forked from: once, not in each of them."""
    if "rules" in settings and guard.enforce(rules.Rules.from_dict(settings["rules"])):
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


def main(arguments: list[str]) -> None:
    """Be a zygote or a worker, as the arguments say."""
    if arguments[0] == "zygote":
        _run_zygote(socket.socket(fileno=int(arguments[1])))
        return
    settings = json.loads(sys.stdin.buffer.readline())
    channel_fd = int(arguments[1]) if len(arguments) > 1 else environment.windows_channel(sys.stdin.buffer).detach()
    guard = Guard()
    _prepare(settings["mnist_root"], guard)
    Path(settings["scratch"]).mkdir(exist_ok=True)
    _learn(guard, settings)
    _run_worker(channel_fd, None, settings, guard, jail=None)
