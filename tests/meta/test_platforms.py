"""What holds workers on macOS and Windows, as far as it can be tried elsewhere: see docs/security.md for what was not.

A model of Seatbelt's language (tests/meta/sbpl.py) reads the profile, and locks a worker in by it; a kernel32 of Python
notes what it is asked for.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from ctypes import wintypes
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, Final

import pytest

from grader.assignment import Assignment
from grader.boundary.rules import Rules
from grader.errors import IsolationMissing, WorkerStartFailed
from grader.judge.grade import grade
from grader.processes import spawner
from grader.processes.workers import Workers
from grader.sandbox import environment, job_object, seatbelt
from grader.sandbox.tiers import Tier
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta import sbpl
from tests.meta.test_sandbox import ROOT, Jailed

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp stand in for Seatbelt")

# --- the profile ------------------------------------------------------------------------------------------------------

PATHS: Final = seatbelt.Paths(
    programs=(Path("/opt/python/bin/python3"),),
    readable=(Path("/opt/python/lib"), Path("/opt/package"), Path("/Users/a b/mnist")),
    listed=(Path("/"), Path("/opt/repository")),
    hidden=(Path("/opt/package/assignments"),),
    writable=(Path("/private/var/folders/x/7"),),
)


def test_profile_denies_what_it_does_not_list() -> None:
    profile = seatbelt.profile(PATHS)
    assert profile.startswith("(version 1)\n(deny default)\n")
    assert all(action == "allow" or filters for action, _, filters in sbpl.rules(profile)[2:])
    for operation in (
        *("process-fork", "network-outbound", "network-inbound", "network-bind", "system-socket", "mach-lookup"),
        *("mach-register", "iokit-open", "file-write-create", "file-write-data", "file-link", "sysctl-write"),
        *("process-info-pidinfo", "nvram-get", "file-map-executable", "ipc-posix-sem", "appleevent-send"),
        *("process-exec", "signal", "file-read-data", "file-read-metadata", "ipc-posix-shm-write-create"),
    ):
        assert not sbpl.allows(profile, operation, "/elsewhere"), operation


@pytest.mark.parametrize(
    ("operation", "subject", "expected"),
    [
        ("file-read-data", "/opt/python/lib/os.py", True),
        ("file-map-executable", "/opt/python/lib/torch/libtorch.dylib", True),
        ("file-read-data", "/Users/a b/mnist/images", True),
        ("file-read-data", "/opt/python/library", False),
        ("file-write-data", "/opt/python/lib/os.py", False),
        ("file-read-data", "/opt/package/oracles.py", True),
        ("file-read-data", "/opt/package/assignments/hw3/assignment.toml", False),
        ("file-map-executable", "/opt/package/assignments/x.dylib", False),
        ("file-read-data", "/opt/repository", True),
        ("file-read-data", "/opt/repository/reference/hw3.py", False),
        ("file-read-metadata", "/Users/a b", True),
        ("file-read-data", "/Users/a b", False),
        ("file-read-metadata", "/Users/a b/.ssh", False),
        ("file-read-data", "/private/var/folders/x/7/notes", True),
        ("file-write-create", "/private/var/folders/x/7/notes", True),
        ("file-map-executable", "/private/var/folders/x/7/own.dylib", False),
        ("process-exec", "/private/var/folders/x/7/program", False),
        ("file-read-data", "/private/var/folders/x/8/notes", False),
        ("file-write-create", "/private/var/folders/x/70", False),
        ("process-exec", "/opt/python/bin/python3", True),
        ("process-exec", "/bin/sh", False),
        ("file-write-data", "/dev/null", True),
        ("file-read-data", "/dev/disk0", False),
        ("signal", "self", True),
        ("signal", "others", False),
        ("process-info-pidinfo", "self", True),
        ("sysctl-read", "hw.ncpu", True),
        ("sysctl-read", "kern.procargs2", False),
        ("sysctl-read", "kern.proc.all", False),
        ("ipc-posix-shm-write-create", "/__KMP_REGISTERED_LIB_4321", True),
        ("ipc-posix-shm-write-create", "/others", False),
    ],
)
def test_profile_decides(operation: str, subject: str, expected: bool) -> None:
    assert sbpl.allows(seatbelt.profile(PATHS), operation, subject) is expected


ODD_PATHS: Final = [
    "/Users/a b/venv",
    '/Users/say "hello"/venv',
    "/Users/back\\slash/venv",
    '/Users/both\\"/venv',
    '/Users/x")) (allow default) ((literal "/y/venv',
    "/Users/(round)/;comment/venv",
    "/Users/Žofie/作業/venv",
    "/Users/100%/${HOME}/venv",
]


@pytest.mark.parametrize("path", ODD_PATHS)
def test_path_stays_one_string_whatever_is_in_it(path: str) -> None:
    paths = seatbelt.Paths(
        programs=(Path(path, "python"),),
        readable=(Path(path),),
        listed=(Path("/"),),
        hidden=(),
        writable=(Path("/private/scratch"),),
    )
    profile = seatbelt.profile(paths)
    assert len(sbpl.rules(profile)) == len(sbpl.rules(seatbelt.profile(PATHS))) - 1  # nothing is hidden
    assert sbpl.allows(profile, "file-read-data", f"{path}/lib")
    assert not sbpl.allows(profile, "file-read-data", "/y")
    assert not sbpl.allows(profile, "process-fork")


def test_path_that_has_a_control_character_is_refused() -> None:
    with pytest.raises(OSError, match=r"a path with a control character: '/Users/a\\nb'"):
        seatbelt.quoted(Path("/Users/a\nb"))


def test_profile_of_this_python_has_each_name_of_it(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links are followed by name, and what they lead to is compared."""
    monkeypatch.setattr(seatbelt, "PROGRAM", Path(sys.executable))
    real, scratch = tmp_path / "real", tmp_path / "linked"
    (real / "1").mkdir(parents=True)
    (tmp_path / "python3.99").touch()
    (tmp_path / "python3").symlink_to("python3.99")
    (tmp_path / "python").symlink_to("python3")
    scratch.symlink_to(real)
    program, option, profile = seatbelt.Seatbelt(workers.mnist_root, real).command(
        str(tmp_path / "python"), scratch / "1"
    )
    assert (program, option) == (sys.executable, "-p")
    for name in ("python", "python3", "python3.99"):
        assert sbpl.allows(profile, "process-exec", str(tmp_path / name))
    for folder in (real, scratch):
        assert sbpl.allows(profile, "file-write-create", str(folder / "1/notes"))
        assert sbpl.allows(profile, "file-read-metadata", str(folder))
        assert not sbpl.allows(profile, "file-read-data", str(folder))
    assert sbpl.allows(profile, "file-read-data", str(ROOT))  # else `import grader` finds nothing
    assert sbpl.allows(profile, "file-read-data", str(ROOT / "grader/worker/executor.py"))
    assert not sbpl.allows(profile, "file-read-data", str(ROOT / "reference/hw3.py"))
    assert not sbpl.allows(profile, "file-read-data", str(ROOT / "tests/hw3/assignment.toml"))
    assert sbpl.allows(profile, "file-read-data", str(workers.mnist_root))


