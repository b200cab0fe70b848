"""The limits around a worker, in tiers. The zygote tries out which one the machine has; a worker gets that, or ends.

`process` (everywhere): the submission can't forge a verdict, nor crash, hang or fill the judge, whatever it does in its
own process. It has an environment without secrets, no descriptor but its channel, and resource limits.

`jail` (Linux 5.13 and later, any user, in containers too): it also reads nothing but Python, the installed libraries
and MNIST, writes nothing but its scratch folder, reaches no network, starts no process, and signals, traces and reads
no other one. Two layers that hold each other's gaps: Landlock for files, seccomp for system calls.
What it does not hide: that a file is there (stat), the names of files beside the installed libraries, the time.

On macOS the jail is a profile of Seatbelt (grader.worker.seatbelt). It also reads the grader's own package, the suites
aside, and memory has no limit there.

`namespaces` (where bubblewrap works, too): the jail, and a view of the machine without its other files and processes.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import os
import signal
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from grader.worker import bubblewrap, landlock, linux, seccomp

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


MIB: Final = 1 << 20
DEFAULT_LIMITS: Final = {"memory_mib": 2048.0, "scratch_mib": 64.0}  # where no assignment says otherwise
MAX_OPEN_FILES: Final = 256
MAX_THREADS: Final = 256  # of a worker that has a user id of its own
MAX_THREADS_OF_USER: Final = 4096  # of all that the user runs: the system counts no less

# The first of the ids that no system gives away: a worker that may choose its real user id takes this + its process id.
FIRST_USER_ID: Final = 0x70000000

_LIBRARIES: Final = ("lib", "lib64")  # below the prefix: it may be ~/.local, or the repository as its own environment
_SYSTEM: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/fonts", "/usr/share/zoneinfo")
_SYSTEM_FILES: Final = ("/etc/ld.so.cache", "/etc/localtime")
_FACTS: Final = ("/proc/cpuinfo", "/proc/meminfo")
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_PROCESSORS: Final = "/sys/devices/system/cpu"


class Tier(enum.StrEnum):
    """How much a worker is kept from."""

    PROCESS = "process"
    JAIL = "jail"
    NAMESPACES = "namespaces"


@dataclass(frozen=True, slots=True)
class Isolation:
    """The tier that the workers have, and what it is made of, or why it is not more."""

    tier: Tier
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.tier}: {self.detail}" if self.detail else str(self.tier)


class Jail:
    """What the zygote works out ahead, so that a worker only has to go in."""

    def __init__(self, mnist_root: Path) -> None:
        """Raises OSError where the machine has not all that it takes."""
        self.zygote = os.getpid()
        self.abi = landlock.abi()
        self.system_calls = seccomp.template()
        handled = landlock.handled(self.abi)
        self._scratch_access = landlock.READ_AND_WRITE & handled
        self._rules = tuple((str(path), access & handled) for path, access in _rules(mnist_root))
        self.ruleset: int | None = None

    @property
    def detail(self) -> str:
        """For the scorecard."""
        return f"Landlock ABI {self.abi}, seccomp, no capabilities"

    def prepare(self) -> int:
        """Make the ruleset for the next worker, unless there is one, which lacks only the scratch folder."""
        if self.ruleset is None:
            self.ruleset = landlock.ruleset(self._rules, self.abi)
        return self.ruleset

    def lock(self, scratch: str) -> None:
        """In a worker: files are the listed ones, to be read, and those in the scratch folder."""
        ruleset = self.prepare()
        landlock.allow(ruleset, scratch, self._scratch_access)
        landlock.enter(ruleset)
        self.discard()

    def discard(self) -> None:
        """Close the ruleset: a worker has it, and the next worker must not get that one's scratch folder."""
        if self.ruleset is not None:
            os.close(self.ruleset)
            self.ruleset = None


# --- in the zygote ----------------------------------------------------------------------------------------------------


