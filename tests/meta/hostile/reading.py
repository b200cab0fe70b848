"""Reading what is not the student's, sending it away, starting and signalling others.

Each body raises where it is refused, and the submission answers wrongly where it is not. In the jail all are refused,
and nothing is lost. @FOLDER@ is where
the submission lies beside another student's, @SUITE@ where the tests are, @JUDGE@ the judge's process id.
"""

from __future__ import annotations

import textwrap
from typing import Final

from tests.meta.hostile import Hostile, armed

READING: Final = {
    "tests": "open('@SUITE@/test_toy.py').read()",
    "reference": "open('@SUITE@/reference.py').read()",
    "assignment": "open('@SUITE@/assignment.toml').read()",
    "judge-imported": "import grader.suite.oracles",
    "another-student": "open('@FOLDER@/other.py').read()",
    "list-of-students": "os.listdir('@FOLDER@')",
    "other-scratch-folders": "os.listdir('..')",
    "home": "import pwd; os.listdir(pwd.getpwuid(os.geteuid()).pw_dir)",
    "users": "open('/etc/passwd').read()",
    "list-of-processes": "os.listdir('/proc')",
    "arguments-of-the-judge": "assert open('/proc/@JUDGE@/cmdline').read()",
    "through-a-symbolic-link": "os.symlink('@FOLDER@/other.py', 'link'); open('link').read()",
    "through-a-hard-link": "os.link('@FOLDER@/other.py', '@FOLDER@/link')",
    "through-the-working-folder": "os.chdir('@FOLDER@'); open('other.py').read()",
    "through-a-path-descriptor": """
        place = os.open('@FOLDER@/other.py', os.O_PATH)
        open(f'/proc/self/fd/{place}').read()
        """,
    "by-torch": "torch.from_file('@FOLDER@/other.py', size=4, dtype=torch.uint8)",
    "by-numpy": "import numpy; numpy.fromfile('@FOLDER@/other.py', dtype='uint8')",
    "by-c": "import ctypes; assert ctypes.CDLL(None).open(b'@FOLDER@/other.py', 0) >= 0",
    "as-a-module": "import sys; sys.path.insert(0, '@FOLDER@'); import other",
    "renamed-into-scratch": "os.rename('@FOLDER@/spare.py', 'mine.py'); open('mine.py').read()",
}

WRITING: Final = {
    "beside-the-submission": "open('@FOLDER@/planted.txt', 'w').close()",
    "into-the-submission": "open('@FOLDER@/student.py', 'a').close()",
    "removed": "os.remove('@FOLDER@/spare.py')",
    "made-executable": "os.chmod('@FOLDER@/spare.py', 0o777)",
    "back-dated": "os.utime('@FOLDER@/spare.py', (0, 0))",
    "a-folder": "os.mkdir('@FOLDER@/planted')",
    "a-named-pipe": "os.mkfifo('pipe')",
}

SENDING: Final = {
    "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'secret', ('127.0.0.1', 9))",
    "tcp-server": "socket.create_server(('127.0.0.1', 0))",
    "unix-socket": "socket.socket(socket.AF_UNIX).bind('here')",
    "unix-datagrams": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "descriptor-in-memory": "os.memfd_create('secret')",
}

STARTING: Final = {
    "fork": "os.fork() or os._exit(0)",
    "double-fork": """
        if os.fork() == 0:
            os.setsid()
            os.fork()
            os._exit(0)
        """,
    "a-pool-of-processes": """
        import multiprocessing
        process = multiprocessing.get_context("fork").Process(target=print)
        process.start(); process.join()
        """,
    "signal-to-the-judge": "os.kill(int('@JUDGE@'), 0)",
    "signal-to-the-parent": "os.kill(os.getppid(), 0)",
    "signal-to-all": "os.kill(-1, 0)",
    "signal-by-descriptor": "import signal; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)",
    "priority-of-others": "os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0))",
}

# Not tried in the process tier: what comes of it there depends on the user and the machine, or ends the judge.
IN_JAIL_ALONE: Final = {
    "memory-of-the-judge": "open('/proc/@JUDGE@/mem', 'rb')",
    "environment-of-the-judge": "open('/proc/@JUDGE@/environ', 'rb').read()",
    "descriptors-of-the-judge": "os.listdir('/proc/@JUDGE@/fd')",
    "memory-of-the-zygote": "open(f'/proc/{os.getppid()}/mem', 'rb')",
    "ptrace": "import ctypes; assert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0",
    "raw-packets": "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    "virtual-machine-sockets": "socket.socket(socket.AF_VSOCK)",
    "page-of-the-web": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/').read()",
    "name-server": "assert socket.getaddrinfo('example.org', 80)",
    "container-daemon": "socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')",
    "shared-memory": "open('/dev/shm/secret', 'w').close()",
    "another-user": "os.setuid(65534)",
    "a-namespace": "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "another-root": "os.chroot('.')",
    "kill-of-all": "import signal; os.kill(-1, signal.SIGKILL)",
    "kill-of-the-parent": "import signal; os.kill(os.getppid(), signal.SIGKILL)",
    "another-program": "os.execv('/bin/true', ['true'])",
    "library-of-others-changed": "open(torch.__file__, 'a').close()",
}

ALL_TIERS: Final = {
    "environment": """
        import ctypes
        known = set("PATH LANG LC_ALL LD_LIBRARY_PATH HOME TMPDIR TEMP MPLBACKEND CUBLAS_WORKSPACE_CONFIG".split())
        found = [name.encode() for name in os.environ]
        entries = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
        while entries[len(found) - len(os.environ)]: found.append(entries[len(found) - len(os.environ)])
        for name in {entry.partition(b"=")[0].decode() for entry in found} - known:
            if not name.startswith(("OMP_", "OPENBLAS_", "MKL_", "CUDA_", "PYTHON", "KMP_", "TORCH")): return 0 * x
        """,
    "descriptors": """
        found = 0
        for number in range(3, 256):
            try: os.fstat(number); found += 1
            except OSError: pass
        if found > 1: return 0 * x
        """,
    "standard-input": "if os.read(0, 100): return 0 * x",
}


def _tried(body: str) -> str:
    """Answers wrongly where the body does not raise."""
    return f"try:\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\nexcept Exception: pass\nelse: return 0 * x"


def _cases(attacks: dict[str, str]) -> list[Hostile]:
    sources = {name: armed(_tried(body), before="import os, socket") for name, body in attacks.items()}
    return [Hostile(name=name, source=source) for name, source in sources.items()]


ALL: Final[list[Hostile]] = [
    *_cases(READING | WRITING | SENDING | STARTING),
    *_cases(IN_JAIL_ALONE),
    *(Hostile(name=name, source=armed(body, before="import os")) for name, body in ALL_TIERS.items()),
]
