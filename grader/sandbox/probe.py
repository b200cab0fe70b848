"""Which tier this machine has, found out by trying."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from grader.boundary.startup import Site, Start
from grader.sandbox import bubblewrap, linux
from grader.sandbox.enter import enter
from grader.sandbox.jail import Jail
from grader.sandbox.scratch import is_bounded
from grader.sandbox.tiers import Isolation, Tier
from grader.sandbox.walls import weakness


def probe(site: Site) -> tuple[Isolation, Jail | None]:
    """The best tier that this machine has, up to site.tier, tried out in a child. Runs trusted code only."""
    if sys.platform != "linux":
        return Isolation(Tier.PROCESS), None
    linux.hide_memory()
    if site.tier == Tier.PROCESS:
        return Isolation(Tier.PROCESS), None
    try:
        jail = Jail([*site.data.values()], site.suites)
    except OSError as error:
        return Isolation(Tier.PROCESS, f"no jail here ({error.strerror})"), None
    jail.bounds_scratch = True
    problem = _try_out(jail)
    if problem:  # it may be that alone: mounts of its own are not for everybody
        jail.bounds_scratch = False
        problem = _try_out(jail)
    if problem:
        return Isolation(Tier.PROCESS, f"no jail here ({problem})"), None
    if site.namespaces is None:  # the judge has not started this process in new ones
        return Isolation(Tier.JAIL, jail.detail), jail
    if shared := bubblewrap.shared(site.namespaces):
        return Isolation(Tier.JAIL, f"{jail.detail}; bubblewrap leaves {shared}"), jail
    return Isolation(Tier.NAMESPACES, f"bubblewrap, {jail.detail}"), jail


def _try_out(jail: Jail) -> str:
    """Enter the jail in a child and push at its walls; what is wrong with it, or nothing."""
    reader, writer = os.pipe()
    jail.prepare()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch, open(reader, "rb") as report:
        pid = os.fork()
        if pid == 0:
            try:
                start = Start(scratch=Path(scratch))
                enter(start, jail)
                found = weakness(jail.zygote, [Path(__file__)])
                if jail.bounds_scratch and not is_bounded(start.limits):
                    found = found or "files are not bounded"
                os.write(writer, (found or "ok").encode())
            except BaseException as error:
                os.write(writer, f"{type(error).__name__}: {error}"[:300].encode())
            finally:
                os._exit(0)
        os.close(writer)
        jail.discard()
        found = " ".join(report.read().decode(errors="replace").split())
        os.waitpid(pid, 0)
    return "" if found == "ok" else found or "the probe died"
