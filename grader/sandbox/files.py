"""The files that a worker may see."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from grader.machine.package import PACKAGE
from grader.sandbox import landlock

_LIBRARIES: Final = ("lib", "lib64")  # below the prefix: it may be ~/.local, or the repository as its own environment
_SYSTEM: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/fonts", "/usr/share/zoneinfo")
_SYSTEM_FILES: Final = ("/etc/ld.so.cache", "/etc/localtime")
_FACTS: Final = ("/proc/cpuinfo", "/proc/meminfo")
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_PROCESSORS: Final = "/sys/devices/system/cpu"


def readable(data: Collection[Path]) -> set[Path]:
    """What is to be seen of the machine's files, as Python names them and as they are found there."""
    found = _libraries() | {*data, Path(_PROCESSORS), *map(Path, _SYSTEM_FILES)}
    return found | {path.resolve() for path in found}


def _libraries() -> set[Path]:
    """Python and the installed libraries."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    roots = {Path(prefix, name) for prefix in prefixes for name in _LIBRARIES}
    roots |= {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    roots |= {Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")}
    return roots | {Path(folder) for folder in _SYSTEM}


def rules(data: Collection[Path], suites: Collection[Path]) -> Iterator[tuple[Path, landlock.Access]]:
    """What a worker may read: Python, the installed libraries without grader and suites, data, facts of the machine."""
    # An editable installation has the package elsewhere, and leaves the suite's folder in site-packages.
    hidden = {PACKAGE.resolve(), *(folder.resolve() for folder in suites)}
    hidden |= {package.resolve() for entry in sys.path if (package := Path(entry, "grader")).exists()}
    kept = _Hidden(hidden)
    rules: dict[Path, landlock.Access] = {}
    for root in sorted({root.resolve() for root in _libraries()}):  # a folder before what is in it
        if not any(rules.get(parent) == landlock.READ for parent in root.parents):
            rules.update(_without(kept, root))
    yield from rules.items()
    yield from ((folder, landlock.READ) for folder in data)
    yield Path(_PROCESSORS), landlock.READ
    for file in (*_SYSTEM_FILES, *_FACTS):
        yield Path(file), landlock.Access.READ_FILE
    for device in _DEVICES:
        yield Path(device), landlock.Access.READ_FILE | landlock.Access.WRITE_FILE


class _Hidden:
    """Folders that are hidden by each of their names: a mount gives the same files a second one (lib64 of a venv)."""

    def __init__(self, folders: Collection[Path]) -> None:
        self._folders = folders
        self._themselves = {_identity(folder) for folder in folders}
        self._around = {_identity(parent) for folder in folders for parent in folder.parents}

    def has(self, path: Path) -> bool:
        """Whether it is one of them, or lies in one."""
        return _identity(path) in self._themselves or any(path.is_relative_to(folder) for folder in self._folders)

    def lies_in(self, path: Path) -> bool:
        """Whether one of them lies in it."""
        return _identity(path) in self._around


def _identity(path: Path) -> tuple[int, int] | Path:
    """What a file is by whatever name; for one that is not there, its name."""
    try:
        status = path.stat()
    except OSError:
        return path
    return status.st_dev, status.st_ino


def _without(hidden: _Hidden, path: Path) -> Iterator[tuple[Path, landlock.Access]]:
    """Rules for all below `path` but the hidden folders: what lies under an allowed folder can't be taken back."""
    if hidden.has(path):
        return
    if not path.is_dir():
        if path.is_file():
            yield path, landlock.Access.READ_FILE
    elif not hidden.lies_in(path):
        yield path, landlock.READ
    else:
        yield path, landlock.Access.READ_DIR  # to find modules; the names in hidden folders can be listed too
        for child in path.iterdir():
            if not child.is_symlink():  # its target has a rule of its own if it is to be read
                yield from _without(hidden, child)
