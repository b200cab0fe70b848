"""What of a process is put into huge pages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.machine import huge_pages

MIB = 1 << 20
SMAPS = """\
00400000-00c00000 rw-p 00000000 00:00 0                                  [heap]
Size:               8192 kB
Anonymous:          5000 kB
VmFlags: rd wr mr mw me ac
01000000-01800000 rw-p 00000000 00:00 0
Anonymous:          8192 kB
02000000-02800000 rw-p 00000000 00:00 0
Anonymous:          1000 kB
03000000-03100000 rw-p 00000000 00:00 0
Anonymous:          1024 kB
04000000-04800000 rw-p 00000000 fe:00 77                                 /usr/lib/libtorch.so
Anonymous:          8192 kB
05000000-05800000 r--p 00000000 00:00 0
Anonymous:          8192 kB
06000000-06800000 rw-s 00000000 00:01 9                                  /dev/zero (deleted)
Anonymous:          8192 kB
07000000-07800000 rw-p 00000000 00:00 0                                  [stack]
Anonymous:          8192 kB
"""
PROGRAM = """
import re
from grader.machine import huge_pages

kept = [bytes([1]) * 1000 for _ in range(60_000)]  # Python's own small pieces
memory = open("/proc/self/smaps_rollup")
before = memory.read()
steps = list(huge_pages.make_huge())
assert len(kept) == 60_000 and all(piece == bytes([1]) * 1000 for piece in kept)
memory.seek(0)
found = [int(re.search(r"AnonHugePages: +([0-9]+)", text)[1]) for text in (before, memory.read())]
print(len(steps), *found)
"""


def test_private_memory_that_is_mostly_used_is_found(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "smaps").write_text(SMAPS)
    assert [*huge_pages.mostly_used(tmp_path)] == [(0x400000, 0xC00000), (0x1000000, 0x1800000)]


def test_nothing_is_done_where_the_system_tells_nothing(tmp_path: Path) -> None:
    assert [*huge_pages.make_huge(tmp_path)] == []


def test_nothing_is_done_on_other_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert [*huge_pages.make_huge()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_what_is_told_is_huge_afterwards_and_holds_what_it_held() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    steps, before, after = map(int, re.findall(r"[0-9]+", said))
    assert after - before >= 2048 * steps * 0.9  # kB; some systems make none
