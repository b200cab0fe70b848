"""The jail: real attacks in a real worker are refused, and what honest homework does is not."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from grader.boundary.limits import Limit
from grader.data.mnist import unpack_into_cache
from grader.judge.grading import Problem
from grader.processes.worker import Worker, WorkerStopped
from grader.processes.workers import Workers
from grader.sandbox import enter, environment, landlock, linux, probe, seccomp, tiers
from grader.suite.handles import RemoteSubmission, Session, fetch, read_frames
from tests.meta.conftest import execute

ROOT: Final = Path(__file__).parents[2]

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
        self.problems = execute(self.worker, SUBMISSION)["problems"]
        self._submission = RemoteSubmission(Session(self.worker, 0))
        self._known = known

    def attempt(self, code: str, **known: object) -> Any:
        """What became of the code: its `result`, "done", or the name of an error."""
        return fetch(self._submission.attempt(code, {**self._known, **known}))


@pytest.fixture(scope="module")
def mnist_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack_into_cache(tmp_path_factory.mktemp("mnist"))


@pytest.fixture(scope="module")
def workers(mnist_root: Path) -> Iterator[Workers]:
    workers = Workers(mnist_root, tier=tiers.Tier.JAIL)  # without what bubblewrap adds: see test_namespaces.py
    try:
        if workers.isolation.tier is not tiers.Tier.JAIL:
            pytest.skip(f"no jail on this machine: {workers.isolation}")
        yield workers
    finally:
        workers.close()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Places that an attacker may know: a file of another student, the repository, the judge's process id."""
    folder = tmp_path_factory.mktemp("other student")
    (folder / "hw.py").write_text("the answer")
    return {"other": str(folder), "repository": str(ROOT), "home": str(Path.home()), "judge": os.getpid()}


@pytest.fixture(scope="module")
def jailed(workers: Workers, known: dict[str, Any]) -> Iterator[Jailed]:
    jailed = Jailed(workers, known)
    yield jailed
    jailed.worker.end()


@pytest.fixture
def fresh(workers: Workers, known: dict[str, Any]) -> Iterator[Jailed]:
    """A worker that an attack may use up."""
    jailed = Jailed(workers, known)
    yield jailed
    jailed.worker.end()


REFUSED: Final = {"EPERM", "EACCES", "ENOSYS"}

READING: Final = {
    "a file of another student": "open(other + '/hw.py').read()",
    "the folder of another student": "os.listdir(other)",
    "the reference": "open(repository + '/reference/hw3.py').read()",
    "the tests": "open(repository + '/tests/hw3/test_linear.py').read()",
    "the tests' folder": "os.listdir(repository + '/tests/hw3')",
    "the grader's source": "open(repository + '/grader/oracles.py').read()",
    "the grader by import": "import grader.judge",
    "the passwords": "open('/etc/passwd').read()",
    "home": "os.listdir(home)",
    "the root": "os.listdir('/')",
    "the machine's temporary folder": "os.listdir('/tmp')",
    "the judge's environment": "open(f'/proc/{judge}/environ').read()",
    "the judge's command line": "open(f'/proc/{judge}/cmdline').read()",
    "the judge's memory": "open(f'/proc/{judge}/mem', 'rb').read(1)",
    "the judge's descriptors": "os.listdir(f'/proc/{judge}/fd')",
    "a descriptor of the judge": "os.open(f'/proc/{judge}/fd/0', os.O_RDONLY)",
    "a file by the judge's root": "open(f'/proc/{judge}/root/etc/passwd').read()",
    "where the judge is": "os.readlink(f'/proc/{judge}/cwd')",
    "a file by a descriptor that only names it": "open(f\"/proc/self/fd/{os.open('/etc/passwd', os.O_PATH)}\").read()",
    "the zygote's environment": "open(f'/proc/{os.getppid()}/environ').read()",
    "a descriptor of the zygote": "os.open(f'/proc/{os.getppid()}/fd/2', os.O_RDONLY)",
    "the list of processes": "os.listdir('/proc')",
    "its own memory as a file": "open('/proc/self/mem', 'rb')",
    "a file by its own root": "open('/proc/self/root/etc/passwd').read()",
    "a way round by dots": "open('../../../../../etc/passwd').read()",
    "the scratch folders of others": "os.listdir('..')",
    "a file by a handle on its folder": "os.open('passwd', os.O_RDONLY, dir_fd=os.open('/etc', os.O_PATH))",
    "the disk": "os.listdir('/dev')",
}

