"""Handles: the judge's stand-ins for objects in the worker. Inside a check the submission reads like local PyTorch.

Requests are pipelined: each names its own result, and nobody waits until a value is fetched. An exception of the
student's code ends the batch that it happens in and is raised here, as StudentError, at the next fetch.
"""

from __future__ import annotations

import math
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import torch
from torch import Tensor

from grader.boundary import wire
from grader.figures import Figure, Measurement
from grader.processes.worker import Worker
from grader.scorecard import Untold

if TYPE_CHECKING:
    from grader.suite.claims import Claim

MAX_BATCH: Final = 256


SILENT_EXAMPLES: Final = 8  # that a silent run waits for together


MAX_BATCH_BYTES: Final = 48 << 20


MAX_EXAMPLE_BYTES: Final = 512 << 20  # of all tensors that come back in one example, which holds them until its end


MAX_GIVEN: Final = 100


_NOTHING: Final = object()


MAX_BATCH_TEXT: Final = 24 * 1024  # characters, a good deal below the header limit


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of the student's code in a traceback."""

    line: int
    function: str
    code: str


class Request(NamedTuple):
    """One request of an example: what the snippet is written from. The number is that of its result's handle."""

    operation: str
    number: int
    arguments: tuple[object, ...]


class StudentError(Exception):
    """The student's code raised. Type name, message and frames are text from the worker, for people to read."""

    def __init__(
        self,
        type_name: str,
        text: str,
        frames: Sequence[Frame],
        call: str,
        limit: str = "",
        request: int | None = None,
    ) -> None:
        super().__init__(f"{type_name}: {text}")
        self.type_name = type_name
        self.text = text
        self.frames = tuple(frames)
        self.call = call
        self.limit = limit  # of assignment.toml that it tells of, with its value
        self.request = request  # the number of the request that raised, where it is known
        self.claim: Claim | None = None  # what was expected of it as Python, if it was to raise something else


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that does not cross the boundary (a subclass of Tensor, an object of an own class): not equal to any."""

    description: str

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = object.__hash__


class Handle:
    """An object in the worker. Attribute access, calls, item access and iteration are requests to it."""

    __slots__ = ("_id", "_session", "_text")
    _session: Session
    _id: int
    _text: Callable[[], str]  # how it was made, as Python; written only where somebody reads it

    def __init__(self, session: Session, number: int, text: Callable[[], str]) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_id", number)
        object.__setattr__(self, "_text", text)

    def __getattr__(self, name: str) -> Handle:
        if name.startswith("__"):  # copy, pickle and inspection ask for these: they are about the handle
            raise AttributeError(name)
        return self._session.request("get", self, name, text=lambda: f"{self!r}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        self._session.request("set", self, name, value, text=lambda: f"{self!r}.{name} = {render(value)}")

    def __call__(self, *args: object, **kwargs: object) -> Handle:
        """Call the object, in the worker."""
        return self._session.request("call", self, list(args), kwargs, text=lambda: _call(self, args, kwargs))

    def __getitem__(self, key: object) -> Handle:
        return self._session.request("item", self, key, text=lambda: f"{self!r}[{render(key)}]")

    def __iter__(self) -> Iterator[Handle]:
        iterator = iterate(self)
        self._session.sync()
        while True:
            item = advance(iterator)
            try:
                self._session.sync()
            except StudentError as error:
                if error.type_name == "StopIteration":
                    return
                raise
            yield item

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is a handle: fetch() its value first")

    def __repr__(self) -> str:
        return self._text()


class TorchModule:
    """torch in the worker, or a module in it. Its functions and classes are handles, of one request each."""

    def __init__(self, session: Session, module: ModuleType, path: str) -> None:
        self._session, self._module, self._path = session, module, path

    def __getattr__(self, name: str) -> Any:
        """A TorchModule or a Handle."""
        if name.startswith("__"):
            raise AttributeError(name)
        path, here = f"{self._path}{name}", getattr(self._module, name, None)
        if isinstance(here, ModuleType):
            return TorchModule(self._session, here, f"{path}.")
        return self._session.request("torch", path, text=lambda: f"torch.{path}")


def fetch(handle: Handle) -> Any:
    """The value behind a handle: a plain value with tensors in fresh storage, or Opaque. Raises StudentError."""
    return handle._session.fetch([handle])[0]


def fetch_all(*handles: Handle) -> list[Any]:
    """The values behind several handles of one session, with a single wait."""
    return handles[0]._session.fetch(handles)


def error_of(handle: Handle) -> StudentError | None:
    """The exception that the latest request raised, or None. Raises that of a request before it."""
    if handle._id != handle._session.latest:  # what was asked since would be lost with its exception
        raise ValueError(f"{handle!r} is not what was asked last")
    try:
        handle._session.sync()
    except StudentError as error:
        if error.request != handle._id:
            raise
        return error
    return None


def iterate(handle: Handle) -> Handle:
    """iter(handle), which a `for` loop calls by itself."""
    return handle._session.request("iter", handle, text=lambda: f"iter({handle!r})")


def advance(handle: Handle) -> Handle:
    """next(handle). Where it raises StopIteration, the next fetch raises a StudentError of that type name."""
    return handle._session.request("next", handle, text=lambda: f"next({handle!r})")


def prefetch(*handles: Handle) -> None:
    """Have the values of several handles come with the next wait, as they are then; each is kept for its next fetch."""
    handles[0]._session.ahead.update((handle._id, handle) for handle in handles)


def later(look: Callable[..., object], *handles: Handle) -> None:
    """Have look(*values) called at the next wait, with the values as they are now: it looks before anything is known

    of what is asked from here on, an exception included. So an expectation costs no wait of its own.
    """
    handles[0]._session.later(look, handles)


def examine(look: Callable[..., object], *handles: Handle) -> None:
    """Call look(*values) with the values as they are now: at once, or in a silent run with a wait to come."""
    if handles[0]._session.silent:
        later(look, *handles)
        handles[0]._session.owe()
    else:
        look(*fetch_all(*handles))


def is_instance(handle: Handle, kind: Handle) -> bool:
    """Whether it is an instance of the class. The worker's word, and a test of it by a value that the judge draws:

    what is set on the class is found in the object. A worker that is taken over whole can play that, too: use it
    together with numbers.
    """
    return are_instances([handle], kind)


def are_instances(handles: Sequence[Handle], kind: Handle) -> bool:
    """Whether each is an instance of the class, with a single wait where the answer is yes; see is_instance."""
    session = handles[0]._session
    claims = [
        session.request("isinstance", handle, kind, text=partial("isinstance({!r}, {!r})".format, handle, kind))
        for handle in handles
    ]
    name, value = f"_{secrets.token_hex(8)}", secrets.token_hex(8)
    mark = session.request("set", kind, name, value, text=lambda: f"{kind!r}.attribute = ...", told=False)
    found = [
        session.request("get", handle, name, text=partial("{!r}.attribute".format, handle), told=False)
        for handle in handles
    ]
    try:
        answers = fetch_all(*claims, *found)
    except StudentError as error:  # a class that takes no attributes, such as torch.Tensor in C, or no instance of it
        if error.request not in {asked._id for asked in (mark, *found)}:  # of the check's own, or of isinstance
            raise
        if any(claim is not True for claim in fetch_all(*claims)):
            return False
        refused = session.request("set", kind, name, value, text=lambda: f"{kind!r}.attribute = ...", told=False)
        return error_of(refused) is not None  # then the word has to do
    expected = [True] * len(handles) + [value] * len(handles)
    # By type first: a comparison with what a worker makes up may be a tensor, which is neither true nor false.
    return all(type(a) is type(b) and a == b for a, b in zip(answers, expected, strict=True))


def is_same(a: Handle, b: Handle) -> Handle:
    """a is b: what the worker says, a claim to be used together with numbers."""
    return a._session.request("is", a, b, text=lambda: f"{a!r} is {b!r}")


def type_name(handle: Handle) -> str:
    """The name of the object's class, for messages."""
    return str(fetch(handle._session.request("type", handle, text=lambda: f"type({handle!r})")))


