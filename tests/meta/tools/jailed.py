"""A worker with a submission that runs what it is told, and says how that ended."""

from __future__ import annotations

from typing import Any, Final

from grader.boundary.limits import Limit
from grader.judge.session import ToldSession
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.suite.ask import fetch
from grader.suite.handles import RemoteSubmission
from tests.meta.conftest import execute

REFUSED: Final = {"EPERM", "EACCES", "ENOSYS"}  # how an attack ends
# What the student hands in: it runs what it is told and says how that ended.
SUBMISSION: Final = '''
import ctypes, errno, os, socket, sys

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def syscall(number, *args):
    """A system call past everything that Python checks: its result, or an OSError."""
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_ulong(a) if isinstance(a, int) else a for a in args))
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def attempt(code, known):
    """The `result` of the code, or the name of its error."""
    space = {**globals(), **known}
    try:
        exec(code, space)
    except OSError as error:
        return errno.errorcode.get(error.errno, "OSError")
    except BaseException as error:
        return type(error).__name__
    return space.get("result", "done")


def descriptors():
    """Those that are open."""
    def is_open(descriptor):
        try:
            return bool(os.fstat(descriptor))
        except OSError:
            return False
    return [descriptor for descriptor in range(4096) if is_open(descriptor)]
'''


class Jailed:
    """One worker with the submission, and what an attacker may know."""

    def __init__(self, workers: Workers, known: dict[str, Any]) -> None:
        self.worker: Worker = workers.take("hw.py")
        self.worker.allow(Limit("limit_s", 60))
        self.problems = execute(self.worker, SUBMISSION).problems
        self._submission = RemoteSubmission(ToldSession(self.worker, 0))
        self._known = known

    def attempt(self, code: str, **known: object) -> Any:
        """What became of the code: its `result`, "done", or the name of an error."""
        return fetch(self._submission.attempt(code, {**self._known, **known}))
