"""Landlock: what the ruleset lists may be done below a folder, and nothing else; then real attacks in a real worker."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest

from grader.sandbox import landlock, linux
from tests.meta.tools.jailed import REFUSED, Jailed
from tests.meta.tools.repository import ROOT
from tests.meta.tools.threads import in_a_thread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock is for Linux")


@pytest.fixture(scope="module")
def abi() -> int:
    try:
        return landlock.abi()
    except OSError as error:
        pytest.skip(f"no Landlock on this machine: {error}")


def errors_of(actions: Iterable[str], rules: Iterable[tuple[Path, int]], abi: int) -> list[str]:
    """How each action ends in a thread that is held to the rules: "done", or the name of its error."""

    def run() -> list[str]:
        linux.set_no_new_privileges()
        ruleset = landlock.ruleset(((str(path), access & landlock.handled(abi)) for path, access in rules), abi)
        landlock.enter(ruleset)
        os.close(ruleset)
        return [error_of(action) for action in actions]

    return in_a_thread(run)


def error_of(action: str) -> str:
    try:
        exec(action, {"os": os})
    except OSError as error:
        return type(error).__name__
    return "done"


def test_thread_reads_and_writes_what_its_ruleset_lists_and_nothing_else(tmp_path: Path, abi: int) -> None:
    for name in ("open", "shown", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("text")
    actions = [
        action.format(tmp_path / name)
        for name in ("open", "shown", "closed")
        for action in ("open('{}/file').read()", "os.listdir('{}')", "open('{}/new', 'w')", "os.unlink('{}/file')")
    ]
    rules = [(tmp_path / "open", landlock.READ_AND_WRITE), (tmp_path / "shown", landlock.READ)]
    allowed, refused = ["done"], ["PermissionError"]
    assert errors_of(actions, rules, abi) == 4 * allowed + 2 * allowed + 2 * refused + 4 * refused
    assert (tmp_path / "closed" / "file").read_text() == "text"  # other threads are not held


def test_rule_of_a_file_opens_that_file_alone(tmp_path: Path, abi: int) -> None:
    for name in ("one", "other"):
        (tmp_path / name).touch()
    rules = [(tmp_path / "one", landlock.Access.READ_FILE)]
    actions = [f"open('{tmp_path}/{name}')" for name in ("one", "other")]
    assert errors_of(actions, rules, abi) == ["done", "PermissionError"]


def test_rule_of_a_path_that_is_not_there_is_passed_over(tmp_path: Path, abi: int) -> None:
    (tmp_path / "file").touch()
    rules = [
        (tmp_path / "gone", landlock.READ),
        (tmp_path / "file" / "below", landlock.READ),
        (tmp_path, landlock.READ),
    ]
    assert errors_of([f"open('{tmp_path}/file')"], rules, abi) == ["done"]


def test_making_a_ruleset_leaves_no_descriptor_but_its_own(tmp_path: Path, abi: int) -> None:
    before = set(os.listdir("/proc/self/fd"))
    ruleset = landlock.ruleset([(str(tmp_path), landlock.READ)], abi)
    os.close(ruleset)
    assert set(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize(
    ("version", "right"),
    [
        (2, landlock.Access.REFER),
        (3, landlock.Access.TRUNCATE),
        (5, landlock.Access.IOCTL_DEV),
        (9, landlock.Access.RESOLVE_UNIX),
    ],
)
def test_right_is_handled_from_the_version_on_that_knows_it(version: int, right: landlock.Access) -> None:
    assert not landlock.handled(version - 1) & right
    assert landlock.handled(version) == landlock.handled(version - 1) | right


READING: Final = {
    "a file of another student": "open(other + '/hw.py').read()",
    "the folder of another student": "os.listdir(other)",
    "the reference": "open(repository + '/reference/hw3.py').read()",
    "the tests": "open(repository + '/tests/hw3/test_linear.py').read()",
    "the tests' folder": "os.listdir(repository + '/tests/hw3')",
    "the grader's source": "open(repository + '/grader/suite/oracles.py').read()",
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


def test_link_into_scratch_leads_nowhere(jailed: Jailed) -> None:
    scratch = Path(jailed.attempt("result = os.getcwd()"))
    (scratch / "link").symlink_to("/etc/passwd")
    assert jailed.attempt("open('link').read()") in {"EACCES", "ENOENT"}  # or not even there: see test_scratch.py


def test_scratch_of_the_next_worker_is_closed(jailed: Jailed, fresh: Jailed) -> None:
    theirs = fresh.attempt("open('mine', 'w').write('secret'); result = os.path.abspath('mine')")
    assert fresh.attempt("result = open(theirs).read()", theirs=theirs) == "secret"
    assert jailed.attempt("open(theirs).read()", theirs=theirs) in {"EACCES", "ENOENT"}
