"""The jail: real attacks in a real worker are refused, and what honest homework does is not."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, Final

import pytest

from grader.boundary.limits import Limit
from grader.processes.worker import WorkerStopped
from grader.processes.workers import Workers
from grader.sandbox import enter, environment, tiers
from tests.meta.conftest import execute
from tests.meta.tools.jailed import REFUSED, Jailed

CHANGING: Final = {
    "new rights": "os.chmod(other + '/hw.py', 0o777)",
    "new rights by descriptor": "os.fchmod(os.open(os.__file__, os.O_RDONLY), 0o777)",
    "a new owner": "os.chown(other + '/hw.py', 1, 1)",
    "a new date": "os.utime(other + '/hw.py', (0, 0))",
    "an attribute": "os.setxattr(other + '/hw.py', 'user.x', b'1')",
}
LEAVING: Final = {
    "TCP": "socket.create_connection(('127.0.0.1', 80))",
    "TCP over IPv6": "socket.socket(socket.AF_INET6)",
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "a unix socket": "socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')",
    "netlink": "socket.socket(16, socket.SOCK_RAW, 0)",
    "vsock": "socket.socket(40, socket.SOCK_STREAM)",
    "raw packets": "socket.socket(17, socket.SOCK_RAW)",
    "the kernel's ciphers": "socket.socket(38, socket.SOCK_SEQPACKET)",
    "a pair of datagram sockets": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "a pair of another family": "libc.socketpair(30, 1, 0, (ctypes.c_int * 2)()) and syscall(53, 30, 1, 0, 0)",
    "connecting one of a pair": "socket.socketpair()[0].connect('/run/systemd/notify')",
    "fork": "os.fork()",
    "vfork by subprocess": "__import__('subprocess').Popen(['/bin/true']).wait()",
    "posix_spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "multiprocessing": "__import__('multiprocessing').Process(target=print).start()",
    "exec": "os.execv('/bin/true', ['true'])",
    "exec from memory": "os.memfd_create('program')",
    "killing the judge": "os.kill(judge, 9)",
    "killing the zygote": "os.kill(os.getppid(), 9)",
    "killing everyone": "os.kill(-1, 9)",
    "killing the judge's group": "os.killpg(os.getpgid(judge), 9)",
    "looking for a process": "os.kill(judge, 0)",
    "a thread of the judge": "syscall(234, judge, judge, 9)",
    "a signal by a descriptor's owner": "__import__('fcntl').fcntl(os.pipe()[0], 8, judge)",
    "a signal of one's own choice": "__import__('fcntl').fcntl(os.pipe()[0], 10, 9)",
    "slowing down the judge": "os.setpriority(os.PRIO_PROCESS, judge, 19)",
    "moving the judge to one processor": "os.sched_setaffinity(judge, {0})",
    "the judge's limits": "__import__('resource').prlimit(judge, __import__('resource').RLIMIT_NOFILE, (0, 0))",
    "outliving the judge": "syscall(157, 1, 0, 0, 0, 0)",
    "being traced": "syscall(157, 4, 1, 0, 0, 0)",
    "a session of its own": "os.setsid()",
    "another user": "os.setresuid(1, 1, 1)",
    "another root": "os.chroot('.')",
    "a lock on a shared file": "__import__('fcntl').flock(os.open(os.__file__, os.O_RDONLY), 2)",
    "a lock of a range": "__import__('fcntl').lockf(os.open(os.__file__, os.O_RDONLY), 1 | 4, 1, 12345)",
    "a look at locks": "__import__('fcntl').fcntl(os.open(os.__file__, os.O_RDONLY), 5, bytes(32))",
    "a lock of a descriptor": "__import__('fcntl').fcntl(os.open(os.__file__, os.O_RDONLY), 37, bytes(32))",
    "typing on a terminal": "__import__('fcntl').ioctl(0, 0x5412, b'x')",
    "a process without flags for threads": "syscall(56, 17, 0, 0, 0, 0)",
    "a namespace": "syscall(56, 0x10000000 | 0x10000 | 0x900, 0, 0, 0, 0)",
}


@pytest.mark.parametrize("code", CHANGING.values(), ids=CHANGING.keys())
def test_changing_what_is_known_of_a_file_is_refused(jailed: Jailed, known: dict[str, Any], code: str) -> None:
    assert jailed.attempt(code) in REFUSED
    assert Path(known["other"], "hw.py").read_text() == "the answer"


@pytest.mark.parametrize("code", LEAVING.values(), ids=LEAVING.keys())
def test_leaving_is_refused(jailed: Jailed, code: str) -> None:
    if "syscall(" in code and os.uname().machine != "x86_64":
        pytest.skip("the number is that of x86_64")
    assert jailed.attempt(code) in REFUSED


def test_os_system_runs_nothing(jailed: Jailed, known: dict[str, Any]) -> None:
    assert jailed.attempt(f"result = os.system('echo > {known['other'].replace(' ', '?')}/new')") != 0
    assert len(list(Path(known["other"]).iterdir())) == 1


# Each with its number on x86_64. Arguments are zeros: none of them would do harm where it is let through.
RAW: Final = {
    "io_uring_setup": 425, "io_setup": 206, "clone3": 435, "openat2": 437, "memfd_create": 319, "memfd_secret": 447,
    "userfaultfd": 323, "bpf": 321, "perf_event_open": 298, "ptrace": 101, "process_vm_readv": 310,
    "process_vm_writev": 311, "pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424, "process_madvise": 440,
    "kcmp": 312, "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "mount_setattr": 442, "add_key": 248, "request_key": 249, "keyctl": 250,
    "chmod": 90, "fchmodat2": 452, "chown": 92, "utimensat": 280, "setxattr": 188, "setxattrat": 463,
    "file_setattr": 469, "mknod": 133, "shmget": 29, "shmat": 30, "msgget": 68, "semget": 64, "mq_open": 240,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "inotify_init1": 294, "fanotify_init": 300, "tkill": 200,
    "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "symlink": 88, "link": 86, "truncate": 76, "creat": 85,
    "modify_ldt": 154, "personality": 135, "seccomp": 317, "landlock_create_ruleset": 444, "execveat": 322,
    "socket": 41, "connect": 42, "bind": 49, "listen": 50, "accept": 43, "setsockopt": 54, "sendmmsg": 307,
    "splice": 275, "vmsplice": 278, "quotactl": 179, "swapon": 167, "init_module": 175, "finit_module": 313,
    "kexec_load": 246, "iopl": 172, "syslog": 103, "capset": 126, "mlock": 149, "setpgid": 109,
    "sched_setscheduler": 144, "ioprio_set": 251, "migrate_pages": 256, "move_pages": 279, "lookup_dcookie": 212,
    "adjtimex": 159, "sethostname": 170, "acct": 163, "lsm_set_self_attr": 460, "a call of tomorrow": 471,
    "x32 read": 0x40000000, "x32 socket": 0x40000029, "x32 execve": 0x40000208, "a negative number": -2,
}  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "uname") or os.uname().machine != "x86_64", reason="numbers of x86_64")
@pytest.mark.parametrize("number", RAW.values(), ids=RAW.keys())
def test_raw_system_call_is_refused(jailed: Jailed, number: int) -> None:
    assert jailed.attempt("syscall(number & 0xFFFFFFFF, 0, 0, 0, 0, 0)", number=number) in {"EPERM", "ENOSYS"}


@pytest.mark.skipif(not hasattr(os, "uname") or os.uname().machine != "x86_64", reason="machine code of x86_64")
def test_32_bit_system_call_ends_the_worker(fresh: Jailed) -> None:
    code = """
import mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex("b814000000 cd80 c3"))  # mov eax, 20 (getpid); int 0x80; ret
result = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
    with pytest.raises(WorkerStopped, match="SIGSYS"):
        fresh.attempt(code)


def test_only_the_channel_is_open(fresh: Jailed) -> None:
    opened = fresh.attempt("result = descriptors()")
    assert opened[:3] == [0, 1, 2]
    assert len(opened) == 4
    assert fresh.attempt("socket.socket(fileno=descriptors()[3]).detach()") == "done"


def test_no_capability_is_left(jailed: Jailed) -> None:
    code = """
sets = ctypes.create_string_buffer(b"\\xff" * 24, 24)
libc.capget((0x20080522).to_bytes(4, "little") + bytes(4), sets)
result = sum(sets.raw)
"""
    assert jailed.attempt(code) == 0


def test_environment_has_no_secret(jailed: Jailed) -> None:
    assert "PYTEST_CURRENT_TEST" in os.environ
    names = set(jailed.attempt("result = list(os.environ)"))
    assert names <= {
        *environment.worker_environment(Path()),
        "LC_CTYPE",
        "KMP_INIT_AT_FORK",
        "KMP_DUPLICATE_LIB_OK",
    } | {name for name in names if name.startswith(("TORCH", "PYTORCH", "TRITON", "CUDA"))}


def test_more_memory_than_the_budget_is_refused(fresh: Jailed) -> None:
    assert fresh.attempt("bytearray(4 << 30)") == "MemoryError"
    assert fresh.attempt("import torch; torch.zeros(1 << 30, dtype=torch.float64)") == "RuntimeError"
    assert fresh.attempt("import mmap; mmap.mmap(-1, 4 << 30)") == "ENOMEM"
    assert fresh.attempt("import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))") in {"ValueError", "EPERM"}
    assert fresh.attempt("result = 'alive'") == "alive"


