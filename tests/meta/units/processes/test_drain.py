"""What a worker prints: bounded, there at once, and text whatever its bytes are."""

import os
import sys
import threading
from collections.abc import Iterator

import pytest

from grader.processes.drain import MAX_OUTPUT_BYTES, Drain, Output
from grader.processes.workers import Workers
from grader.suite.ask import fetch
from tests.meta.units.processes.conftest import Load


def test_output_is_bounded(load: Load, workers: Workers) -> None:
    worker, submission = load(workers, "import os\ndef shout():\n    os.write(1, b'x' * 900_000)\n    return 1\n")
    assert fetch(submission.shout()) == 1
    assert fetch(submission.shout()) == 1
    worker.end()
    assert worker.started.output.gone.wait(60.0)
    kept, _, dropped = worker.output().partition("\n")
    assert len(kept) == MAX_OUTPUT_BYTES
    assert dropped == f"[{1_800_000 - MAX_OUTPUT_BYTES} more bytes]"


@pytest.mark.skipif(os.name != "posix", reason="elsewhere, only the thread reads")
def test_output_is_there_at_once() -> None:
    for _ in range(200):
        reader, writer = os.pipe()
        os.write(writer, b"printed\n")
        output = Output(reader)
        assert output.text() == "printed\n"
        os.close(writer)
        assert not output.read()
        assert output.close_if_ended()


@pytest.mark.skipif(os.name != "posix", reason="elsewhere, only the thread reads")
def test_what_was_printed_for_another_is_told_no_more() -> None:
    reader, writer = os.pipe()
    output = Output(reader, most=12)
    told = list[str]()
    for text in (b"loads 1\n", None, b"a\n", None, b"b\n", b"more than fits"):
        if text is None:
            (output.renew if told else output.keep)()
            told.append(output.text())
        else:
            os.write(writer, text)
    told.append(output.text())
    assert told == ["loads 1\n", "loads 1\n", "loads 1\nb\nmo\n[12 more bytes]"]
    output.renew(wholly=True)
    os.write(writer, b"loads 2\n")
    output.keep()
    output.renew()
    assert output.text() == "loads 2\n"
    os.close(writer)
    assert not output.read()
    assert output.close_if_ended()


@pytest.fixture
def drain() -> Iterator[Drain]:
    made = Drain()
    yield made
    made.close()


def test_output_of_any_bytes_is_text(drain: Drain) -> None:
    reader, writer = os.pipe()
    output = drain.add(Output(reader))
    os.write(writer, b"caf\xe9 \xff\xfe \xc3\xa9\n")
    os.close(writer)
    assert output.gone.wait(60.0)
    assert output.text() == "caf\ufffd \ufffd\ufffd é\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="elsewhere, each output has a thread")
def test_one_thread_reads_all_outputs_and_is_there_before_them(drain: Drain) -> None:
    before = threading.active_count()
    pipes = [os.pipe() for _ in range(20)]
    outputs = [drain.add(Output(reader)) for reader, _ in pipes]
    assert threading.active_count() == before
    for number, (_, writer) in enumerate(pipes):
        os.write(writer, b"x" * (number + 1))
        os.close(writer)
    assert all(output.gone.wait(60.0) for output in outputs)
    assert [len(output.text()) for output in outputs] == list(range(1, 21))
    assert drain.outputs == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="elsewhere, each output has a thread")
def test_nothing_is_open_that_a_closed_drain_has_read() -> None:
    before = os.listdir("/proc/self/fd") if sys.platform == "linux" else []
    drain = Drain()
    reader, writer = os.pipe()
    output = drain.add(Output(reader))
    drain.close()  # though the other end is still there
    assert output.gone.is_set()
    assert output.text() == ""
    os.close(writer)
    # No other: a thread of an earlier test may close what it held.
    assert not before or set(os.listdir("/proc/self/fd")) <= set(before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="elsewhere, each output has a thread")
def test_output_that_has_ended_does_not_take_another_away_that_has_its_number(drain: Drain) -> None:
    reader, writer = os.pipe()
    now = drain.add(Output(reader))
    before = Output(os.dup(reader))
    os.close(before.descriptor)
    before.descriptor = now.descriptor  # which the kernel has given out again
    drain._forget(before)
    assert drain.outputs == (now,)
    os.close(writer)
    assert now.gone.wait(60.0)
