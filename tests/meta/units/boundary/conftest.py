"""A channel between two sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from grader.boundary.channel import Channel


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    """A channel, and the bare socket at its other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs
