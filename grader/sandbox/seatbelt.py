"""Seatbelt, the sandbox of macOS: `sandbox-exec` starts a worker that can do what its profile lists, nothing else.

Not run on macOS. The profile is written from what is public: those of Chromium and Firefox, and what others report who
run Python and torch under one. So nothing relies on it unseen: each worker pushes at its walls before it reads any of
the student's code (grader.sandbox.enter), and the tier is not claimed where one gives way.

Python starts inside: the profile lets it read the grader's package, but not the suites that are installed with it. Of
two rules the later one wins. Apple calls sandbox-exec deprecated, and has nothing in its place for a program like this.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.boundary.limits import Limits
from grader.machine.package import PACKAGE
from grader.sandbox import files, tiers

PROGRAM: Final = Path("/usr/bin/sandbox-exec")


# What loading a program takes (since macOS 13 the system's libraries are in cryptexes); where Homebrew has libraries.
_SYSTEM: Final = (
    *("/System/Library", "/System/Cryptexes/OS", "/System/Volumes/Preboot/Cryptexes/OS", "/private/var/db/dyld"),
    *("/private/var/db/timezone", "/usr/share/icu", "/usr/share/zoneinfo.default"),
    *("/opt/homebrew/opt", "/opt/homebrew/Cellar", "/usr/local/opt", "/usr/local/Cellar"),
)


# No deny default covers the operations of its second line: Firefox denies them by name, and so do we. kern.proc* is not
# listed: by it a process reads the arguments and the environment of the user's other ones. Without the shared memory,
# libomp ends the process that imports torch. No service is looked up by mach-lookup: Python starts without any.
_RULES: Final = """\
(version 1)
(deny default)
(deny process-info* nvram* file-map-executable)
(allow process-info* (target self))
(allow signal (target self))
(allow sysctl-read
  (sysctl-name-prefix "hw.") (sysctl-name-prefix "machdep.cpu.") (sysctl-name "sysctl.proc_cputype")
  (sysctl-name "kern.argmax") (sysctl-name "kern.hostname") (sysctl-name "kern.maxfilesperproc")
  (sysctl-name "kern.osproductversion") (sysctl-name "kern.osrelease") (sysctl-name "kern.ostype")
  (sysctl-name "kern.osvariant_status") (sysctl-name "kern.osversion") (sysctl-name "kern.secure_kernel")
  (sysctl-name "kern.usrstack64") (sysctl-name "kern.version"))
(allow ipc-posix-shm-read-data ipc-posix-shm-write-create ipc-posix-shm-write-unlink
  (ipc-posix-name-regex #"^/__KMP_REGISTERED_LIB_[0-9]+$"))
(allow file-read* file-write-data (literal "/dev/null") (literal "/dev/zero"))
(allow file-read* (literal "/dev/random") (literal "/dev/urandom"))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The files of a profile. Folders stand for all that is below them."""

    programs: tuple[Path, ...]  # to be executed, and read
    readable: tuple[Path, ...]
    listed: tuple[Path, ...]  # folders whose names alone are read
    hidden: tuple[Path, ...]  # below a readable folder
    writable: tuple[Path, ...]


def profile(paths: Paths) -> str:
    """The profile, in the language of Seatbelt (SBPL)."""
    every = {*paths.programs, *paths.readable, *paths.listed, *paths.writable}
    above = {parent for path in every for parent in path.parents}
    programs, readable = _each("literal", paths.programs), _each("subpath", paths.readable)
    rules = [
        f"(allow process-exec {programs})",
        f"(allow file-read-metadata {_each('literal', above)})",  # to follow the links on the way
        f"(allow file-read-data {_each('literal', paths.listed)})",
        f"(allow file-read* file-map-executable {programs} {readable})",
    ]
    if paths.hidden:
        rules.append(f"(deny file-read* file-map-executable {_each('subpath', paths.hidden)})")
    rules.append(f"(allow file-read* file-write* {_each('subpath', paths.writable)})")
    return _RULES + "\n".join(rules) + "\n"


def quoted(path: Path) -> str:
    """A path as a string of SBPL. Raises OSError for one that could be read in two ways."""
    text = str(path)
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise OSError(errno.EINVAL, f"a path with a control character: {text!r}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _each(kind: str, paths: Iterable[Path]) -> str:
    return " ".join(f"({kind} {quoted(path)})" for path in sorted(set(paths)))


class Seatbelt:
    """Holds a spawned worker by a profile that allows its scratch folder and no other one's."""

    name = "jail"
    isolation = tiers.Isolation(tiers.Tier.JAIL, "sandbox-exec")

    def __init__(self, data: Collection[Path], suites: Collection[Path], root: Path) -> None:
        self._data = data
        self._suites = suites
        self._outside = root / "outside"  # beside the scratch folders

    def unreadable(self) -> tuple[Path, ...]:
        """What the worker is told, so that it can push at its walls."""
        self._outside.write_text("not for workers")
        suites = (next(folder.rglob("assignment.toml"), folder) for folder in self._suites)
        return (self._outside, Path.home(), *suites)

    def command(self, program: str, scratch: Path) -> list[str]:
        """What to put before the command of a worker. Raises OSError where there is no such sandbox."""
        if not PROGRAM.exists():
            raise FileNotFoundError(f"there is no {PROGRAM}")
        # The kernel compares paths without links in them; links that are followed need a rule of their own.
        package = PACKAGE
        python = {Path(sys.prefix, "pyvenv.cfg"), package}
        python |= {Path(sys.base_prefix, name) for name in ("Python", "Resources")}  # of a framework
        return [
            str(PROGRAM),
            "-p",
            profile(
                Paths(
                    programs=tuple(_links(Path(program))),
                    readable=_both({*files.readable(self._data), *map(Path, _SYSTEM), *python}),
                    listed=(Path("/"), *_both({package.parent})),  # dyld reads the one, and import the other
                    hidden=_both(self._suites),
                    writable=_both({scratch}),
                )
            ),
        ]

    def take(self, pid: int, limits: Limits) -> Callable[[], object]:
        """Nothing is left to do: what sandbox-exec starts is held from its first instruction."""
        return lambda: None


def _links(path: Path) -> Iterator[Path]:
    """A file by each name under which it is found."""
    yield path.resolve()
    for _ in range(8):
        yield path
        if not path.is_symlink():
            return
        path = Path(os.path.normpath(path.parent / path.readlink()))


def _both(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths as they are named, and as they are found."""
    found = set(paths)
    return tuple(sorted(found | {path.resolve() for path in found}))
