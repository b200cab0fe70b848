"""Which tier there is: the machine is asked, a lower one can be, and a missing part is said."""

from __future__ import annotations

import errno
import re
import sys
from pathlib import Path

import pytest

from grader.boundary.startup import Site
from grader.processes.workers import Workers
from grader.sandbox import landlock, linux, probe, seccomp, tiers
from tests.meta.tools.jailed import Jailed


def test_tier_is_named(jail_workers: Workers) -> None:
    assert re.fullmatch(
        r"jail: Landlock ABI \d+, seccomp, no capabilities(, files in memory)?", str(jail_workers.isolation)
    )


def test_lower_tier_can_be_asked_for(data: dict[str, Path]) -> None:
    workers = Workers(data, tier=tiers.Tier.PROCESS)
    try:
        assert str(workers.isolation) == "process"
        jailed = Jailed(workers, {})
        assert jailed.attempt("result = len(open('/etc/passwd').read()) > 0") is True
        jailed.worker.end()
    finally:
        workers.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the jail is for Linux")
@pytest.mark.parametrize("missing", ["landlock", "seccomp", "a wall"])
def test_machine_without_a_part_gets_less_and_says_so(
    monkeypatch: pytest.MonkeyPatch, missing: str, tmp_path: Path
) -> None:
    def unavailable(*_: object) -> int:
        raise OSError(errno.ENOSYS, "not there")

    monkeypatch.setattr(linux, "hide_memory", lambda: None)
    monkeypatch.setattr(landlock, "abi", unavailable if missing == "landlock" else lambda: 1)
    monkeypatch.setattr(seccomp, "template", unavailable if missing == "seccomp" else lambda: b"")
    monkeypatch.setattr(probe, "_try_out", lambda _: "files can be read")
    isolation, jail = probe.probe(Site(tier="jail", data={"mnist": tmp_path}))
    assert jail is None
    assert isolation.tier is tiers.Tier.PROCESS
    assert str(isolation).startswith("process: no jail here (")