WRITING: Final = {
    "beside the scratch folder": "open('../stolen', 'w')",
    "into the temporary folder": "open('/tmp/stolen', 'w')",
    "into shared memory": "open('/dev/shm/stolen', 'w')",
    "into another student's file": "open(other + '/hw.py', 'w')",
    "to the end of another student's file": "open(other + '/hw.py', 'a')",
    "over another student's file": "os.truncate(other + '/hw.py', 0)",
    "over a file that may be read": "os.open(os.__file__, os.O_RDONLY | os.O_TRUNC)",
    "over a file in an odd mode": "os.open(os.__file__, 3 | os.O_TRUNC)",
    "into the standard library": "open(os.__file__, 'a')",
    "a folder elsewhere": "os.mkdir(other + '/folder')",
    "another student's file away": "os.unlink(other + '/hw.py')",
    "another student's file elsewhere": "os.rename(other + '/hw.py', 'hw.py')",
    "a link to another student's file": "os.link(other + '/hw.py', 'hw.py')",
    "a symbolic link": "os.symlink('/etc/passwd', 'link')",
    "a named pipe": "os.mkfifo('pipe')",
    "a device": "os.mknod('device', 0o20600, os.makedev(1, 1))",
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
    "typing on a terminal": "__import__('fcntl').ioctl(0, 0x5412, b'x')",
    "a process without flags for threads": "syscall(56, 17, 0, 0, 0, 0)",
    "a namespace": "syscall(56, 0x10000000 | 0x10000 | 0x900, 0, 0, 0, 0)",
}


@pytest.mark.parametrize("code", READING.values(), ids=READING.keys())
def test_reading_is_refused(jailed: Jailed, code: str) -> None:
    if "/reference/" in code and not (ROOT / "reference/hw3.py").exists():
        pytest.skip("there is no reference")
    assert jailed.attempt(code) in REFUSED


@pytest.mark.parametrize("code", WRITING.values(), ids=WRITING.keys())
def test_writing_is_refused(jailed: Jailed, known: dict[str, Any], code: str) -> None:
    # A rename or link that Landlock can't allow is refused as one to another file system would be.
    assert jailed.attempt(code) in REFUSED | {"EXDEV"}
    assert Path(known["other"], "hw.py").read_text() == "the answer"
    assert [path.name for path in Path(known["other"]).iterdir()] == ["hw.py"]


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


def test_link_into_scratch_leads_nowhere(jailed: Jailed) -> None:
    scratch = Path(jailed.attempt("result = os.getcwd()"))
    (scratch / "link").symlink_to("/etc/passwd")
    assert jailed.attempt("open('link').read()") == "EACCES"


def test_scratch_of_the_next_worker_is_closed(jailed: Jailed, fresh: Jailed) -> None:
    theirs = fresh.attempt("open('mine', 'w').write('secret'); result = os.path.abspath('mine')")
    assert Path(theirs).read_text() == "secret"
    assert jailed.attempt("open(theirs).read()", theirs=theirs) == "EACCES"


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


# --- what honest homework does ----------------------------------------------------------------------------------------

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


