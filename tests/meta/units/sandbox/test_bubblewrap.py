"""The namespaces: what can't be opened is not to be seen either. A machine without them gets the jail and says so."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from grader.machine.package import PACKAGE
from grader.processes.workers import Workers
from grader.sandbox import bubblewrap, enter, files
from grader.sandbox.tiers import Tier
from tests.meta.tools.jailed import Jailed
from tests.meta.tools.repository import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")


@pytest.fixture(scope="module")
def in_namespaces(workers: Workers) -> Workers:
    if workers.isolation.tier is not Tier.NAMESPACES:
        pytest.skip(f"no namespaces on this machine: {workers.isolation}")
    return workers


@pytest.fixture
def known(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "hw.py").write_text("the answer")
    return {"other": str(tmp_path), "repository": str(ROOT), "judge": os.getpid(), "home": str(Path.home())}


@pytest.fixture
def inside(in_namespaces: Workers, known: dict[str, Any]) -> Iterator[Jailed]:
    jailed = Jailed(in_namespaces, known)
    yield jailed
    jailed.worker.end()


def test_namespaces_are_had_where_bubblewrap_and_the_jail_work(workers: Workers) -> None:
    tried = ["bwrap", "--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "--proc", "/proc", "true"]
    if shutil.which("bwrap") is None or subprocess.run(tried, capture_output=True).returncode:
        pytest.skip("bubblewrap does not work here")
    if workers.isolation.tier is Tier.PROCESS:
        pytest.skip(f"no jail here: {workers.isolation}")
    assert workers.isolation.tier is Tier.NAMESPACES, workers.isolation


HIDDEN: Final = {
    "another student's folder": "other",
    "another student's file": "other + '/hw.py'",
    "the tests": "repository + '/tests'",
    "the reference": "repository + '/reference'",
    "the settings of the package": "repository + '/pyproject.toml'",
    "users": "'/etc/passwd'",
    "the name of the machine": "'/etc/hostname'",
    "keys": "home + '/.ssh'",
    "history": "home + '/.bash_history'",
    "programs": "'/usr/bin/env'",
    "a shell": "'/bin/sh'",
    "logs": "'/var/log'",
    "sockets of services": "'/run'",
    "devices": "'/sys/class'",
    "a disk": "'/dev/vda'",
    "the judge": "f'/proc/{judge}'",
    "by dots": "'../../../../etc/passwd'",
    "by its own root": "'/proc/self/root/etc/passwd'",
    "by its working folder": "'/proc/self/cwd/../../../etc/passwd'",
}


@pytest.mark.parametrize("path", HIDDEN.values(), ids=HIDDEN.keys())
def test_file_is_not_to_be_seen(inside: Jailed, path: str) -> None:
    assert inside.attempt(f"os.stat({path})") == "ENOENT"


def test_no_process_is_to_be_seen_but_zygote_and_workers(in_namespaces: Workers, inside: Jailed) -> None:
    """The list is closed by the jail: here each number is tried."""
    in_namespaces.settle()  # the workers of tests before this one are gone
    found = inside.attempt("result = [pid for pid in range(1, 40000) if os.path.exists(f'/proc/{pid}')]")
    prepared = in_namespaces._next
    assert prepared is not None
    in_namespaces.settle()
    own, following = inside.worker.started.process, prepared.started.process
    assert own.inner_pid in found  # type: ignore[attr-defined]
    assert set(found) <= {1, own.inner_pid, following.inner_pid}  # type: ignore[attr-defined]


def test_nothing_but_scratch_can_be_written_even_without_the_jail(in_namespaces: Workers, tmp_path: Path) -> None:
    seen = files.readable(in_namespaces.data.values())
    script = """
