"""Submissions that speak on the channel themselves, and values that are hard to send."""

from __future__ import annotations

from typing import Final

from tests.meta.hostile import CRASHED, FAILED, FORBIDDEN, SCALE, TIMED_OUT, Hostile, Verdicts, armed, cases

# In the submission: say(header) sends a frame of its own, with @ for the number that the judge waits for and & for what
# says that nothing raised.
SPEAKING: Final = """
import os, socket, stat, sys

def channel():
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode): return socket.socket(fileno=number)
        except OSError: pass

def number():
    frame = sys._getframe()
    while "number" not in (frame.f_locals.get("header") or {}): frame = frame.f_back
    return frame.f_locals["header"]["number"]

def say(text, payload=b"", ahead=0):
    text = (text if isinstance(text, bytes) else text.encode()).replace(b"@", b"%d" % (number() + ahead))
    text = text.replace(b"&", b'"raised": null, "at": -1')
    shout(b"".join(len(part).to_bytes(4, "little") for part in (text, payload)) + text + payload)

def shout(data):
    speaker = channel()
    speaker.sendall(data)
    speaker.detach()
"""

HEADERS: Final = {
    "no-text": r"b'\xff\xfe{}'",
    "no-json": "'number: @'",
    "no-object": "'[1, 2]'",
    "no-tensors": """'{"number": @, &, "values": []}'""",
    "tensors-that-are-no-list": """'{"number": @, &, "values": [], "tensors": {}}'""",
    "not-a-number": """'{"number": @, &, "values": [NaN], "tensors": []}'""",
    "infinity": """'{"number": @, &, "values": [-Infinity], "tensors": []}'""",
    "float": """'{"number": @, &, "values": [1.5], "tensors": []}'""",
    "number-of-4300-digits": """'{"number": @, &, "values": [' + "9" * 4300 + '], "tensors": []}'""",
    "number-of-60000-digits": """'{"number": @, &, "values": [-' + "9" * 60000 + '], "tensors": []}'""",
    "lists-30000-deep": """'{"number": @, &, "values": ' + "[" * 30000 + "]" * 30000 + ', "tensors": []}'""",
    "objects-9000-deep": """'{"number": @, &, "values": ' + '{"a":' * 9000 + "1" + "}" * 9000 + ', "tensors": []}'""",
    "the-same-key-twice": """'{"number": @, &, "values": [], "values": [true], "tensors": []}'""",
    "half-a-character": r"""'{"number": @, &, "values": ["\\ud800"], "tensors": []}'""",
    "unknown-dtype": """'{"number": @, &, "values": [], "tensors": [["object", [1]]]}'""",
    "complex-dtype": """'{"number": @, &, "values": [], "tensors": [["complex64", [1]]]}', bytes(8)""",
    "negative-size": """'{"number": @, &, "values": [], "tensors": [["float32", [-1, -1]]]}', bytes(4)""",
    "true-for-a-size": """'{"number": @, &, "values": [], "tensors": [["float32", [true]]]}', bytes(4)""",
    "nine-dims": """'{"number": @, &, "values": [], "tensors": [["float32", [1,1,1,1,1,1,1,1,1]]]}', bytes(4)""",
    "sizes-that-overflow": """'{"number": @, &, "values": [], "tensors": [["float32", [4294967296, 4294967296]]]}'""",
    "a-gigabyte-declared": """'{"number": @, &, "values": [], "tensors": [["float32", [250000000]]]}'""",
    "too-much-in-all": """'{"number": @, &, "values":[], "tensors": [["uint8", [60000000]], ["uint8", [60000000]]]}'""",
    "the-wrong-number": """'{"number": 1@, &, "values": [], "tensors": []}'""",
    "no-number": """'{&, "values": [], "tensors": []}'""",
    "text-for-the-number": """'{"number": "@", &, "values": [], "tensors": []}'""",
    "more-payload-than-tensors": """'{"number": @, &, "values": [true], "tensors": []}', bytes(8)""",
    "more-tensors-than-payload": """'{"number": @, &, "values": [true], "tensors": [["uint8", [9]]]}', bytes(8)""",
    "no-values": """'{"number": @, &, "tensors": []}'""",
    "too-many-values": """'{"number": @, &, "values": [true, true, true], "tensors": []}'""",
    "unknown-tag": """'{"number": @, &, "values": [{"pickle": "gASVAA=="}], "tensors": []}'""",
    "two-tags": """'{"number": @, &, "values": [{"list": [], "tuple": []}], "tensors": []}'""",
    "tensor-that-is-not-there": """'{"number": @, &, "values": [{"tensor": 0}], "tensors": []}'""",
    "true-for-a-tensor": """'{"number": @, &, "values": [{"tensor":false}], "tensors":[["float32", [1]]]}', bytes(4)""",
    "float-that-is-none": """'{"number": @, &, "values": [{"float": "0x1p99999"}], "tensors": []}'""",
    "dict-with-a-key-twice": """'{"number": @, &, "values": [{"dict": [["a", 1], ["a", 2]]}], "tensors": []}'""",
    "error-of-another-kind": """'{"number": @, "values": [], "raised": "passed", "at": 0, "tensors": []}'""",
    "error-at-no-place": """'{"number": @, "values": [], "raised": ["E", "", []], "tensors": []}'""",
    "error-with-odd-frames": """'{"number": @, "values": [], "raised": ["E", "", [[1]]], "at": 0, "tensors": []}'""",
}