# --- which tier it is -------------------------------------------------------------------------------------------------


@pytest.fixture
def spawned_by(tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Workers]]:
    """spawned_by(script): workers that are a process each, started by a sandbox-exec that is this shell script."""
    opened: list[Workers] = []

    def spawn(script: str) -> Workers:
        program = tmp_path / "sandbox-exec"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        monkeypatch.setattr(seatbelt, "PROGRAM", program)
        opened.append(Workers(workers.mnist_root, fork=False))
        return opened[-1]

    yield spawn
    for each in opened:
        each.close()


MODEL: Final = (
    f"cd '{ROOT}' && exec '{sys.executable}' -P -c 'import sys; sys.path.insert(0, \".\"); import runpy; "
    + ('runpy.run_module("tests.meta.sbpl", run_name="__main__")\' "$@"')
)


@on_linux
def test_jail_is_claimed_where_the_profile_is_enforced(
    spawned_by: Callable[[str], Workers], workers: Workers, tmp_path: Path
) -> None:
    if workers.isolation.tier is Tier.PROCESS:
        pytest.skip(f"nothing that can stand in for Seatbelt: {workers.isolation}")
    (tmp_path / "hw.py").write_text("the answer")
    spawned = spawned_by(MODEL)
    assert str(spawned.isolation) == "jail: sandbox-exec"
    jailed = Jailed(spawned, {"other": str(tmp_path), "repository": str(ROOT)})
    assert not jailed.problems
    for code in (
        "open(other + '/hw.py')",
        "open(repository + '/tests/hw3/test_linear.py')",
        "open('../outside')",
        "os.listdir('..')",
        "open('../new', 'w')",
        "os.fork()",
        "socket.create_connection(('127.0.0.1', 80))",
    ):
        assert jailed.attempt(code) in {"EACCES", "EPERM"}, code
    left = jailed.attempt("open('mine', 'w').write('text'); result = os.listdir('.')")
    assert "mine" in left
    assert "probe" not in left
    assert jailed.attempt("import torch; result = torch.ones(2).sum().item()") == 2.0
    jailed.worker.end()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ('shift 2; exec "$@"', "RuntimeError: files can be read"),
        ("echo 'sandbox-exec: sandbox_apply: Operation not permitted' >&2; exit 71", "sandbox-exec: sandbox_apply: "
         "Operation not permitted"),
        ("exit 0", "it does not start Python"),
    ],
)  # fmt: skip
def test_sandbox_that_does_not_hold_is_no_jail(
    spawned_by: Callable[[str], Workers], script: str, reason: str, assignment: Assignment, tmp_path: Path
) -> None:
    """Workers are started without it, the scorecard says why, and who asks for a jail gets no grading."""
    spawned = spawned_by(script)
    assert str(spawned.isolation) == f"process: no jail here ({reason})"
    jailed = Jailed(spawned, {})
    assert jailed.attempt("result = 'alive'") == "alive"
    jailed.worker.end()
    (tmp_path / "hw.py").write_text("x = 1")
    with pytest.raises(IsolationMissing, match="process: no jail here"):
        grade(read_submission(tmp_path / "hw.py"), assignment, Settings(require_isolation=Tier.JAIL), workers=spawned)