def probe(settings: dict[str, Any]) -> tuple[Isolation, Jail | None]:
    """The best tier that this machine has, up to settings["tier"], tried out in a child. Runs trusted code only."""
    if sys.platform != "linux":
        return Isolation(Tier.PROCESS), None
    linux.hide_memory()
    if settings["tier"] == Tier.PROCESS:
        return Isolation(Tier.PROCESS), None
    try:
        jail = Jail(Path(settings["mnist_root"]))
    except OSError as error:
        return Isolation(Tier.PROCESS, f"no jail here ({error.strerror})"), None
    problem = _try_out(jail)
    if problem:
        return Isolation(Tier.PROCESS, f"no jail here ({problem})"), None
    if "namespaces" not in settings:  # the judge has not started this process in new ones
        return Isolation(Tier.JAIL, jail.detail), jail
    if shared := bubblewrap.shared(settings["namespaces"]):
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
                enter({"scratch": scratch}, jail)
                os.write(writer, (_weakness(jail.zygote, [Path(__file__)]) or "ok").encode())
            except BaseException as error:
                os.write(writer, f"{type(error).__name__}: {error}"[:300].encode())
            finally:
                os._exit(0)
        os.close(writer)
        jail.discard()
        found = " ".join(report.read().decode(errors="replace").split())
        os.waitpid(pid, 0)
    return "" if found == "ok" else found or "the probe died"


def _weakness(other: int, unreadable: Sequence[Path]) -> str:
    """Which wall gives way, tried with a process that is there and files that are there; or nothing."""
    forbidden: list[tuple[str, Callable[[], object]]] = [
        *(("files can be read", functools.partial(_open, path, os.O_RDONLY)) for path in unreadable),
        ("files can be written", lambda: _open(Path.cwd().parent / "probe", os.O_CREAT)),
        ("the network can be reached", lambda: _with_socket(lambda end: end.connect(("127.0.0.1", 9)))),
        ("connections can be awaited", lambda: _with_socket(lambda end: end.bind(("127.0.0.1", 0)))),
        ("processes can be started", lambda: os.fork() or os._exit(0)),
        ("programs can be started", _execute),
        ("signals can be sent", lambda: os.kill(other, 0)),
    ]
    for weakness, attempt in forbidden:
        try:
            attempt()
        except PermissionError:
            continue
        except OSError:  # no wall has stopped it
            pass
        return weakness
    found = Path("probe")
    found.write_text("the scratch folder can be used")
    can_be_read = found.read_bytes() != b""
    found.unlink()
    return "" if can_be_read else "files can't be written"


def _open(path: Path, flags: int) -> None:
    os.close(os.open(path, flags))


def _with_socket(attempt: Callable[[socket.socket], None]) -> None:
    with socket.socket() as end:
        end.settimeout(1.0)
        attempt(end)


def _execute() -> None:
    """Execute an empty file: refused by a wall, or for being no program."""
    path = Path("probe")
    path.touch(0o700)
    try:
        os.execv(path, ["probe"])
    finally:
        path.unlink()


def readable(mnist_root: Path) -> set[Path]:
    """What is to be seen of the machine's files, as Python names them and as they are found there."""
    found = _libraries() | {mnist_root, Path(_PROCESSORS), *map(Path, _SYSTEM_FILES)}
    return found | {path.resolve() for path in found}


def _libraries() -> set[Path]:
    """Python and the installed libraries."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    roots = {Path(prefix, name) for prefix in prefixes for name in _LIBRARIES}
    roots |= {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    roots |= {Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")}
    return roots | {Path(folder) for folder in _SYSTEM}


def _rules(mnist_root: Path) -> Iterator[tuple[Path, landlock.Access]]:
    """What a worker may read: Python, the installed libraries without the grader, MNIST, facts about the machine."""
    # An editable installation has the package elsewhere, and leaves the suite's folder in site-packages.
    hidden = {Path(__file__).parents[1].resolve()}
    hidden |= {package.resolve() for entry in sys.path if (package := Path(entry, "grader")).exists()}
    rules: dict[Path, landlock.Access] = {}
    for root in sorted({root.resolve() for root in _libraries()}):  # a folder before what is in it
        if not any(rules.get(parent) == landlock.READ for parent in root.parents):
            rules.update(_without(hidden, root))
    yield from rules.items()
    yield mnist_root, landlock.READ
    yield Path(_PROCESSORS), landlock.READ
    for file in (*_SYSTEM_FILES, *_FACTS):
        yield Path(file), landlock.Access.READ_FILE
    for device in _DEVICES:
        yield Path(device), landlock.Access.READ_FILE | landlock.Access.WRITE_FILE


def _without(hidden: set[Path], path: Path) -> Iterator[tuple[Path, landlock.Access]]:
    """Rules for all below `path` but the hidden folders: what lies under an allowed folder can't be taken back."""
    if any(path.is_relative_to(folder) for folder in hidden):
        return
    if not path.is_dir():
        if path.is_file():
            yield path, landlock.Access.READ_FILE
    elif not any(folder.is_relative_to(path) for folder in hidden):
        yield path, landlock.READ
    else:
        yield path, landlock.Access.READ_DIR  # to find modules; the names in hidden folders can be listed too
        for child in path.iterdir():
            if not child.is_symlink():  # its target has a rule of its own if it is to be read
                yield from _without(hidden, child)