SHOUTS: Final = {
    "header-of-4-gb-declared": r"shout(b'\xff\xff\xff\xff\0\0\0\0')",
    "payload-of-4-gb-declared": r"shout(b'\2\0\0\0\xff\xff\xff\xff{}')",
    "its-own-answer-as-a-payload": r"shout(b'\2\0\0\0\x09\0\0\0{}')",
    "header-of-nothing": "shout(bytes(8))",
    "random-bytes": "import random; shout(random.Random(1).randbytes(100_000))",
    "endless-bytes": """
        while True: shout(b"x" * 65536)
        """,
    "half-a-frame-and-then-its-own": """shout(b'\\x40\\0\\0\\0\\0\\0\\0\\0{"number":')""",
    "half-a-frame-and-gone": """shout(b'\\x40\\0\\0\\0\\0\\0\\0\\0{"number":'); os._exit(0)""",
    "channel-shut": "channel().shutdown(socket.SHUT_RDWR)",
    "descriptors-sent-along": """
        speaker = channel()
        socket.send_fds(speaker, [bytes(8)], [0, 1, 2])
        speaker.detach()
        """,
}

SPEAKING_OUT_OF_TURN: Final = {
    "the-next-answer-ahead": """say('{"number": @, &, "values": [true], "tensors": []}', ahead=1)""",
    "each-answer-twice": """
        ends = sys.modules["grader.boundary.channel"]
        original = ends.encode
        ends.encode = lambda header, tensors: 2 * original(header, tensors)
        """,
    "answer-and-a-byte": """
        ends = sys.modules["grader.boundary.channel"]
        original = ends.encode
        ends.encode = lambda header, tensors: [*original(header, tensors), b"x"]
        """,
}

MADE_UP: Final = {
    "a-right-looking-answer": """say('{"number": @, &, "values": [true], "tensors": []}')""",
    "an-error-that-says-passed": """
        say('{"number": @, "values": [], "raised": ["Passed", "", []], "at": 0, "tensors": []}')
        """,
    "an-error-at-a-huge-place": """
        say('{"number": @, "values": [], "raised": ["StopIteration", "", [[9223372036854775807, "a", "b"]]],'
            ' "at": 9223372036854775807, "tensors": []}')
        """,
}

# What it says of banned uses.
SIGHTINGS: Final = {
    "of-no-form": "5",
    "empty": "[[], [1], {}, None]",
    "of-what-is-allowed": "[[1, 'torch.add', ['test_layer']]]",
    "on-a-line-that-is-not-there": "[[-9, 5, ['x']], [True, 'torch.nn.Linear', 7]]",
    "a-hundred": "[[]] * 100",
}
SEEING: Final = """
import sys
ends = sys.modules["grader.boundary.channel"]
original = ends.encode
ends.encode = lambda header, tensors: original({{**header, "seen": {}}}, tensors)
"""