def take(handle: Handle, most: int) -> Handle:
    """list(islice(handle, most)): at most that many items of an iterable, with a single wait."""
    return handle._session.request("take", handle, most, text=lambda: f"list({handle!r})")


@dataclass(frozen=True, slots=True)
class _Look:
    """Somebody who wants to see values that are still on their way."""

    look: Callable[..., object]
    handles: tuple[Handle, ...]
    taken: tuple[Handle, ...]  # their values, as they were
    told: int  # length of the transcript by then

    @property
    def last(self) -> int:
        """The number of the last request that must have been carried out."""
        return self.taken[-1]._id


class Session:
    """The conversation with one worker: requests that wait to be sent, and numbers for their results."""

    def __init__(
        self, worker: Worker, seed: int, start: Callable[[], object] | None = None, *, silent: bool = False
    ) -> None:
        """start: called before the first wait. silent: wait for several examples together, and keep no story."""
        self._worker = worker
        self._start = start
        self.silent = silent
        self._together = 0  # examples of a silent run since the last one that began with a wait
        self._owed = 0  # the latest request that would have been waited for, if the run were not silent
        self.examples = 0  # begun so far, those of shrinking among them
        self.given: deque[Mapping[str, Any]] = deque(maxlen=MAX_GIVEN)  # the arguments of the latest examples
        self.is_one_story = False  # whether the transcript keeps the examples before the present one
        self._count = 0
        self._requests: list[Any] = []
        self._texts: list[Callable[[], str]] = []
        self._tensors: list[Tensor] = []
        self._size = 0
        self._text_size = 0
        self._received = 0  # bytes of tensors that came back in the present example
        self._reset = False
        self._known: dict[int, Any] = {}  # values that were fetched since the last request: nothing can change them
        self.seed = seed
        self.transcript: list[Request] = []  # of the present example, in order
        self.fetched: list[tuple[Handle, Any]] = []  # what came back in it
        self.raised: dict[int, str] = {}  # type names of exceptions in it, by the number of the request
        self.only_causes = False  # whether examples are run for `causes` alone, and may fail
        self.causes: dict[object, list[tuple[str, ...]]] = {}  # of each failure so far: the mistakes that explain it
        self.ahead: dict[int, Handle] = {}  # what is to come with the next wait
        self.kept: dict[int, Any] = {}  # what came ahead of its fetch, by the number of the handle
        self._looks: list[_Look] = []

    def begin(self, given: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Begin a new example: earlier handles are forgotten, random numbers start anew. given: its arguments."""
        self.examples += 1
        if self.silent and self._together < SILENT_EXAMPLES:
            self._together += 1
            self.owe()
            taken = [handle._id for look in self._looks for handle in look.taken]
            self.request("begin", self.seed, taken, text=lambda: "")
            self.ahead, self.kept = {}, {}
            return
        if self.silent:
            self.sync()
            self._together = 1
        self.given.append(given)
        self._clear()
        self._reset = True
        if self.is_one_story and self.transcript:
            self._count += 1
            self.transcript.append(Request("seed", self._count, (self.seed,)))
        else:
            self.transcript, self.fetched, self.raised = [], [], {}
        self.ahead, self.kept, self._looks = {}, {}, []
        self._received = 0
        self._known.clear()

    def end(self) -> None:
        """End the example: requests that nobody waited for are waited for. In a silent run that can come later."""
        if not self.silent:
            self.sync()

    def finish(self) -> None:
        """Wait for what a silent run has left. Raises Untold, if the run has not."""
        if self.silent:
            try:
                self.sync()
            except Exception:
                raise self.untold() from None

    def untold(self) -> Untold:
        """What ends a silent run; what it has left does not matter any more."""
        self._clear()
        self._looks = []
        return Untold()

    def owe(self) -> None:
        """What was asked so far would have been waited for by now, if the run were not silent."""
        self._owed = self._count

    @property
    def latest(self) -> int:
        """The number of the latest request."""
        return self._count

    def output(self) -> str:
        """What the submission printed so far."""
        return self._worker.output()

    def request(self, operation: str, *arguments: object, text: Callable[[], str], told: bool = True) -> Handle:
        """Queue one request; the handle stands for its result. told: whether the snippet tells of it."""
        self._known.clear()
        tensors = self._tensors
        before = len(tensors)
        packed = [
            {"ref": argument._id} if type(argument) is Handle else wire.pack(argument, tensors, self._pack_other)
            for argument in arguments
        ]
        self._size += sum(tensor.nbytes for tensor in tensors[before:])
        self._text_size += sum(len(argument) if type(argument) is str else 64 for argument in arguments)
        self._count += 1
        self._requests.append([operation, self._count, *packed])
        self._texts.append(text)
        if told and not self.silent:
            self.transcript.append(Request(operation, self._count, arguments))
        if len(self._requests) >= MAX_BATCH or self._size > MAX_BATCH_BYTES or self._text_size > MAX_BATCH_TEXT:
            self.sync()
        return Handle(self, self._count, text)

    def sync(self) -> None:
        """Wait until all queued requests are done. Raises StudentError if one of them raised."""
        while self._requests:  # a look may have asked for more
            self.fetch([])

    def later(self, look: Callable[..., object], handles: tuple[Handle, ...]) -> None:
        """Call look with the present values of the handles at the next wait."""
        told = len(self.transcript)
        taken = tuple(self.request("now", handle, text=handle._text, told=False) for handle in handles)
        self._looks.append(_Look(look, handles, taken, told))

    def fetch(self, handles: Sequence[Handle]) -> list[Any]:
        """The values behind the handles, after all queued requests; those known since the last request at once."""
        if handles and not self._requests and all(handle._id in self._known for handle in handles):
            return [self._known[handle._id] for handle in handles]
        kept = [self.kept.pop(handle._id, _NOTHING) for handle in handles]
        if handles and not any(value is _NOTHING for value in kept):
            return kept
        looks, self._looks = self._looks, []
        wanted = {handle._id for handle in handles}
        ahead = [handle for number, handle in self.ahead.items() if number not in wanted]
        self.ahead = {}
        try:
            values = self._exchange([*handles, *ahead], [handle for look in looks for handle in look.taken])
        except StudentError as error:
            carried_out = [look for look in looks if error.request is not None and look.last < error.request]
            if carried_out:
                self._show(carried_out, self._exchange([], [handle for look in carried_out for handle in look.taken]))
            if self.silent and (error.request is None or error.request <= self._owed):
                raise self.untold() from None  # no `except` that stands here is meant for it
            raise
        self.kept.update(zip([handle._id for handle in ahead], values[len(handles) :], strict=False))
        self._show(looks, values[len(handles) + len(ahead) :])
        return values[: len(handles)]

    def _show(self, looks: Sequence[_Look], values: Sequence[Any]) -> None:
        """Let each look at its values. What was asked after it is no part of its story."""
        shown = iter(values)
        for look in looks:
            seen = [next(shown) for _ in look.taken]
            self.fetched += zip(look.handles, seen, strict=True)
            since = self.transcript[look.told :]
            del self.transcript[look.told :]
            try:
                look.look(*seen)
            except Exception:
                if self.silent:
                    raise self.untold() from None
                raise
            self.transcript += since

    def _exchange(self, handles: Sequence[Handle], taken: Sequence[Handle]) -> list[Any]:
        """Send all queued requests, and wait for the values: of the handles, and of what was taken to be looked at."""
        if self._start:
            start, self._start = self._start, None
            start()
        header = {
            "kind": "run",
            "reset": self.seed if self._reset else None,
            "requests": self._requests,
            "fetch": [handle._id for handle in (*handles, *taken)],
        }
        texts, tensors, numbers = self._texts, self._tensors, [request[1] for request in self._requests]
        self._clear()
        self._reset = False
        answer, received = self._worker.ask(header, tensors)
        self._received += sum(tensor.nbytes for tensor in received)
        if self._received > MAX_EXAMPLE_BYTES:
            raise self._worker.broke_protocol(f"it sent more than {MAX_EXAMPLE_BYTES >> 20} MiB in one example")
        if "error" in answer:
            raise self._student_error(answer, texts, numbers, handles)
        values = answer.get("values")
        if type(values) is not list or len(values) != len(handles) + len(taken):
            raise self._worker.broke_protocol("it answered with another number of values")
        try:
            unpacked = [wire.unpack(value, received, _unpack_other) for value in values]
        except (wire.ProtocolError, RecursionError) as error:
            raise self._worker.broke_protocol(str(error)) from error
        self.fetched += zip(handles, unpacked, strict=False)
        self._known.update(zip((handle._id for handle in handles), unpacked, strict=False))
        return unpacked

    def _student_error(
        self,
        answer: dict[str, Any],
        texts: Sequence[Callable[[], str]],
        numbers: Sequence[int],
        handles: Sequence[Handle],
    ) -> BaseException:
        error, at = answer["error"], answer.get("at")
        try:
            type_name, text = error["type"], error["text"]
            frames = read_frames(error["frames"])
        except (TypeError, KeyError, ValueError) as problem:
            return self._worker.broke_protocol(f"its error report is malformed: {type(problem).__name__}")
        if type(type_name) is not str or type(text) is not str or type(at) is not int:
            return self._worker.broke_protocol("its error report is malformed")
        call = texts[at]() if 0 <= at < len(texts) else (repr(handles[0]) if handles else "")
        limit = self._worker.limit_told(type_name, text)
        if 0 <= at < len(numbers):
            self.raised[numbers[at]] = type_name
        return StudentError(type_name, text, frames, call, limit, numbers[at] if 0 <= at < len(numbers) else None)

    def _pack_other(self, value: object) -> Any:
        if isinstance(value, Handle):
            return {"ref": value._id}
        if isinstance(value, Leaf):
            self._tensors.append(value.tensor)
            return {"leaf": len(self._tensors) - 1}
        raise TypeError(f"a check can't send a {type(value).__name__} to the worker")

    def _clear(self) -> None:
        self._requests, self._texts, self._tensors = [], [], []
        self._size = self._text_size = 0


def read_frames(frames: Any) -> tuple[Frame, ...]:
    """Frames as the worker reports them. Raises ValueError or TypeError if they are malformed."""
    if any(type(line) is not int or type(name) is not str or type(code) is not str for line, name, code in frames):
        raise ValueError("a frame is malformed")
    return tuple(Frame(line, name, code) for line, name, code in frames)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A tensor of the judge's that wants a gradient."""

    tensor: Tensor


class RemoteSubmission:
    """What a check gets as `submission`: the student's names as attributes, and what is needed to exercise them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notes: list[str] = []
        self._figures: dict[str, Figure] = {}
        self._measurements: dict[str, Measurement] = {}

    def __getattr__(self, name: str) -> Handle:
        if name.startswith(("_", "hypothesis_")) or name.endswith("_example"):  # Hypothesis looks for its hooks
            raise AttributeError(name)
        return self._session.request("name", name, text=lambda: name)

    @property
    def torch(self) -> TorchModule:
        """The worker's torch: parts that are not the student's."""
        return TorchModule(self._session, torch, "")

    def tensor(self, value: Tensor, *, requires_grad: bool = False) -> Handle:
        """A tensor in the worker, to be given to several calls or asked for its gradient."""
        return self._session.request("put", Leaf(value) if requires_grad else value, text=lambda: render(value))

    def make_list(self, items: Sequence[object]) -> Handle:
        """A list in the worker, of values and handles."""
        return self._session.request("list", *items, text=lambda: render(list(items)))

    def make_generator(self, items: Sequence[object]) -> Handle:
        """A generator in the worker that yields the items once."""
        return self._session.request("generator", *items, text=lambda: f"(item for item in {render(list(items))})")

    def note(self, text: str) -> None:
        """Tell the student something that costs no points."""
        if text not in self._notes:
            self._notes.append(text)

    def attach(self, record: Figure | Measurement) -> None:
        """Give the check's result a figure or a measurement; a later one of that title or name replaces it."""
        if isinstance(record, Measurement):
            self._measurements[record.name] = record
        else:
            self._figures[record.title] = record


def _unpack_other(tag: str, content: Any) -> object:
    if tag == "object" and type(content) is str:
        return Opaque(content[:200])
    raise wire.ProtocolError("a value is not in a known form")


def _call(function: Handle, args: Sequence[object], kwargs: Mapping[str, object]) -> str:
    given = [render(arg) for arg in args] + [f"{name}={render(arg)}" for name, arg in kwargs.items()]
    return f"{function!r}({', '.join(given)})"


def _numbers(value: object) -> str:
    """Nested lists of numbers, with six digits."""
    if isinstance(value, list):
        return f"[{', '.join(map(_numbers, value))}]"
    if isinstance(value, float) and math.isfinite(value):
        short = f"{value:.6g}"
        return short if any(c in short for c in ".e") else f"{short}.0"
    if isinstance(value, dict | slice):  # of anything: its repr could take for ever
        return f"<{type(value).__name__}>"
    return repr(value)[:200]


def render(value: object) -> str:
    """A value as Python, short enough for a message: small tensors written out, larger ones by their shape."""
    if isinstance(value, Tensor):
        if value.numel() <= 6:
            dtype = "" if value.dtype in (torch.float32, torch.int64, torch.bool) else f", dtype={value.dtype}"
            return f"torch.tensor({_numbers(value.tolist())}{dtype})"
        return f"<tensor {'x'.join(map(str, value.shape))}>"
    if isinstance(value, list | tuple):
        inside = ", ".join(render(item) for item in value[:8]) + (", ..." if len(value) > 8 else "")
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' if len(value) == 1 else ''})"
    return repr(value)