# --- in the worker ----------------------------------------------------------------------------------------------------


def enter(settings: dict[str, Any], jail: Jail | None) -> None:
    """Lock this process in: own session (so that its whole group can be killed), scratch folder, limits, the jail.

    Raises where less than that can be had; the caller then ends the process before any of the student's code runs.
    """
    if hasattr(os, "setsid"):
        with contextlib.suppress(PermissionError):  # already a leader, where the worker was started and not forked
            os.setsid()
    scratch = settings["scratch"]
    os.chdir(scratch)
    os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "TEMP"), scratch))
    tempfile.tempdir = None
    limits = settings.get("limits", DEFAULT_LIMITS)
    if jail is None:
        _limit_resources(MAX_THREADS_OF_USER, limits)
        if "unreadable" in settings:  # a jail was put around this process: it is one if it holds
            weakness = _weakness(os.getppid(), [Path(path) for path in settings["unreadable"]])
            if weakness:
                raise RuntimeError(weakness)
        return
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("another thread is running, which Landlock would leave free")
    _limit_resources(MAX_THREADS if _take_user_id() else MAX_THREADS_OF_USER, limits)
    linux.set_no_new_privileges()
    jail.lock(scratch)
    linux.drop_capabilities()
    linux.hide_memory()
    linux.die_with_parent(signal.SIGKILL)
    if os.getppid() != jail.zygote:
        raise RuntimeError("the zygote ended")
    seccomp.enter(jail.system_calls, os.getpid())


def _take_user_id() -> bool:
    """As root, take a real user id that no other process has, so that threads can be counted: root's are not.

    The effective id stays, and with it the access to a Python in root's home.
    """
    if os.geteuid() != 0:
        return False
    try:
        os.setresuid(FIRST_USER_ID + os.getpid(), -1, -1)
    except OSError:  # without the capability, or where the container has fewer ids: threads cost memory all the same
        return False
    return True


def close_all_but(*keep: int) -> None:
    """Close every descriptor but 0, 1, 2 and those given: nothing of the judge's is open in a worker."""
    first = 3
    for descriptor in sorted(keep):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, 4096)


def worker_environment(scratch: Path) -> dict[str, str]:
    """The environment of worker and zygote: an allow-list, so that no secret of the judge's is in it."""
    passed = (
        *("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH"),
        *("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_"),  # run_autograder sets them: memory is little there
    )
    return {name: os.environ[name] for name in passed if name in os.environ} | {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "TEMP": str(scratch),
        # One thread each: forking stays safe, and two workers on two cores don't fight.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",  # a CUDA context maps more address space than the memory limit allows
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "MPLBACKEND": "Agg",
    }


def _limit_resources(threads: int, given: Mapping[str, float]) -> None:
    if resource is None:
        return
    limits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": int(given["scratch_mib"] * MIB),
        "RLIMIT_NOFILE": MAX_OPEN_FILES,
        "RLIMIT_NPROC": threads,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    mapped = _mapped_bytes()
    if mapped is not None:
        limits["RLIMIT_AS"] = mapped + int(given["memory_mib"] * MIB)
    for name, value in limits.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            _, most = resource.getrlimit(kind)
            value = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.setrlimit(kind, (value, value))


def _mapped_bytes() -> int | None:
    """Address space of this process, or None where the system does not tell (macOS does not enforce the limit)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def windows_channel(stdin: BinaryIO) -> socket.socket:
    """The channel that the judge shared through standard input, where descriptors can't be inherited."""
    if sys.platform != "win32":
        raise RuntimeError("the channel comes as a descriptor on this platform")
    size = int(stdin.readline())
    return socket.fromshare(stdin.read(size))
