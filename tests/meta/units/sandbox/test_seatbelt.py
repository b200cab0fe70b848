"""Seatbelt, as far as it can be tried elsewhere: see docs/security.md for what was not.

A model of its language (tests/meta/fakes/sbpl.py) reads the profile, and locks a worker in by it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from grader.assignment import Assignment
from grader.errors import IsolationMissing
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.sandbox import seatbelt
from grader.sandbox.tiers import Tier
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.fakes import sbpl
from tests.meta.tools.jailed import Jailed
from tests.meta.tools.repository import ROOT

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp stand in for Seatbelt")
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
    program, option, profile = seatbelt.Seatbelt(workers.data.values(), [], real).command(
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
    assert sbpl.allows(profile, "file-read-data", str(workers.data["mnist"]))


@pytest.fixture
def spawned_by(tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Workers]]:
    """spawned_by(script): workers that are a process each, started by a sandbox-exec that is this shell script."""
    opened: list[Workers] = []

    def spawn(script: str) -> Workers:
        program = tmp_path / "sandbox-exec"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        monkeypatch.setattr(seatbelt, "PROGRAM", program)
        opened.append(Workers(workers.data, fork=False))
        return opened[-1]

    yield spawn
    for each in opened:
        each.close()


MODEL: Final = (
    f"cd '{ROOT}' && exec '{sys.executable}' -P -c 'import sys; sys.path.insert(0, \".\"); import runpy; "
    + ('runpy.run_module("tests.meta.fakes.sbpl", run_name="__main__")\' "$@"')
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
    with closing(Workers(workers.data, fork=False)) as spawned:
        assert str(spawned.isolation) == "process: no jail here (there is no /no/sandbox-exec)"


def test_process_tier_can_be_asked_for(workers: Workers) -> None:
    with closing(Workers(workers.data, fork=False, tier=Tier.PROCESS)) as spawned:
        assert str(spawned.isolation) == "process"
