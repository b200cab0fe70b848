"""A worker's scratch folder is a file system of its own: whatever a file is called, it counts; nothing outlives it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.boundary.limits import Limits
from grader.boundary.rules import Rules
from grader.processes.workers import Workers
from grader.sandbox import tiers
from tests.meta.tools.jailed import Jailed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are Linux's")
LIMITS = Limits(scratch_mib=4.0, files=50.0)


@pytest.fixture(scope="module", params=[tiers.Tier.JAIL, tiers.Tier.NAMESPACES])
def bounded(request: pytest.FixtureRequest, data: dict[str, Path]) -> Iterator[Workers]:
    workers = Workers(data, tier=request.param)
    try:
        if workers.isolation.tier is not request.param or "files in memory" not in workers.isolation.detail:
            pytest.skip(f"no mounts of one's own here: {workers.isolation}")
        workers.prepare(Rules(), LIMITS)
        yield workers
    finally:
        workers.close()


FULL = {"ENOSPC", "EFBIG"}
# What the watch of the judge's does not see, or not in time.
FILLING = {
    "one file": "open('a', 'wb').write(bytes(5 << 20))",
    "files that are unlinked while they are open": """
        kept = []
        for i in range(8):
            kept.append(open("a", "wb"))
            os.unlink("a")
            kept[-1].write(bytes(1 << 20))
            kept[-1].flush()
        """,
    "files that are mapped, unlinked and closed": """
        import mmap
        kept = []
        for i in range(8):
            with open("a", "w+b") as file:
                os.posix_fallocate(file.fileno(), 0, 1 << 20)
                kept.append(mmap.mmap(file.fileno(), 4096))
            os.unlink("a")
        """,
    "fallocate": "[os.posix_fallocate(os.open(f'{i}', os.O_CREAT | os.O_RDWR), 0, 2 << 20) for i in range(4)]",
    "folders beyond the longest path": """
        for i in range(60):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        """,
    "folders without rights": """
        os.mkdir("d")
        for i in range(8):
            with open(f"d/{i}", "wb") as file: file.write(bytes(1 << 20))
            os.rename("d", f"d{i}")
            os.mkdir("d", 0o300)
        """,
    "empty files": "[open(f'{i}', 'w').close() for i in range(60)]",
    "empty files that are unlinked": """
        kept = []
        for i in range(60):
            kept.append(open("a", "w"))
            os.unlink("a")
        """,
    "holes that are filled": """
        with open("a", "wb") as file:
            file.truncate(4 << 20)
            for at in range(0, 4 << 20, 4096):
                file.seek(at)
                file.write(b"x")
                file.flush()
        open("b", "wb").write(bytes(1 << 16))
        """,
}


@pytest.mark.parametrize("name", FILLING)
def test_what_is_beyond_the_limits_is_refused_at_once(name: str, bounded: Workers) -> None:
    jailed = Jailed(bounded, {})
    try:
        assert jailed.attempt(textwrap.dedent(FILLING[name])) in FULL
        assert list(jailed.worker.started.scratch.iterdir()) == []
    finally:
        jailed.worker.end()


def test_files_within_the_limits_can_be_made_and_read(bounded: Workers) -> None:
    jailed = Jailed(bounded, {})
    code = """
import tempfile
with tempfile.TemporaryFile() as file:
    file.write(bytes(3 << 20))
for i in range(40):
    open(f"{i}", "w").write("x")
with tempfile.TemporaryDirectory() as folder:
    open(os.path.join(folder, "a"), "wb").write(bytes(3 << 20))
result = open("7").read() + str(len(os.listdir(".")))
"""
    assert jailed.attempt(code) == "x40"
    jailed.worker.end()


def test_file_without_a_name_is_refused(jailed: Jailed) -> None:
    assert jailed.attempt("os.open('.', os.O_TMPFILE | os.O_RDWR)") == "EPERM"
    assert jailed.attempt("syscall(257, -100, b'.\\0', os.O_TMPFILE | os.O_WRONLY, 0o600)") == "EPERM"
    assert jailed.attempt("syscall(437, -100, b'.\\0', bytes(24), 24)") == "EPERM"  # openat2


def test_capabilities_are_gone_that_it_was_mounted_with(bounded: Workers) -> None:
    jailed = Jailed(bounded, {})
    code = "result = sorted({line.split()[1] for line in open('/proc/self/status') if line.startswith('Cap')})"
    assert jailed.attempt(code) in (["0000000000000000"], "EACCES")
    assert jailed.attempt("syscall(165, b'x\\0', b'.\\0', b'tmpfs\\0', 0, 0)") == "EPERM"  # mount
    assert jailed.attempt("syscall(272, 0x10020000)") == "EPERM"  # unshare
    jailed.worker.end()


def test_machine_without_mounts_of_ones_own_has_the_jail_and_does_not_claim_them(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from grader.boundary.startup import Site
from grader.sandbox import linux, probe
def refused(**_): raise PermissionError(1, "refused")
linux.unshare_mounts = refused
isolation, jail = probe.probe(Site(tier="jail", data={}))
print(isolation, jail is not None and jail.bounds_scratch)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    if done.stdout.startswith("process"):
        pytest.skip(done.stdout)
    assert "files in memory" not in done.stdout
    assert done.stdout.endswith(" False\n")
