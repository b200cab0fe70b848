"""Submissions that speak on the channel themselves, and values that are hard to send."""

from __future__ import annotations

from typing import Final

from tests.meta.hostile import CRASHED, FAILED, FORBIDDEN, SCALE, Hostile, Verdicts, armed, cases

# In the submission: say(header) sends a frame of its own, with @ for the number that the judge waits for.
SPEAKING: Final = """
import os, socket, stat, sys

def channel():
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode): return socket.socket(fileno=number)
        except OSError: pass

def batch():
    frame = sys._getframe()
    while "batch" not in (frame.f_locals.get("header") or {}): frame = frame.f_back
    return frame.f_locals["header"]["batch"]

def say(text, payload=b"", ahead=0):
    text = (text if isinstance(text, bytes) else text.encode()).replace(b"@", b"%d" % (batch() + ahead))
    shout(len(text).to_bytes(4, "little") + text + payload)

def shout(data):
    speaker = channel()
    speaker.sendall(data)
    speaker.detach()
"""

HEADERS: Final = {
    "no-text": r"b'\xff\xfe{}'",
    "no-json": "'batch: @'",
    "no-object": "'[1, 2]'",
    "no-tensors": """'{"batch": @, "values": []}'""",
    "tensors-that-are-no-list": """'{"batch": @, "values": [], "tensors": {}}'""",
    "not-a-number": """'{"batch": @, "values": [NaN], "tensors": []}'""",
    "infinity": """'{"batch": @, "values": [-Infinity], "tensors": []}'""",
    "float": """'{"batch": @, "values": [1.5], "tensors": []}'""",
    "number-of-4300-digits": """'{"batch": @, "values": [' + "9" * 4300 + '], "tensors": []}'""",
    "number-of-60000-digits": """'{"batch": @, "values": [-' + "9" * 60000 + '], "tensors": []}'""",
    "lists-30000-deep": """'{"batch": @, "values": ' + "[" * 30000 + "]" * 30000 + ', "tensors": []}'""",
    "objects-9000-deep": """'{"batch": @, "values": ' + '{"a":' * 9000 + "1" + "}" * 9000 + ', "tensors": []}'""",
    "the-same-key-twice": """'{"batch": @, "values": [], "values": [true], "tensors": []}'""",
    "half-a-character": r"""'{"batch": @, "values": ["\\ud800"], "tensors": []}'""",
    "unknown-dtype": """'{"batch": @, "values": [], "tensors": [["object", [1]]]}'""",
    "complex-dtype": """'{"batch": @, "values": [], "tensors": [["complex64", [1]]]}', bytes(8)""",
    "negative-size": """'{"batch": @, "values": [], "tensors": [["float32", [-1, -1]]]}', bytes(4)""",
    "true-for-a-size": """'{"batch": @, "values": [], "tensors": [["float32", [true]]]}', bytes(4)""",
    "nine-dims": """'{"batch": @, "values": [], "tensors": [["float32", [1,1,1,1,1,1,1,1,1]]]}', bytes(4)""",
    "sizes-that-overflow": """'{"batch": @, "values": [], "tensors": [["float32", [4294967296, 4294967296]]]}'""",
    "a-gigabyte-declared": """'{"batch": @, "values": [], "tensors": [["float32", [250000000]]]}'""",
    "too-much-in-all": """'{"batch": @, "values": [], "tensors": [["uint8", [60000000]], ["uint8", [60000000]]]}'""",
    "the-wrong-number": """'{"batch": 1@, "values": [], "tensors": []}'""",
    "no-batch-number": """'{"values": [], "tensors": []}'""",
    "text-for-the-number": """'{"batch": "@", "values": [], "tensors": []}'""",
    "no-values": """'{"batch": @, "tensors": []}'""",
    "too-many-values": """'{"batch": @, "values": [true, true, true], "tensors": []}'""",
    "unknown-tag": """'{"batch": @, "values": [{"pickle": "gASVAA=="}], "tensors": []}'""",
    "two-tags": """'{"batch": @, "values": [{"list": [], "tuple": []}], "tensors": []}'""",
    "tensor-that-is-not-there": """'{"batch": @, "values": [{"tensor": 0}], "tensors": []}'""",
    "true-for-a-tensor": """'{"batch": @, "values": [{"tensor": false}], "tensors": [["float32", [1]]]}', bytes(4)""",
    "float-that-is-none": """'{"batch": @, "values": [{"float": "0x1p99999"}], "tensors": []}'""",
    "dict-with-a-key-twice": """'{"batch": @, "values": [{"dict": [["a", 1], ["a", 2]]}], "tensors": []}'""",
    "error-of-another-kind": """'{"batch": @, "error": "passed", "at": 0, "tensors": []}'""",
    "error-at-no-place": """'{"batch": @, "error": {"type": "E", "text": "", "frames": []}, "tensors": []}'""",
    "error-with-odd-frames": """'{"batch": @, "error": {"type": "E", "text": "", "frames": [[1]]}, "tensors": []}'""",
}