import errno, os, sys
for path in ("/new", "/tmp/new", os.__file__, sys.argv[1] + "/new", "mine"):
    try:
        open(path, "a").close()
        print("done")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""
    command = [*bubblewrap.command(seen, tmp_path, []), sys.executable, "-c", script, str(in_namespaces.data["mnist"])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    *refused, mine = done.stdout.split()
    assert (len(refused), mine) == (4, "done")
    assert {*refused} <= {"EROFS", "EACCES"}  # Python's own files may be another user's: refused in any case
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_suites_of_an_installed_package_are_not_to_be_seen(
    in_namespaces: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, scratch = tmp_path / "grader", tmp_path / "scratch"
    for folder in (package / "worker", package / "assignments/hw3", scratch):
        folder.mkdir(parents=True)
    monkeypatch.setattr(bubblewrap, "PACKAGE", package)
    seen = files.readable(in_namespaces.data.values())
    command = bubblewrap.command(seen, scratch, [package / "assignments", tmp_path / "elsewhere"])
    script = "import os, sys; print(sorted(os.listdir(sys.argv[1])), os.listdir(sys.argv[1] + '/assignments'))"
    done = subprocess.run([*command, sys.executable, "-c", script, str(package)], capture_output=True, text=True)
    assert done.stdout == "['assignments', 'worker'] []\n", done


def test_links_stay_links(tmp_path: Path) -> None:
    """Bound as a folder of its own, lib64 of a venv showed the grader's files by a name that the jail left open."""
    venv = tmp_path / "venv"
    for folder in ("lib/site-packages", "real/python", "scratch", "elsewhere"):
        (venv / folder).mkdir(parents=True)
    (venv / "lib/site-packages/a.py").touch()
    (venv / "lib64").symlink_to("lib")
    (venv / "python").symlink_to("real/../outer")
    (venv / "outer").symlink_to(venv / "real")
    (venv / "ring").symlink_to("ring")
    (venv / "tmp").symlink_to("scratch")
    names = ["lib64", "lib", "lib64/site-packages", "python/python", "ring", "missing"]
    command = bubblewrap.command([venv / name for name in names], venv / "tmp", [venv / "lib64" / "site-packages"])
    bound = [command[i + 2] for i, word in enumerate(command) if word == "--ro-bind"]
    assert sorted(path for path in bound if path.startswith(str(venv))) == [f"{venv}/lib", f"{venv}/real/python"]
    links = {command[i + 2]: command[i + 1] for i, word in enumerate(command) if word == "--symlink"}
    assert {path.removeprefix(f"{venv}/"): to for path, to in links.items() if path.startswith(str(venv))} == {
        "lib64": "lib",
        "python": "real/../outer",
        "outer": str(venv / "real"),
        "ring": "ring",
        "tmp": "scratch",
    }
    assert command[command.index("--bind") + 1 :][:2] == [f"{venv}/scratch"] * 2
    assert command[command.index("--tmpfs") + 1] == f"{venv}/lib/site-packages"


def test_ordinary_venv_has_the_best_tier_and_hides_the_grader(in_namespaces: Workers, tmp_path: Path) -> None:
    """`python -m venv` makes lib64 -> lib, with the grader in it as any other package."""
    venv.create(tmp_path / "venv", symlinks=True)
    assert (tmp_path / "venv" / "lib64").is_symlink() or sys.maxsize < 2**32
    packages = next((tmp_path / "venv" / "lib").glob("python3*/site-packages"))
    shutil.copytree(PACKAGE, packages / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    others = [entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    (packages / "others.pth").write_text("\n".join(others))  # torch alone is 5 GB
    script = """
import sys
from pathlib import Path
import grader
from grader.processes.workers import Workers
from tests.meta.tools.jailed import Jailed
assert Path(grader.__file__).is_relative_to(sys.prefix)
workers = Workers({"mnist": Path(sys.argv[1])})
print(workers.isolation.tier)
jailed = Jailed(workers, {"grader": str(Path(grader.__file__).parent)})
for lib in ("lib", "lib64"):
    print(jailed.attempt(f"result = open(grader.replace('/lib/', '/{lib}/') + '/cli.py').read()[:20]"))
workers.close()
"""
    (tmp_path / "run.py").write_text(f"import sys; sys.path.append({str(ROOT)!r})\n{script}")
    python = tmp_path / "venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-P", tmp_path / "run.py", in_namespaces.data["mnist"]], capture_output=True, text=True
    )
    assert done.stdout.split() == ["namespaces", "EACCES", "EACCES"], done


def test_machine_has_no_name(inside: Jailed) -> None:
    assert inside.attempt("result = os.uname().nodename") == "worker"


def test_judge_knows_the_worker_by_its_own_number(in_namespaces: Workers, inside: Jailed) -> None:
    in_namespaces.settle()
    process = inside.worker.started.process
    status = Path(f"/proc/{process.pid}/status").read_text()
    numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
    assert (numbers[0], numbers[-1]) == (str(process.pid), str(process.inner_pid))  # type: ignore[attr-defined]


def test_worker_of_root_s_has_a_user_id_and_no_capability(inside: Jailed) -> None:
    if os.geteuid() != 0:
        pytest.skip("an ordinary user has one id and nothing to give up")
    status = Path(f"/proc/{inside.worker.started.process.pid}/status").read_text()
    capabilities = [line.split() for line in status.splitlines() if line.startswith("Cap")]
    assert len(capabilities) == 5
    assert all(int(found, 16) == 0 for _, found in capabilities)
    assert inside.attempt("result = os.getresuid()[0]") >= enter.FIRST_USER_ID


@pytest.mark.usefixtures("in_namespaces")
def test_all_end_with_a_judge_that_is_killed(tmp_path: Path, workers: Workers) -> None:
    script = """
import json, os, sys
from pathlib import Path
from grader.processes.workers import Workers
from grader.sandbox import linux
workers = Workers({"mnist": Path(sys.argv[1])})
worker = workers.take("hw.py")
workers.settle()
first = workers._start._process.pid
pids = [first, *linux.children(first), worker.started.process.pid, workers._next.started.process.pid]
print(json.dumps(pids), flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(workers.data["mnist"])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as judge:
        assert judge.stdout is not None
        pids = json.loads(judge.stdout.readline())
        assert len(set(pids)) == 4
        with contextlib.ExitStack() as stack:
            watched = [os.pidfd_open(pid) for pid in pids]
            for descriptor in watched:
                stack.callback(os.close, descriptor)
            judge.send_signal(signal.SIGKILL)
            for descriptor in watched:
                assert select.select([descriptor], [], [], 60.0)[0]


# --- where there are none ---------------------------------------------------------------------------------------------


def isolation_with(bwrap: str | None, folder: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> str:
    """What holds the workers where that script is all of bubblewrap."""
    if bwrap is not None:
        (folder / "bwrap").write_text(f"#!/bin/sh\n{bwrap}\n")
        (folder / "bwrap").chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin" if bwrap is not None else str(folder))
    with contextlib.closing(Workers(workers.data)) as opened:
        opened.take("hw.py").end()
        return str(opened.isolation)


def without_namespaces(workers: Workers) -> str:
    if workers.isolation.tier is Tier.PROCESS:
        pytest.skip(f"no jail on this machine: {workers.isolation}")
    return str(workers.isolation).replace("namespaces: bubblewrap, ", "jail: ").partition(";")[0]


FAILURES: Final = {
    None: "no namespaces here (bubblewrap is not installed)",
    "echo 'bwrap: No permissions to create new namespace' >&2; exit 1": "no namespaces here (bwrap: No permissions to "
    "create new namespace)",
    "exit 0": "no namespaces here (bubblewrap did not start Python)",
    # Comes up, and is less: no file can be written in it. The jail without bubblewrap is the better tier.
    'while [ "$1" != -- ]; do shift; done; shift; ulimit -f 0; exec "$@"': "no namespaces here (no jail here (OSError: "
    "[Errno 27] File too large))",
    'while [ "$1" != -- ]; do shift; done; shift; exec "$@"': "bubblewrap leaves mnt, pid, net, ipc, uts",
}


@pytest.mark.parametrize(("bwrap", "reason"), FAILURES.items())
def test_machine_without_namespaces_gets_the_jail_and_says_why(
    bwrap: str | None, reason: str, tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isolation_with(bwrap, tmp_path, workers, monkeypatch) == f"{without_namespaces(workers)}; {reason}"
