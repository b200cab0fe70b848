"""A file system of its own for a worker's scratch folder: of a size, in memory, and gone with the worker.

What is limited there is what the kernel has given out, whatever the names: files that were unlinked while they are
open, folders beyond PATH_MAX, O_TMPFILE and fallocate count like any other. It takes a mount namespace of the worker's
own: for a process that may make one (root, or in bubblewrap's namespaces), else with a new user namespace around it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from grader.boundary.limits import Limits
from grader.sandbox import linux

MIB: Final = 1 << 20
_TYPE: Final = "tmpfs"


def mount(folder: Path, limits: Limits) -> None:
    """Mount a file system of scratch_mib and `files` there, which this process alone sees. Raises OSError."""
    try:
        linux.unshare_mounts()
    except PermissionError:
        user, group = os.geteuid(), os.getegid()
        linux.unshare_mounts(and_users=True)
        linux.show_memory()  # what a process that hides it may not write to: who it is, outside
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(text)
        linux.hide_memory()
    options = f"size={int(limits.scratch_mib * MIB)},nr_inodes={int(limits.files) + 1},mode=0700"
    linux.mount(_TYPE, str(folder), options)


def is_bounded(limits: Limits) -> bool:
    """Whether the working folder is such a file system."""
    found = os.statvfs(".")
    return found.f_blocks * found.f_frsize <= limits.scratch_mib * MIB + found.f_frsize and found.f_files > 0