SHOUTS: Final = {
    "header-of-4-gb-declared": r"shout(b'\xff\xff\xff\xff')",
    "header-of-nothing": "shout(bytes(4))",
    "random-bytes": "import random; shout(random.Random(1).randbytes(100_000))",
    "endless-bytes": """
        while True: shout(b"x" * 65536)
        """,
    "half-a-frame-and-then-its-own": """shout(b'\\x40\\0\\0\\0{"batch":')""",
    "half-a-frame-and-gone": """shout(b'\\x40\\0\\0\\0{"batch":'); os._exit(0)""",
    "channel-shut": "channel().shutdown(socket.SHUT_RDWR)",
    "descriptors-sent-along": """
        speaker = channel()
        socket.send_fds(speaker, [bytes(4)], [0, 1, 2])
        speaker.detach()
        """,
}

SPEAKING_OUT_OF_TURN: Final = {
    "the-next-answer-ahead": """say('{"batch": @, "values": [true], "tensors": []}', ahead=1)""",
    "each-answer-twice": """
        wire = sys.modules["grader.boundary.wire"]
        original = wire.encode
        wire.encode = lambda header, tensors: 2 * original(header, tensors)
        """,
    "answer-and-a-byte": """
        wire = sys.modules["grader.boundary.wire"]
        original = wire.encode
        wire.encode = lambda header, tensors: [*original(header, tensors), b"x"]
        """,
}

MADE_UP: Final = {
    "a-right-looking-answer": """say('{"batch": @, "values": [true], "tensors": []}')""",
    "an-error-that-says-passed": """
        say('{"batch": @, "error": {"type": "Passed", "text": "", "frames": []}, "at": 0, "tensors": []}')
        """,
    "an-error-at-a-huge-place": """
        say('{"batch": @, "error": {"type": "StopIteration", "text": "", "frames": [[9223372036854775807, "a", "b"]]},'
            ' "at": 9223372036854775807, "tensors": []}')
        """,
}

CLAIMS: Final = {
    "of-no-form": "5",
    "empty-claims": "[[], [1], {}, None]",
    "of-what-is-allowed": "[[1, 'torch.add', ['test_layer']]]",
    "on-a-line-that-is-not-there": "[[-9, 5, ['x']], [True, 'torch.nn.Linear', 7]]",
    "a-million": "[[]] * 1_000",
}

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

# It brings the compiler with it, for which there may be too little memory.
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
            name=f"claims-{name}",
            source=armed(f"sys.modules['grader.worker.guard'].Guard.take = lambda self: {claims}", before="import sys"),
        )
        for name, claims in CLAIMS.items()
    ),
    Hostile(
        name="claims-against-itself",
        source=armed(
            "sys.modules['grader.worker.guard'].Guard.take = lambda self: [[0, 'torch.nn.Linear', ['scale']]]",
            before="import sys",
        ),
        loses=dict.fromkeys(SCALE, FORBIDDEN),
    ),
    *cases(WRONG_VALUES),
    *cases(ODD_BUT_RIGHT_VALUES, {}),
    *cases(LARGE_AND_WRONG, frozenset({FAILED, CRASHED})),
    *cases(UNSOUND, frozenset({FAILED, CRASHED})),
]