def test_machine_without_sandbox_exec_says_so(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seatbelt, "PROGRAM", Path("/no/sandbox-exec"))
    with closing(Workers(workers.mnist_root, fork=False)) as spawned:
        assert str(spawned.isolation) == "process: no jail here (there is no /no/sandbox-exec)"


def test_process_tier_can_be_asked_for(workers: Workers) -> None:
    with closing(Workers(workers.mnist_root, fork=False, tier=Tier.PROCESS)) as spawned:
        assert str(spawned.isolation) == "process"


# The jail of Linux, with one wall taken out: what it makes of `walls`, and what is found.
BROKEN: Final = {
    "": {},
    "files can be read": {"readable": True},
    "files can be written": {"writable": True},
    "the network can be reached": {"calls": "socket 41 198, connect 42 203", "abi": 1},
    "connections can be awaited": {"calls": "socket 41 198, bind 49 200", "abi": 1},
    "processes can be started": {"unconditional": "clone"},
    "programs can be started": {"calls": "execve 59 221", "executable": True},
    "signals can be sent": {"unconditional": "kill", "abi": 1},
    "PermissionError": {"no_scratch": True},
}

PUSH: Final = """
import json, os, sys
from pathlib import Path
from grader.worker import landlock, linux, sandbox, seccomp
walls, root, outside = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
os.chdir(root / "scratch")
seccomp._ALLOWED += "more: " + walls.get("calls", "read 0 63") + chr(10)
conditions = seccomp._conditions
seccomp._conditions = lambda pid: {k: v for k, v in conditions(pid).items() if k != walls.get("unconditional")}
abi = walls.get("abi", landlock.abi())
handled = landlock.handled(abi)
more = landlock.Access.EXECUTE if "executable" in walls else 0
rules = [(str(root / "scratch"), landlock.READ if "no_scratch" in walls else handled & landlock.READ_AND_WRITE | more)]
if "readable" in walls:
    rules.append((str(outside), landlock.Access.READ_FILE))
if "writable" in walls:
    rules.append((str(root), landlock.READ_AND_WRITE & handled))
linux.set_no_new_privileges()
landlock.enter(landlock.ruleset(rules, abi))
seccomp.enter(seccomp.template(), os.getpid())
try:
    print(sandbox._weakness(os.getppid(), [outside]))
except OSError as error:
    print(type(error).__name__)
"""


