"""What a process that did not start has left in its log: one line for a message."""

from pathlib import Path

import pytest

from grader.processes.process import last_line

LOGS = {
    "nothing": (b"", ""),
    "blank lines": (b"\n \n\t\n", ""),
    "one line without an end": (b"MemoryError", "MemoryError"),
    "a traceback": (b"Traceback:\n  File x\nOSError: no room\n", "OSError: no room"),
    "blank lines after it": (b"first\nOSError: no room\n\n  \n", "OSError: no room"),
    "spaces and tabs": (b"OSError: \t no   room \r\n", "OSError: no room"),
    "no UTF-8": (b"no \xff room\n", "no \ufffd room"),
    "a long line": (b"x" * 5000 + b"\n", "x" * 200),
}


@pytest.mark.parametrize(("written", "expected"), LOGS.values(), ids=LOGS)
def test_last_line_that_says_anything_is_told(written: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(written)
    assert last_line(tmp_path / "log") == expected