WRONG_VALUES: Final = {
    "sparse": "return (2 * x).to_sparse()",
    "sparse-rows": "return (2 * x).to_sparse_csr()",
    "of-no-data": "return (2 * x).to('meta')",
    "quantized": "return torch.quantize_per_tensor(2 * x, 0.1, 0, torch.qint8)",
    "complex": "return (2 * x).to(torch.complex64)",
    "conjugated": "return (2 * x).to(torch.complex64).conj()",
    "eight-bit-floats": "return (2 * x).to(torch.float8_e4m3fn)",
    "nested": "return torch.nested.nested_tensor([2 * x, 2 * x])",
    "other-layout": "return (2 * x).to_mkldnn()",
    "not-a-number-beside": "return torch.full_like(x, float('nan'))",
    "nine-dimensions": "return (2 * x)[None, None, None, None, None, None, None]",
    "wrapped-by-a-transform": """
        found = []
        torch.func.vmap(lambda row: found.append(row) or row)(x)
        return found[0]
        """,
}

# It brings the compiler with it, for which there may be too little memory, or, on a busy machine, time.
LARGE_AND_WRONG: Final = {
    "fake": """
        from torch._subclasses.fake_tensor import FakeTensorMode
        with FakeTensorMode(allow_non_fake_inputs=True) as mode: return mode.from_tensor(x)
        """,
}

ODD_BUT_RIGHT_VALUES: Final = {
    "not-contiguous": "return (2 * x).t().contiguous().t()",
    "negated-lazily": "return torch._neg_view(-2 * x)",
    "every-other-number": "return torch.stack([2 * x, x], dim=-1)[..., 0]",
    "huge-strides": "y = 2 * x; return y.as_strided(x.shape, (3 if len(x) > 1 else 1 << 40, 1))",
    "part-of-a-large-one": """
        y = torch.zeros(1 << 20)[-x.numel():].reshape(x.shape)
        y += 2 * x
        return y
        """,
    "that-wants-a-gradient": "return (2 * x).requires_grad_()",
    "a-parameter": "return torch.nn.Parameter(2 * x)",
    "made-in-inference-mode": "with torch.inference_mode(): return 2 * x",
    "with-names-of-its-own": "y = 2 * x; y.mine = 'mine'; y.shape_ = 3; return y",
}

UNSOUND: Final = {
    "storage-taken-away": "y = 2 * x; y.untyped_storage().resize_(0); return y",
    "storage-of-another": "y = 2 * x; y.set_(torch.zeros(1).untyped_storage(), 0, (1,), (1,)); return y",
    "bits-that-are-no-bool": "return torch.full((3,), 7, dtype=torch.uint8).view(torch.bool)",
}


def _spoken(attacks: dict[str, str], loses: Verdicts, tells: str = "") -> list[Hostile]:
    """Each speaks, and then answers rightly: what was said before must not count."""
    return cases(attacks, loses, before=SPEAKING, tells=tells)


ALL: Final[list[Hostile]] = [
    *_spoken({f"header-{name}": f"say({text})" for name, text in HEADERS.items()}, CRASHED, "broke off"),
    *_spoken(SHOUTS, CRASHED),
    *_spoken(SPEAKING_OUT_OF_TURN, CRASHED, "broke off"),
    *_spoken(MADE_UP, frozenset({FAILED, CRASHED})),
    *(
        Hostile(
            name=f"sightings-{name}",
            source=armed(SEEING.format(seen)),
        )
        for name, seen in SIGHTINGS.items()
    ),
    Hostile(  # more than there can be of different owners
        name="sightings-a-thousand",
        source=armed(SEEING.format("[[]] * 1_000")),
        loses={"test_scale": CRASHED},
        tells="it told more than 100 banned uses",
    ),
    Hostile(
        name="sightings-against-itself",
        source=armed(
            "sys.modules['grader.worker.guard'].Guard.take = lambda self: [[0, 'torch.nn.Linear', ['scale']]]",
            before="import sys",
        ),
        loses=dict.fromkeys(SCALE, FORBIDDEN),
    ),
    *cases(WRONG_VALUES),
    *cases(ODD_BUT_RIGHT_VALUES, {}),
    *cases(LARGE_AND_WRONG, frozenset({FAILED, CRASHED, TIMED_OUT})),
    *cases(UNSOUND, frozenset({FAILED, CRASHED})),
]
