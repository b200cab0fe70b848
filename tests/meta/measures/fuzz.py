"""Feeds the judge's reader with frames that no worker of ours sends: `nox -s fuzz -- COUNT SEED`.

Each frame answers a request of a check. Whatever it is, the judge gets a value, an error of the student's, or the word
that the worker has stopped; any other exception is printed with the frame, and ends the run. A frame that is answered
in a way not seen before is kept and changed further: what the reader says guides the search.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from grader.boundary import wire
from grader.boundary.limits import Limit
from grader.processes.worker import Worker, WorkerStopped
from grader.suite.handles import Session, StudentError, fetch

MOST_KEPT: Final = 400
MOST_BYTES: Final = 200_000

ANSWERS: Final[list[tuple[dict[str, Any], bytes]]] = [
    ({"batch": 1, "values": [{"tensor": 0}], "tensors": [["float32", [2, 3]]]}, bytes(range(24))),
    ({"batch": 1, "values": [{"tensor": 1}], "tensors": [["bool", [3]], ["int64", []]]}, b"\1\7\0" + bytes(8)),
    ({"batch": 1, "values": [{"list": [1, True, None, "a", {"float": "0x1.8p+1"}]}], "tensors": []}, b""),
    ({"batch": 1, "values": [{"dict": [["a", {"tuple": []}], ["b", {"slice": [None, 1, 2]}]]}], "tensors": []}, b""),
    ({"batch": 1, "values": [{"dtype": "int8"}], "tensors": [["bfloat16", [0, 4]]]}, b""),
    ({"batch": 1, "values": [{"ellipsis": True}], "tensors": []}, b""),
    ({"batch": 1, "values": [{"object": "Layer"}], "forbidden": [[1, "torch.nn.Linear", ["f"]]], "tensors": []}, b""),
    ({"batch": 1, "error": {"type": "E", "text": "t", "frames": [[3, "f", "x = 1"]]}, "at": 0, "tensors": []}, b""),
]
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
    *(b"[" * 20_000, b'{"a":' * 9_000, b'"batch":1,', b"}", b"]", b",", b":", b'"', b" ", b"\0", b"\xef\xbb\xbf"),
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


class _NoOutput:
    def text(self) -> str:
        return ""


@dataclass
class Fuzzer:
    """A search with a seed: the same frames each time."""

    seed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    frames: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._kept = [frame(json.dumps(header).encode(), payload) for header, payload in ANSWERS]
        silent = wire.Channel(_Bytes(b"", self._rng))  # type: ignore[arg-type]
        self._worker = Worker(_NoProcess(), silent, _NoOutput(), Path("nowhere"))  # type: ignore[arg-type]

    def run(self, count: int) -> None:
        """Try that many frames. Raises what the reader lets through."""
        for _ in range(count):
            data = self._changed(self._rng.choice(self._kept))
            try:
                outcome = self.outcome(data)
            except BaseException:
                print(f"frame {self.frames} of seed {self.seed}: {data[:2000]!r}", file=sys.stderr)
                raise
            self.frames += 1
            if outcome not in self.outcomes and len(self._kept) < MOST_KEPT and len(data) < 4096:
                self._kept.append(data)
            self.outcomes[outcome] += 1

    def outcome(self, data: bytes) -> str:
        """What a check hears that gets this for an answer."""
        worker = self._worker
        worker._channel = wire.Channel(_Bytes(data, self._rng))  # type: ignore[arg-type]
        worker._stopped, worker._batch = None, 0
        worker.allow(Limit("limit_s", 60.0))
        session = Session(worker, 0)
        try:
            value = fetch(session.request("name", "f", text=lambda: "f"))
        except StudentError:
            return "an error of the student's"
        except WorkerStopped as stopped:
            return re.sub(r"\d+|'[^']*'", "_", stopped.message)[:60]
        repr(value)
        return f"a value: {type(value).__name__}"

    # --- changing ----------------------------------------------------------------------------------------------------

    def _changed(self, data: bytes) -> bytes:
        rng = self._rng
        for _ in range(rng.choice((1, 1, 2, 3))):
            data = rng.choice((self._parts, self._parts, self._bytes, self._text, self._length))(data)
        return data[:MOST_BYTES]

    def _parts(self, data: bytes) -> bytes:
        """Another value somewhere in the header."""
        length = int.from_bytes(data[:4], "little")
        try:
            header = json.loads(data[4 : 4 + length])
        except (ValueError, RecursionError):
            return self._bytes(data)
        places = [*_places(header)]
        if places:
            holder, key = self._rng.choice(places)
            kind = self._rng.randrange(8)
            if kind == 0:
                del holder[key]
            elif kind == 1 and type(holder) is dict:
                holder[self._rng.choice(("batch", "values", "tensors", "error", "forbidden", "list", "x"))] = 1
            else:
                holder[key] = json.loads(json.dumps(self._rng.choice(PARTS)))
        return frame(json.dumps(header).encode(), data[4 + length :])

    def _bytes(self, data: bytes) -> bytes:
        changed = bytearray(data or b"\0")
        for _ in range(self._rng.choice((1, 2, 8))):
            changed[self._rng.randrange(len(changed))] = self._rng.randrange(256)
        return bytes(changed)

    def _text(self, data: bytes) -> bytes:
        """Something in the header that is no JSON, or odd JSON; its length is right."""
        length = int.from_bytes(data[:4], "little")
        text, payload = data[4 : 4 + length], data[4 + length :]
        at = self._rng.randrange(len(text) + 1)
        over = self._rng.choice((0, 0, 1, 4))
        return frame(text[:at] + self._rng.choice(TEXTS) + text[at + over :], payload)

    def _length(self, data: bytes) -> bytes:
        """Cut off, longer, or of a length that lies."""
        match self._rng.randrange(4):
            case 0:
                return data[: self._rng.randrange(len(data) + 1)]
            case 1:
                return data + self._rng.randbytes(self._rng.choice((1, 100, 5000)))
            case 2:
                return self._rng.choice((0, 1, 2, 65536, 65537, 2**32 - 1)).to_bytes(4, "little") + data[4:]
            case _:
                return self._rng.randbytes(self._rng.choice((0, 3, 4, 100)))


def frame(text: bytes, payload: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text + payload


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