def test_place_of_an_exception_is_reported(workers: Workers) -> None:
    worker = workers.take("hw.py")
    worker.allow(Limit("limit_s", 60))
    answer = execute(worker, "def f():\n    return 1 / 0\n\nf()\n")
    worker.end()
    (problem,) = (
        Problem(type_name=p["type"], text=p["text"], frames=read_frames(p["frames"])) for p in answer["problems"]
    )
    assert [(frame.line, frame.code) for frame in problem.frames] == [(4, "f()"), (2, "return 1 / 0")]


# --- which tier it is -------------------------------------------------------------------------------------------------


def test_tier_is_named(workers: Workers) -> None:
    assert re.fullmatch(r"jail: Landlock ABI \d+, seccomp, no capabilities", str(workers.isolation))


def test_lower_tier_can_be_asked_for(mnist_root: Path) -> None:
    workers = Workers(mnist_root, tier=tiers.Tier.PROCESS)
    try:
        assert str(workers.isolation) == "process"
        jailed = Jailed(workers, {})
        assert jailed.attempt("result = len(open('/etc/passwd').read()) > 0") is True
        jailed.worker.end()
    finally:
        workers.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the jail is for Linux")
@pytest.mark.parametrize("missing", ["landlock", "seccomp", "a wall"])
def test_machine_without_a_part_gets_less_and_says_so(
    monkeypatch: pytest.MonkeyPatch, missing: str, tmp_path: Path
) -> None:
    def unavailable(*_: object) -> int:
        raise OSError(errno.ENOSYS, "not there")

    monkeypatch.setattr(linux, "hide_memory", lambda: None)
    monkeypatch.setattr(landlock, "abi", unavailable if missing == "landlock" else lambda: 1)
    monkeypatch.setattr(seccomp, "template", unavailable if missing == "seccomp" else lambda: b"")
    monkeypatch.setattr(probe, "_try_out", lambda _: "files can be read")
    isolation, jail = probe.probe({"tier": "jail", "mnist_root": str(tmp_path)})
    assert jail is None
    assert isolation.tier is tiers.Tier.PROCESS
    assert str(isolation).startswith("process: no jail here (")


