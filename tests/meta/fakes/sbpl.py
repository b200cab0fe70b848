"""A small model of Seatbelt's profile language, for machines without it: it reads a profile and says what it decides.

`python -m tests.meta.fakes.sbpl -p PROFILE COMMAND` is a `sandbox-exec` for Linux, as far as Landlock and seccomp can
be one: it locks itself in as the profile says of files, and then is the worker that the command names.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Final

from grader.sandbox import files, landlock, linux, seccomp

_TOKEN: Final = re.compile(r'#?"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+')

Rule = tuple[str, list[str], list[list[str]]]  # allow or deny, the operations, the filters


def rules(profile: str) -> list[Rule]:
    """The rules of a profile, in order. Strings are what they stand for."""
    if rest := _TOKEN.sub("", profile).strip():
        raise ValueError(f"this is no SBPL: {rest!r}")
    found: list[list[Any]] = [[]]
    for token in _TOKEN.findall(profile):
        if token == "(":
            found.append([])
        elif token == ")":
            done = found.pop()
            found[-1].append(done)
        else:
            is_string = token.endswith('"') and not token.startswith("#")
            found[-1].append(re.sub(r"\\(.)", r"\1", token[1:-1]) if is_string else token)
    (expressions,) = found
    return [
        (action, [part for part in parts if type(part) is str], [part for part in parts if type(part) is list])
        for action, *parts in expressions
        if action != "version"
    ]


def allows(profile: str, operation: str, subject: str = "") -> bool:
    """What the profile says of the operation on a path, a target or a name: the last rule that matches decides."""
    verdict = "allow"
    for action, operations, filters in rules(profile):
        if any(_covers(each, operation) for each in operations) and (
            not filters or any(_matches(kind, value, subject) for kind, value in filters)
        ):
            verdict = action
    return verdict == "allow"


def _covers(pattern: str, operation: str) -> bool:
    # What `(deny default)` leaves out, as Firefox's profiles note.
    if pattern == "default":
        return not operation.startswith(("process-info", "nvram", "file-map-executable"))
    return operation.startswith(pattern[:-1]) if pattern.endswith("*") else operation == pattern


def _matches(kind: str, value: str, subject: str) -> bool:
    match kind:
        case "subpath":
            return Path(subject).is_relative_to(value)
        case "sysctl-name-prefix":
            return subject.startswith(value)
        case "ipc-posix-name-regex":
            return re.search(value[2:-1], subject) is not None
        case "literal" | "target" | "sysctl-name":
            return subject == value
        case _:
            raise ValueError(f"a filter that is not known: {kind}")


def _enter(profile: str) -> None:
    """Lock this process in: files as the profile says, all else as the jail of Linux."""
    handled = landlock.handled(landlock.abi())
    hidden, readable, writable, opened = set[Path](), set[Path](), "", list[tuple[str, int]]()
    for action, operations, filters in rules(profile):
        paths = {value for kind, value in filters if kind in ("literal", "subpath")}
        match action, operations:
            case "deny", ["file-read*", *_]:
                hidden |= set(map(Path, paths))
            case "allow", ["file-read*", "file-write*"]:
                (writable,) = paths
            case "allow", ["file-read*", *_]:
                readable |= set(map(Path, paths))
            case "allow", ["file-read-data"]:
                opened += [(path, landlock.Access.READ_DIR) for path in paths - {"/"}]  # it would open all below
    for path in readable:
        if path.is_char_device():
            opened.append((str(path), landlock.Access.READ_FILE | landlock.Access.WRITE_FILE))
        opened += [(str(each), access & handled) for each, access in files._without(files._Hidden(hidden), path)]
    linux.set_no_new_privileges()
    ruleset = landlock.ruleset(opened, landlock.abi())
    landlock.allow(ruleset, writable, landlock.READ_AND_WRITE & handled)
    landlock.enter(ruleset)
    os.close(ruleset)
    linux.drop_capabilities()
    seccomp.enter(seccomp.template(), os.getpid())


if __name__ == "__main__":
    _, given, *command = sys.argv[1:]
    _enter(given)
    from grader.worker.__main__ import main  # torch, too, is imported inside

    main(command[command.index("grader.worker") + 1 :])
