"""Workers in the jail, and what an attacker in one of them may know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.data.mnist import unpack_into_cache
from grader.processes.workers import Workers
from grader.sandbox import tiers
from tests.meta.tools.jailed import Jailed
from tests.meta.tools.repository import ROOT


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {"mnist": unpack_into_cache(tmp_path_factory.mktemp("mnist"))}


@pytest.fixture(scope="module")
def jail_workers(data: dict[str, Path]) -> Iterator[Workers]:
    workers = Workers(data, tier=tiers.Tier.JAIL)  # without what bubblewrap adds: see test_bubblewrap.py
    try:
        if workers.isolation.tier is not tiers.Tier.JAIL:
            pytest.skip(f"no jail on this machine: {workers.isolation}")
        yield workers
    finally:
        workers.close()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Places that an attacker may know: a file of another student, the repository, the judge's process id."""
    folder = tmp_path_factory.mktemp("other student")
    (folder / "hw.py").write_text("the answer")
    return {"other": str(folder), "repository": str(ROOT), "home": str(Path.home()), "judge": os.getpid()}


@pytest.fixture(scope="module")
def jailed(jail_workers: Workers, known: dict[str, Any]) -> Iterator[Jailed]:
    jailed = Jailed(jail_workers, known)
    yield jailed
    jailed.worker.end()


@pytest.fixture
def fresh(jail_workers: Workers, known: dict[str, Any]) -> Iterator[Jailed]:
    """A worker that an attack may use up."""
    jailed = Jailed(jail_workers, known)
    yield jailed
    jailed.worker.end()
