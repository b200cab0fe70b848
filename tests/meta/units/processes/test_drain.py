"""What a worker prints: bounded, there at once, and text whatever its bytes are."""

import os

import pytest

from grader.processes.watch import MAX_OUTPUT_BYTES, Output
from grader.processes.workers import Workers
from grader.suite.ask import fetch
from tests.meta.units.processes.conftest import Load


def test_output_is_bounded(load: Load, workers: Workers) -> None:
    worker, submission = load(workers, "import os\ndef shout():\n    os.write(1, b'x' * 900_000)\n    return 1\n")
    assert fetch(submission.shout()) == 1
    assert fetch(submission.shout()) == 1
    worker.end()
    worker._started.output._thread.join(10.0)
    kept, _, dropped = worker.output().partition("\n")
    assert len(kept) == MAX_OUTPUT_BYTES
    assert dropped == f"[{1_800_000 - MAX_OUTPUT_BYTES} more bytes]"


@pytest.mark.skipif(os.name != "posix", reason="elsewhere, only the thread reads")
def test_output_is_there_at_once() -> None:
    for _ in range(200):
        reader, writer = os.pipe()
        os.write(writer, b"printed\n")
        assert Output(reader).text() == "printed\n"
        os.close(writer)


def test_output_of_any_bytes_is_text() -> None:
    reader, writer = os.pipe()
    output = Output(reader)
    os.write(writer, b"caf\xe9 \xff\xfe \xc3\xa9\n")
    os.close(writer)
    output._thread.join(10.0)
    assert output.text() == "caf\ufffd \ufffd\ufffd é\n"
