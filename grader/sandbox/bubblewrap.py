"""bubblewrap: the zygote and its workers see no file but those that Python needs, and no process but their own.

It makes new namespaces (mounts, processes, network, IPC, host name; users, where it is not root who grades) and starts
the zygote as the first process in them: with it, the kernel ends all others. Nothing here holds what the jail does not
hold: it takes out of sight what can't be opened anyway.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from grader.machine.package import PACKAGE

NAMESPACES: Final = ("mnt", "pid", "net", "ipc", "uts")  # those that are new for every user

_UNSHARED: Final = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")


_MOST_LINKS: Final = 40  # on the way to one file, as the kernel counts: a ring of links leads nowhere

# The loader needs these; that they are there tells nothing. Debian's libraries lead through /etc/alternatives.
_LOADER: Final = ("/etc/ld.so.cache", "/etc/alternatives", "/usr/local/lib")


def command(readable: Iterable[Path], writable: Path, hidden: Iterable[Path]) -> list[str]:
    """What to put before a command, so that it sees these paths alone, and not the hidden folders in them.

    Raises FileNotFoundError without bubblewrap.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise FileNotFoundError("bubblewrap is not installed")
    # No --die-with-parent: the kernel takes the thread for the parent that has started it, which may end before the
    # judge does. The zygote ends when the judge's end of its channel is closed.
    found = [program, *_UNSHARED, "--as-pid-1", "--hostname", "worker", "--cap-drop", "ALL"]
    found += ["--cap-add", "CAP_SYS_ADMIN"]  # for a worker's own scratch folder: it drops all before it is one
    if os.geteuid() == 0:
        # For a user id that threads can be counted by, and to give up all capabilities for ever, as workers do.
        found += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETPCAP"]
    # A link stays a link. Bound as a folder of its own (lib64 of a venv, which leads to lib), the same files would have
    # two names, and the jail, which goes by names, would keep closed only one of them.
    links: dict[Path, str] = {}
    seen = _outermost(_followed(path, links) for path in [*readable, *_python()])
    for path in seen:
        found += ["--ro-bind", str(path), str(path)]
    for folder in (_followed(folder, links) for folder in hidden):
        if any(folder.is_relative_to(path) for path in seen):
            found += ["--tmpfs", str(folder)]
    scratch = str(_followed(writable, links))
    for link, target in links.items():
        if not any(link.is_relative_to(path) for path in seen):
            found += ["--symlink", target, str(link)]
    found += ["--dev", "/dev", "--proc", "/proc", "--bind", scratch, scratch, "--remount-ro", "/"]
    return [*found, "--chdir", str(writable), "--"]


def identities() -> dict[str, str]:
    """The namespaces that this process is in."""
    return {name: str(Path("/proc/self/ns", name).readlink()) for name in NAMESPACES}


def shared(identities_of_judge: Mapping[str, str]) -> str:
    """What this process still sees of the judge's: the names of namespaces, or nothing."""
    return ", ".join(name for name, found in identities().items() if found == identities_of_judge.get(name))


def _python() -> Iterator[Path]:
    """What starting Python takes beside the libraries that a worker may read."""
    executable = Path(sys.executable)
    yield from (executable, executable.resolve(), Path(sys.prefix, "pyvenv.cfg"), PACKAGE)
    yield from map(Path, _LOADER)
    yield from map(Path, filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":")))


def _followed(path: Path, links: dict[Path, str]) -> Path:
    """Where the path leads; the links on the way go to `links`, by where they lie, as they are written."""
    found, left, passed = Path(path.root), list(path.parts[1:]), 0
    while left and passed < _MOST_LINKS:
        step = Path(os.path.normpath(found / left.pop(0)))  # nothing in `found` is a link: ".." is its parent
        if step.is_symlink():
            passed += 1
            links[step] = str(step.readlink())
            left = [*Path(links[step]).parts, *left]
            found = Path(path.root) if Path(links[step]).is_absolute() else found
        else:
            found = step
    return Path(found, *left)


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Those that exist and don't lie below another one."""
    found: list[Path] = []
    for path in sorted({path for path in paths if path.is_absolute() and path.exists()}):
        if not any(path.is_relative_to(parent) for parent in found):
            found.append(path)
    return found
