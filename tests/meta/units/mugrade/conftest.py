"""A server of MuGrade's protocol, and the keys of its two users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.meta.fakes.mugrade_server import Server, running

STAFF, STUDENT = "staff-key/with+odd & characters", "student-key/with+odd & characters"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "mugrade.sqlite", {STAFF: "staff", STUDENT: "Ada"}) as running_server:
        yield running_server
