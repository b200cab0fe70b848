"""Feeds the judge's reader with frames that no worker of ours sends: `nox -s fuzz -- COUNT SEED`.

Each frame answers a message: to inspect the source, to load it, or to run what a check asks. Whatever it is, the judge
gets what the source says, a value, an error of the student's, or the word that the worker has stopped; any other
exception is printed with the frame, and ends the run. So is one that comes when what was read is written: half a
character would break a report. A frame that is answered in a way not seen before is kept and changed further: what the
reader says guides the search.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from grader.boundary import wire
from grader.boundary.channel import Channel
from grader.boundary.limits import Limit
from grader.boundary.messages import (
    Inspect,
    Inspected,
    Load,
    Loaded,
    Ran,
    Sighting,
    Written,
    write_answer,
)
from grader.boundary.places import Places, Span
from grader.boundary.requests import Operation
from grader.boundary.rules import Rules
from grader.boundary.source import Found, LostCell
from grader.boundary.syntax import SyntaxProblem
from grader.boundary.values import Frame, Raised
from grader.judge.session import ToldSession
from grader.processes.worker import Started, Worker, WorkerStopped
from grader.suite.ask import fetch
from grader.suite.failures import StudentError

MOST_KEPT: Final = 400
MOST_BYTES: Final = 200_000

INSPECT: Final = Inspect(
    form="file",
    files=[("hw.py", b"")],
    entry="hw.py",
    questions=("Linear",),
    needs={"Linear": []},
    asked={"Linear": ["forward"]},
    rules=Rules(),
)
LOAD: Final = Load(file="hw.py", source="", siblings={}, indices=None)

_RAISED: Final = Raised("E", "t", (Frame(3, "f", "x = 1"),))
_FOUND: Final = Found(
    present=True,
    line=3,
    empty=("f",),
    written=True,
    unwritten=("g",),
    indices=(0, 2),
    certain=False,
    uses=("SGD",),
    banned=((4, "torch.nn.Linear"),),
    own=((1, 2), (3, 9)),
    code="5e1f",
)
_INSPECTED: Final = Inspected(
    questions={"Linear": _FOUND},
    lost=(LostCell(line=1, text="t", code="c", questions=("SGD",)),),
    dynamic=((1, 1),),
    source="x = 1",
    places=Places(file="hw.ipynb", spans=[Span(first=1, file="hw.ipynb", line=1, cell=2)]),
    siblings={"parts.py": "y = 2"},
)
_UNREAD: Final = Inspected(syntax_problem=SyntaxProblem(file="hw.py", line=2, text="t", code="c"))


def framed(written: Written) -> bytes:
    """An answer as our worker sends it, to the first message."""
    seen = [Sighting(1, "torch.nn.Linear", ("f",))]
    return b"".join(wire.encode(*write_answer(written, 1, seen)))


def ran(value: Any, specs: Sequence[Any] = (), payload: bytes = b"") -> bytes:
    """The frame of one value, packed as it says."""
    header = {"values": [value], "raised": None, "at": -1, "number": 1, "tensors": list(specs)}
    return frame(json.dumps(header).encode(), payload)


def frame(text: bytes, payload: bytes) -> bytes:
    return wire.prefix(len(text), len(payload)) + text + payload


# By the kind of message that they answer.
ANSWERS: Final[dict[str, list[bytes]]] = {
    "inspect": [framed(answer.write()) for answer in (_INSPECTED, _UNREAD, Inspected(unreadable="is no notebook"))],
    "load": [framed(Loaded(problems=(_RAISED, _RAISED)).write())],
    "run": [
        ran({"tensor": 0}, [["float32", [2, 3]]], bytes(range(24))),
        ran({"tensor": 1}, [["bool", [3]], ["int64", []]], b"\1\7\0" + bytes(8)),
        ran({"list": [1, True, None, "a", {"float": "0x1.8p+1"}]}),
        ran({"dict": [["a", {"tuple": []}], ["b", {"slice": [None, 1, 2]}]]}),
        ran({"dtype": "int8"}, [["bfloat16", [0, 4]]]),
        ran({"ellipsis": True}),
        ran({"object": "Layer"}),
        ran({"raised": _RAISED.write()}),
        framed(Ran(raised=_RAISED, at=1).write()),
        framed(Ran(values=(1.5,)).write()),
    ],
}
KINDS: Final = tuple(ANSWERS)
PARTS: Final[list[Any]] = [
    *(None, True, False, 0, 1, -1, 2, 2**31, 2**40, 2**63, -(2**63), 10**30, 0.5, "", "a", "\ud800", "\0", "x" * 9000),
    *([], {}, [[]], {"": 0}, {"tensor": 0}, {"tensor": True}, {"tensor": -1}, {"list": [{"tensor": 0}] * 3}),
    *({"float": "nan"}, {"float": "0x1p9999"}, {"float": 1}, {"float": "z" * 70}, {"tuple": 5}, {"slice": [1]}),
    *({"dict": [["a", 1], ["a", 2]]}, {"dict": [[1, 2]]}, {"dict": {}}, {"ref": 1}, {"leaf": 0}, {"object": 5}),
    *(["float32", [1]], ["float32", [0, 2**39, 2**39]], ["float32", [-1]], ["float32", [True]], ["complex64", [1]]),
    *(["uint8", [64 << 20]], ["uint8", [(64 << 20) + 1]], ["float64", [1] * 9], ["bool", [2]], [["f"], []]),
    *([1, "a", "b"], [2**63, "a", "b"], [1, "a"], ["1", "a", "b"], [1, None, "b"], 4096 * [1], 4097 * [1]),
]
TEXTS: Final = (
    *(b"NaN", b"-Infinity", b"1e400", b"1.5", b"-0", b"9" * 5000, b"\\ud800", b"\\u0000", b"\xff", b"\xed\xa0\x80"),
    *(b"[" * 20_000, b'{"a":' * 9_000, b'"number":1,', b"}", b"]", b",", b":", b'"', b" ", b"\0", b"\xef\xbb\xbf"),
)


class _Bytes:
    """Stands for the socket: what was sent is lost, what is received is the frame, in pieces of any size."""

    def __init__(self, data: bytes, rng: random.Random) -> None:
        self._data, self._at = data, 0
        self._most = rng.choice((1, 7, 64, 1 << 16)) if len(data) < 300 else 1 << 16

    def settimeout(self, seconds: float | None) -> None: ...

    def setblocking(self, blocking: bool) -> None: ...

    def send(self, data: bytes) -> int:
        return len(data)

    def recv(self, size: int, flags: int = 0) -> bytes:
        if flags:  # a look at what was not asked for
            raise BlockingIOError
        piece = self._data[self._at : self._at + min(size, self._most)]
        self._at += len(piece)
        return piece


class _NoProcess:
    pid = None

    def end(self) -> int | None:
        return None

    def discard(self, then: Any) -> None: ...

    def identify(self) -> int | None:
        return None


class _NoOutput:
    def text(self) -> str:
        return ""


_NO_PROCESS: Final[Any] = _NoProcess()
_NO_OUTPUT: Final[Any] = _NoOutput()


@dataclass
class Fuzzer:
    """A search with a seed: the same frames each time."""

    seed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    frames: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._kept = [(kind, data) for kind, frames in ANSWERS.items() for data in frames]

    def run(self, count: int) -> None:
        """Try that many frames. Raises what the reader lets through."""
        for _ in range(count):
            kind, kept = self._rng.choice(self._kept)
            data = self._changed(kept)
            if self._rng.random() < 0.01:  # what answers another message
                kind = self._rng.choice(KINDS)
            try:
                outcome = self.outcome(kind, data)
            except BaseException:
                print(f"frame {self.frames} of seed {self.seed}, {kind}: {data[:2000]!r}", file=sys.stderr)
                raise
            self.frames += 1
            if outcome not in self.outcomes and len(self._kept) < MOST_KEPT and len(data) < 4096:
                self._kept.append((kind, data))
            self.outcomes[outcome] += 1

    def outcome(self, kind: str, data: bytes) -> str:
        """What the judge hears that gets this for an answer."""
        channel = Channel(_Bytes(data, self._rng))  # type: ignore[arg-type]
        started = Started(process=_NO_PROCESS, channel=channel, output=_NO_OUTPUT, scratch=Path("nowhere"))
        worker = Worker(started)
        worker.allow(Limit("limit_s", 60.0))
        heard: list[Sighting] = []
        worker.report_to(lambda sightings, loading: heard.extend(sightings))
        try:
            answer = self._ask(kind, worker)
        except StudentError as error:
            str(error).encode()
            return f"{kind}: an error of the student's"
        except WorkerStopped as stopped:
            return f"{kind}: " + re.sub(r"\d+|'[^']*'", "_", stopped.message)[:60]
        repr((answer, heard)).encode()
        _texts_of(answer).encode()
        return f"{kind}: {type(answer).__name__}"

    def _ask(self, kind: str, worker: Worker) -> object:
        match kind:
            case "inspect":
                return worker.ask(INSPECT)
            case "load":
                return worker.ask(LOAD)
        session = ToldSession(worker, 0)
        with session.example({}, {}):
            return fetch(session.request(Operation.NAME, "f", text=lambda: "f"))

    # --- changing ----------------------------------------------------------------------------------------------------

    def _changed(self, data: bytes) -> bytes:
        rng = self._rng
        for _ in range(rng.choice((1, 1, 2, 3))):
            data = rng.choice((self._parts, self._parts, self._bytes, self._text, self._length))(data)
        return data[:MOST_BYTES]

    def _parts(self, data: bytes) -> bytes:
        """Another value somewhere in the header."""
        text, payload = _parts_of(data)
        try:
            header = json.loads(text)
        except (ValueError, RecursionError):
            return self._bytes(data)
        places = [*_places(header)]
        if places:
            holder, key = self._rng.choice(places)
            kind = self._rng.randrange(8)
            if kind == 0:
                del holder[key]
            elif kind == 1 and type(holder) is dict:
                holder[self._rng.choice(("number", "values", "tensors", "raised", "at", "seen", "list", "x"))] = 1
            else:
                holder[key] = json.loads(json.dumps(self._rng.choice(PARTS)))
        return frame(json.dumps(header).encode(), payload)

    def _bytes(self, data: bytes) -> bytes:
        changed = bytearray(data or b"\0")
        for _ in range(self._rng.choice((1, 2, 8))):
            changed[self._rng.randrange(len(changed))] = self._rng.randrange(256)
        return bytes(changed)

    def _text(self, data: bytes) -> bytes:
        """Something in the header that is no JSON, or odd JSON; its length is right."""
        text, payload = _parts_of(data)
        at = self._rng.randrange(len(text) + 1)
        over = self._rng.choice((0, 0, 1, 4))
        return frame(text[:at] + self._rng.choice(TEXTS) + text[at + over :], payload)

    def _length(self, data: bytes) -> bytes:
        """Cut off, longer, or of a length that lies."""
        lie = self._rng.choice((0, 1, 2, 65536, 65537, 2**26, 2**26 + 1, 2**32 - 1)).to_bytes(4, "little")
        match self._rng.randrange(5):
            case 0:
                return data[: self._rng.randrange(len(data) + 1)]
            case 1:
                return data + self._rng.randbytes(self._rng.choice((1, 100, 5000)))
            case 2:
                return lie + data[4:]
            case 3:
                return data[:4] + lie + data[8:]
            case _:
                return self._rng.randbytes(self._rng.choice((0, 3, 4, 100)))


def _parts_of(data: bytes) -> tuple[bytes, bytes]:
    """Header and payload of a frame."""
    end = wire.PREFIX_BYTES + int.from_bytes(data[:4], "little")
    return data[wire.PREFIX_BYTES : end], data[end:]


def _texts_of(answer: object) -> str:
    """All texts of an inspection, joined: each of them may stand in a report."""
    if not isinstance(answer, Inspected):
        return ""
    spans = [answer.places.at(span.first) for span in answer.places.spans]
    return "".join([answer.source, answer.unreadable, answer.places.file, *spans, *answer.siblings, *answer.questions])


def _places(value: Any) -> Any:
    """Each (list or dict, key) in it, for a value that is not deep."""
    queue = [value]
    while queue:
        holder = queue.pop()
        items = enumerate(holder[:20]) if type(holder) is list else holder.items() if type(holder) is dict else ()
        for key, inner in items:
            yield holder, key
            queue.append(inner)


def _peak_kib() -> int:
    import resource  # not on Windows, where the tests still import this module

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(count: int, seed: int) -> None:
    """Run, and print what the reader said and how its memory grew."""
    fuzzer, started = Fuzzer(seed), time.monotonic()
    fuzzer.run(1000)
    before = _peak_kib()
    fuzzer.run(count - 1000)
    grown = _peak_kib() - before
    for outcome, times in fuzzer.outcomes.most_common():
        print(f"{times:9,}  {outcome}")
    seconds = time.monotonic() - started
    print(f"{fuzzer.frames:,} frames in {seconds:.0f} s, no uncaught exception; memory grew by {grown / 1024:.1f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