def test_threads_are_counted(fresh: Jailed) -> None:
    if os.geteuid() != 0:
        pytest.skip("the system counts all threads of an ordinary user, so the number left is not known")
    code = """
import threading
threading.stack_size(64 * 1024)
done, result = threading.Event(), 0
try:
    while True:
        threading.Thread(target=done.wait).start()
        result += 1
except RuntimeError:
    done.set()
"""
    assert 8 <= fresh.attempt(code) <= enter.MAX_THREADS


def test_file_larger_than_the_limit_is_refused(fresh: Jailed) -> None:
    code = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); open('large', 'wb').truncate(1 << 30)"
    assert fresh.attempt(code) == "EFBIG"


def test_own_descriptors_sent_along_reach_nobody(fresh: Jailed) -> None:
    before = len(os.listdir("/proc/self/fd"))
    code = """
channel = socket.socket(fileno=descriptors()[3])
socket.send_fds(channel, [b"not a frame"], [os.open("/dev/null", os.O_RDONLY)] * 64)
"""
    with pytest.raises(WorkerStopped):
        fresh.attempt(code)
    assert len(os.listdir("/proc/self/fd")) <= before


HONEST: Final = {
    "forward and backward": """
import torch
layer = torch.nn.Linear(784, 100)
loss = torch.nn.functional.cross_entropy(layer(torch.rand(64, 784)), torch.randint(100, (64,)))
loss.backward()
result = layer.weight.grad.shape == (100, 784) and bool(loss > 0)
""",
    "several threads in torch": """
import torch
torch.set_num_threads(2)
result = (torch.ones(600, 600) @ torch.ones(600, 600)).sum().item() == 600**3
torch.set_num_threads(1)
""",
    "a DataLoader over MNIST": """
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
data = datasets.MNIST("data", train=False, download=True, transform=transforms.ToTensor())
result = next(iter(DataLoader(data, batch_size=32)))[0].shape == (32, 1, 28, 28)
""",
    "a file in the scratch folder": """
import pathlib, tempfile
os.makedirs("folder/inner")
pathlib.Path("folder/inner/notes").write_text("text")
os.rename("folder/inner/notes", "notes")
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("text")
result = open("notes").read() == "text" and os.listdir("folder") == ["inner"]
""",
    "saving and loading a model": """
import torch
torch.save(torch.nn.Linear(3, 2).state_dict(), "model.pt")
result = set(torch.load("model.pt")) == {"weight", "bias"}
""",
    "a thread": """
import threading
found = []
thread = threading.Thread(target=lambda: found.append(1))
thread.start()
thread.join()
result = found == [1]
""",
    "modules imported late": """
import colorsys, sqlite3, xml.dom.minidom
import scipy.optimize, sympy
result = str(sympy.sqrt(4)) == "2" and sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
""",
    "a module that is not there": """
try:
    import no_such_module_anywhere
except ModuleNotFoundError:
    result = True
""",
    "asyncio": """
import asyncio
async def one():
    await asyncio.sleep(0)
    return 1
result = asyncio.run(one()) == 1
""",
    "a traceback": """
import traceback
try:
    1 / 0
except ZeroDivisionError:
    result = "ZeroDivisionError" in traceback.format_exc()
""",
    "time, processors and random numbers": """
import random, secrets, time
result = os.cpu_count() > 0 and time.perf_counter() > 0 and len(os.urandom(4)) == 4 and secrets.randbits(8) < 256
""",
    "a signal to oneself": """
import signal
seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
signal.raise_signal(signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR1)
result = seen == [1, 1]
""",
    "a limit of one's own": """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (128, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
result = resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 128
""",
    "home is the scratch folder": "result = os.path.expanduser('~') == os.getcwd()",
}


@pytest.mark.parametrize("code", HONEST.values(), ids=HONEST.keys())
def test_honest_code_runs(fresh: Jailed, code: str) -> None:
    assert fresh.attempt(code) is True


def test_place_of_an_exception_is_reported(jail_workers: Workers) -> None:
    worker = jail_workers.take("hw.py")
    worker.allow(Limit("limit_s", 60))
    (problem,) = execute(worker, "def f():\n    return 1 / 0\n\nf()\n").problems
    worker.end()
    assert [(frame.line, frame.code) for frame in problem.frames] == [(4, "f()"), (2, "return 1 / 0")]


@pytest.mark.usefixtures("jail_workers")  # to skip where there is no jail
def test_worker_ends_with_the_zygote(data: dict[str, Path]) -> None:
    others = Workers(data, tier=tiers.Tier.JAIL)
    try:
        jailed = Jailed(others, {})
        jailed.attempt("__import__('signal').signal(15, __import__('signal').SIG_IGN)")
        parent = jailed.attempt("result = os.getppid()")
        os.kill(parent, signal.SIGKILL)
        with pytest.raises(WorkerStopped):
            jailed.attempt("__import__('signal').pause()")
    finally:
        others.close()