@pytest.mark.skipif(sys.platform != "linux", reason="the jail is for Linux")
def test_worker_that_can_not_enter_the_jail_runs_nothing(workers: Workers, mnist_root: Path, tmp_path: Path) -> None:
    """Each step fails once; the process ends before it answers."""
    script = """
import json, os, sys
from grader.worker import guard, landlock, linux, main, sandbox, seccomp
def fail(*_):
    raise OSError(1, "this step fails")
jail = sandbox.Jail(sandbox.Path(sys.argv[3]))
jail.zygote = os.getpid()
for module, step in json.loads(sys.argv[4]):
    pid = os.fork()
    if pid == 0:
        setattr({"linux": linux, "landlock": landlock, "seccomp": seccomp}[module], step, fail)
        main._run_worker(int(sys.argv[1]), None, {"scratch": sys.argv[2]}, guard.Guard(), jail)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    steps = [
        ("linux", "set_no_new_privileges"), ("landlock", "allow"), ("landlock", "enter"),
        ("linux", "drop_capabilities"), ("linux", "hide_memory"), ("linux", "die_with_parent"), ("seccomp", "enter"),
    ]  # fmt: skip
    ours, theirs = socket.socketpair()
    with ours, theirs:
        arguments = [str(theirs.fileno()), str(tmp_path), str(mnist_root), json.dumps(steps)]
        done = subprocess.run(
            [sys.executable, "-P", "-c", script, *arguments],
            pass_fds=[theirs.fileno()],
            env=environment.worker_environment(tmp_path),
            capture_output=True,
            text=True,
            check=True,
        )
        theirs.close()
        assert done.stdout.split() == ["1"] * len(steps)
        assert done.stderr.count("this step fails") >= len(steps)
        assert ours.recv(1) == b""


@pytest.mark.usefixtures("workers")  # to skip where there is no jail
def test_worker_ends_with_the_zygote(mnist_root: Path) -> None:
    others = Workers(mnist_root, tier=tiers.Tier.JAIL)
    try:
        jailed = Jailed(others, {})
        jailed.attempt("__import__('signal').signal(15, __import__('signal').SIG_IGN)")
        parent = jailed.attempt("result = os.getppid()")
        os.kill(parent, signal.SIGKILL)
        with pytest.raises(WorkerStopped):
            jailed.attempt("__import__('signal').pause()")
    finally:
        others.close()


# --- the filter, on every architecture --------------------------------------------------------------------------------


def verdict(program: list[seccomp.Instruction], number: int, architecture: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would make of the call: the program, interpreted."""
    words = {0: number, 4: architecture} | {16 + 8 * i: value & 0xFFFFFFFF for i, value in enumerate(arguments)}
    at = accumulator = 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        match code:
            case 0x20:
                accumulator = words.get(constant, 0)
            case 0x54:
                accumulator &= constant
            case 0x15:
                at += if_true if accumulator == constant else if_false
            case 0x25:
                at += if_true if accumulator > constant else if_false
            case 0x06:
                return constant
            case _:
                raise AssertionError(f"instruction {code:#x} is not known")


ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x50026
ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NUMBERS: Final[dict[str, dict[str, int | None]]] = {
    "x86_64": {"read": 0, "fork": 57, "socket": 41, "clone": 56, "kill": 62, "openat": 257, "ioctl": 16},
    "aarch64": {"read": 63, "fork": None, "socket": 198, "clone": 220, "kill": 129, "openat": 56, "ioctl": 29},
}


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_filter_answers(machine: str) -> None:
    program, architecture, numbers = seccomp.program(machine, 4321), ARCHITECTURES[machine], NUMBERS[machine]

    def answer(name: str, *arguments: int) -> int:
        number = numbers[name]
        return EPERM if number is None else verdict(program, number, architecture, arguments)

    assert answer("read") == ALLOW
    assert answer("fork") == answer("socket") == EPERM
    assert answer("clone", 17) == answer("clone", 0x10000 | 0x10000000) == EPERM
    assert answer("clone", 0x3D0F00) == ALLOW
    assert answer("kill", 4321, 9) == ALLOW
    assert {answer("kill", pid, 9) for pid in (0, 1, -1, -4321, 4322)} == {EPERM}
    assert answer("openat", 0, 0, os.O_WRONLY | 0o1100) == answer("openat", 0, 0, 0) == ALLOW
    assert answer("openat", 0, 0, 0o1000) == answer("openat", 0, 0, 0o1003) == EPERM
    assert answer("ioctl", 0, 0x5401) == ALLOW
    assert answer("ioctl", 0, 0x5412) == EPERM
    for number in (435, 425, 426, 427, 471, 1000, 0x40000000, 0x40000000 + 59, 0xFFFFFFFF):
        assert verdict(program, number, architecture) == ENOSYS
    for other in (0x40000003, 0x40000028, 0):  # i386, arm
        assert verdict(program, 0, other) == KILL


@pytest.mark.parametrize(
    ("machine", "header"),
    [("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "/usr/include/asm-generic/unistd.h")],
)
def test_numbers_are_the_kernel_s(machine: str, header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"no {header} here")
    listed: list[tuple[str, str]] = re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", Path(header).read_text())
    kernel = {"newfstatat" if name == "fstatat" else name: int(number) for name, number in listed}
    column = list(ARCHITECTURES).index(machine)
    numbers = seccomp._numbers(seccomp._ALLOWED, column) | seccomp._numbers(seccomp._ABSENT, column)
    newer = {name for name, number in numbers.items() if number > max(kernel.values())}
    assert newer <= {"futex_wake", "futex_wait", "futex_requeue", "mseal"}
    assert {name: number for name, number in numbers.items() if name not in newer} == {
        name: kernel[name] for name in numbers if name not in newer
    }