@on_linux
@pytest.mark.parametrize("weakness", BROKEN)
def test_wall_that_gives_way_is_named(weakness: str, workers: Workers, tmp_path: Path) -> None:
    if workers.isolation.tier is Tier.PROCESS:
        pytest.skip(f"no jail to take a wall out of: {workers.isolation}")
    (tmp_path / "scratch").mkdir()
    arguments = [json.dumps(BROKEN[weakness]), str(tmp_path), str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [sys.executable, "-P", "-c", PUSH, *arguments],
        env=environment.worker_environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{weakness}\n"
    assert list((tmp_path / "scratch").iterdir()) == []


# --- how Python is started --------------------------------------------------------------------------------------------


def test_python_of_a_framework_is_started_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be started by another program, which must not start one."""
    assert spawner._interpreter() == (sys.executable, {})
    program = tmp_path / "Resources/Python.app/Contents/MacOS/Python"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert spawner._interpreter() == (str(program), {"__PYVENV_LAUNCHER__": sys.executable})


def test_python_of_a_virtual_environment_on_windows_is_started_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the process that is put into the job, and gets the channel, would not be the worker."""
    program = tmp_path / "python.exe"
    program.touch()
    monkeypatch.setattr(sys, "_base_executable", str(program))
    monkeypatch.setattr(sys, "platform", "win32")
    assert spawner._interpreter() == (str(program), {"__PYVENV_LAUNCHER__": sys.executable})


# --- job objects ------------------------------------------------------------------------------------------------------

JOB, PROCESS = 0x7FFF_0000_0001, 0x7FFF_0000_0002  # handles of more than 32 bits


class Kernel32:
    """Notes what it is asked for; the calls in `failing` fail, each as often as it is there."""

    def __init__(self, *failing: str) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failing = list(failing)

    def _answer(self, name: str, *arguments: Any, result: int = 1) -> int:
        self.calls.append((name, *arguments))
        if name in self.failing:
            self.failing.remove(name)
            return 0
        return result

    def CreateJobObjectW(self, attributes: None, name: None) -> int:  # noqa: N802
        return self._answer("CreateJobObjectW", attributes, name, result=JOB)

    def SetInformationJobObject(self, job: int, kind: int, information: Any, size: int) -> int:  # noqa: N802
        record = {9: job_object.ExtendedLimits, 4: job_object.UiRestrictions}[kind]
        assert size == ctypes.sizeof(record)
        return self._answer("SetInformationJobObject", job, kind, bytes(information._obj))

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> int:  # noqa: N802
        return self._answer("OpenProcess", access, inherit, pid, result=PROCESS)

    def AssignProcessToJobObject(self, job: int, process: int) -> int:  # noqa: N802
        return self._answer("AssignProcessToJobObject", job, process)

    def CloseHandle(self, handle: int) -> int:  # noqa: N802
        return self._answer("CloseHandle", handle)


def names(kernel32: Kernel32) -> list[str]:
    return [name for name, *_ in kernel32.calls]


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the layout is that of 64 bits")
def test_records_have_the_layout_of_64_bit_windows() -> None:
    sizes = {job_object.BasicLimits: 64, job_object.IoCounters: 48, job_object.ExtendedLimits: 144}
    assert {record: ctypes.sizeof(record) for record in sizes} == sizes
    assert layout(job_object.BasicLimits) == {
        "PerProcessUserTimeLimit": (0, 8),
        "PerJobUserTimeLimit": (8, 8),
        "LimitFlags": (16, 4),
        "MinimumWorkingSetSize": (24, 8),
        "MaximumWorkingSetSize": (32, 8),
        "ActiveProcessLimit": (40, 4),
        "Affinity": (48, 8),
        "PriorityClass": (56, 4),
        "SchedulingClass": (60, 4),
    }
    assert layout(job_object.IoCounters) == {
        "ReadOperationCount": (0, 8),
        "WriteOperationCount": (8, 8),
        "OtherOperationCount": (16, 8),
        "ReadTransferCount": (24, 8),
        "WriteTransferCount": (32, 8),
        "OtherTransferCount": (40, 8),
    }
    assert layout(job_object.ExtendedLimits) == {
        "BasicLimitInformation": (0, 64),
        "IoInfo": (64, 48),
        "ProcessMemoryLimit": (112, 8),
        "JobMemoryLimit": (120, 8),
        "PeakProcessMemoryUsed": (128, 8),
        "PeakJobMemoryUsed": (136, 8),
    }
    assert layout(job_object.UiRestrictions) == {"UIRestrictionsClass": (0, 4)}


def layout(record: type[ctypes.Structure]) -> dict[str, tuple[int, int]]:
    """The offset and size of each field, by name."""
    fields = {name: getattr(record, name) for name, *_ in record._fields_}
    return {name: (field.offset, field.size) for name, field in fields.items()}


def test_process_is_put_into_a_job_that_has_its_limits() -> None:
    kernel32 = Kernel32()
    end = job_object.JobObject(lambda: kernel32).take(4321, {"memory_mib": 512.0})
    create, limit, restrict, opened, assign, close = kernel32.calls
    assert create == ("CreateJobObjectW", None, None)
    assert limit[:3] == ("SetInformationJobObject", JOB, 9)
    limits = job_object.ExtendedLimits.from_buffer_copy(limit[3])
    assert limits.BasicLimitInformation.LimitFlags == 0x8 | 0x100 | 0x400 | 0x2000
    assert limits.BasicLimitInformation.ActiveProcessLimit == 1
    assert limits.ProcessMemoryLimit == (job_object.PYTHON_AND_TORCH_MIB + 512) << 20
    assert restrict == ("SetInformationJobObject", JOB, 4, (0xFF).to_bytes(4, "little"))
    assert opened == ("OpenProcess", 0x0100 | 0x0001, False, 4321)
    assert assign == ("AssignProcessToJobObject", JOB, PROCESS)
    assert close == ("CloseHandle", PROCESS)
    end()
    assert kernel32.calls[6:] == [("CloseHandle", JOB)]


def test_job_that_can_not_be_nested_goes_without_ui_restrictions() -> None:
    kernel32 = Kernel32("AssignProcessToJobObject")
    job_object.JobObject(lambda: kernel32).take(4321, {"memory_mib": 512.0})
    assert kernel32.calls[4:] == [
        ("AssignProcessToJobObject", JOB, PROCESS),
        ("SetInformationJobObject", JOB, 4, bytes(4)),
        ("AssignProcessToJobObject", JOB, PROCESS),
        ("CloseHandle", PROCESS),
    ]


@pytest.mark.parametrize(
    ("failing", "closed"),
    [
        (["CreateJobObjectW"], []),
        (["SetInformationJobObject"], [JOB]),
        (["OpenProcess"], [JOB]),
        (["AssignProcessToJobObject"] * 2, [PROCESS, JOB]),
    ],
)
def test_call_that_fails_is_named_and_leaves_no_handle(
    failing: list[str], closed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
    kernel32 = Kernel32(*failing)
    with pytest.raises(OSError, match=rf"^{failing[0]} failed, Windows error 5$"):
        job_object.JobObject(lambda: kernel32).take(4321, {"memory_mib": 512.0})
    assert [handle for name, handle, *_ in kernel32.calls if name == "CloseHandle"] == closed


def test_functions_are_declared_with_handles_of_64_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    library = SimpleNamespace(**{name: SimpleNamespace() for name in job_object.PROTOTYPES})
    given: list[tuple[str, bool]] = []

    def load(name: str, *, use_last_error: bool) -> SimpleNamespace:
        given.append((name, use_last_error))
        return library

    monkeypatch.setattr(ctypes, "WinDLL", load, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert job_object.load_kernel32() is library
    assert given == [("kernel32", True)]
    called = {name for name in vars(job_object.Kernel32) if name[0].isupper()}
    assert called == set(job_object.PROTOTYPES)
    for name in ("CreateJobObjectW", "OpenProcess"):
        assert getattr(library, name).restype is wintypes.HANDLE
    for name in ("SetInformationJobObject", "AssignProcessToJobObject", "CloseHandle"):
        assert getattr(library, name).argtypes[0] is wintypes.HANDLE


@pytest.mark.skipif(sys.platform == "win32", reason="it is there")
def test_there_is_no_job_object_elsewhere() -> None:
    with pytest.raises(OSError, match="this is not Windows"):
        job_object.JobObject().take(4321, {"memory_mib": 512.0})


@pytest.fixture
def with_job(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Kernel32], Workers]]:
    """with_job(kernel32): workers that are a process each, put into jobs of that library."""
    opened: list[Workers] = []

    def spawn(kernel32: Kernel32) -> Workers:
        monkeypatch.setattr(spawner, "_hold", lambda *_: job_object.JobObject(lambda: kernel32))
        opened.append(Workers(workers.mnist_root, fork=False))
        return opened[-1]

    yield spawn
    for each in opened:
        each.close()


class Told:
    """The standard input of a worker, noting each line that is written to it."""

    def __init__(self, stdin: IO[bytes], calls: list[tuple[Any, ...]]) -> None:
        self._stdin = stdin
        self._calls = calls

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None:
        self._stdin.close()

    def write(self, line: bytes) -> None:
        self._calls.append(("told",))
        self._stdin.write(line)


def test_worker_is_in_its_job_before_it_is_told_anything(
    with_job: Callable[[Kernel32], Workers], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel32, popen = Kernel32(), subprocess.Popen

    def noting(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = popen(*arguments, **options)
        assert process.stdin is not None
        process.stdin = Told(process.stdin, kernel32.calls)  # type: ignore[assignment]
        return process

    monkeypatch.setattr(subprocess, "Popen", noting)
    with_job(kernel32).take("hw.py").end()
    found = [name for name in names(kernel32) if name in ("AssignProcessToJobObject", "told")]
    assert found == ["AssignProcessToJobObject", "told"] * 3  # the one that is tried, the one taken, the next one


def test_worker_has_the_limits_of_the_assignment_and_its_job_ends_with_it(
    with_job: Callable[[Kernel32], Workers], assignment: Assignment
) -> None:
    kernel32 = Kernel32()
    spawned = with_job(kernel32)
    assert str(spawned.isolation) == "process: job object"  # a job object keeps nobody from reading or sending
    spawned.prepare(Rules(), assignment.limits)
    tried = len(kernel32.calls)
    jailed = Jailed(spawned, {})
    pid = jailed.worker._process.pid
    assert next(pid for name, *_, pid in kernel32.calls[tried:] if name == "OpenProcess") == pid
    limits = job_object.ExtendedLimits.from_buffer_copy(kernel32.calls[tried + 1][3])
    memory_mib = job_object.PYTHON_AND_TORCH_MIB + assignment.limits.memory_mib
    assert limits.ProcessMemoryLimit == int(memory_mib * (1 << 20))
    before = len(kernel32.calls)
    jailed.worker.end()
    jailed.worker.end()
    assert kernel32.calls[before:] == [("CloseHandle", JOB)]


def test_machine_without_job_objects_grades_without_and_says_why(
    with_job: Callable[[Kernel32], Workers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
    kernel32 = Kernel32(*["AssignProcessToJobObject"] * 2)
    spawned = with_job(kernel32)
    reason = "AssignProcessToJobObject failed, Windows error 5"
    assert str(spawned.isolation) == f"process: no job object here ({reason})"
    tried = len(kernel32.calls)
    jailed = Jailed(spawned, {})
    assert jailed.attempt("result = 'alive'") == "alive"
    jailed.worker.end()
    assert len(kernel32.calls) == tried


def test_worker_that_can_not_be_held_as_was_announced_is_not_started(with_job: Callable[[Kernel32], Workers]) -> None:
    kernel32 = Kernel32()
    spawned = with_job(kernel32)
    assert str(spawned.isolation) == "process: job object"
    kernel32.failing = ["CreateJobObjectW"]
    with pytest.raises(WorkerStartFailed, match="no worker can be started: CreateJobObjectW failed"):
        spawned.take("hw.py")
