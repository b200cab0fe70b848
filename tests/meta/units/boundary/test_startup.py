"""What a worker is started with comes to its process as it was."""

from pathlib import Path

import pytest

from grader.boundary.limits import Limits
from grader.boundary.rules import Rules
from grader.boundary.startup import Compile, End, Site, Start, read_command


@pytest.mark.parametrize(
    "site",
    [
        Site(tier="process"),
        Site(tier="jail", data={"mnist": Path("/data")}, suites=(Path("/a"), Path("/b"))),
        Site(tier="namespaces", namespaces={"pid": "pid:[4026531836]"}),
    ],
)
def test_site_is_read_as_it_was_written(site: Site) -> None:
    assert Site.from_json(site.as_json()) == site


@pytest.mark.parametrize(
    "command",
    [
        Start(scratch=Path("/scratch/1")),
        Start(
            scratch=Path("/scratch/2"),
            rules=Rules(banned=frozenset({"torch.nn.*"}), allowed=frozenset({"torch.nn.Module"}), advice="by hand"),
            limits=Limits(memory_mib=512.0, files=3.0),
            unreadable=(Path("/home"),),
        ),
        End(4321),
        Compile(),
    ],
)
def test_command_is_read_as_it_was_written(command: Start | End | Compile) -> None:
    assert read_command(command.as_json()) == command
