"""pytest on a suite as its users know it: -x, -k, marks, --pdb, skip, xfail, tracebacks, helpers; there is no -n."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.judge import grading
from grader.processes.workers import Workers
from tests.meta.tools.command import Done, Run
from tests.meta.tools.traps import SUITE, line_of, two_questions

WRONG = "def double(x):\n    return x\ndef Add(a, b):\n    return a\n"
Pytest = Callable[..., Done]


@pytest.fixture
def call(workers: Workers, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Pytest:
    """pytest as it is called by hand, in this process, with workers that are there already."""
    monkeypatch.setattr(grading, "open_workers", lambda _: contextlib.nullcontext(workers))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def run(*arguments: object) -> Done:
        capfd.readouterr()
        options = ["-c/dev/null", "-pno:cacheprovider", "-pno:faulthandler"]
        status = pytest.main([*options, *map(str, arguments)])
        captured = capfd.readouterr()
        for name in set(sys.modules) - before:  # of another test's suite
            if str(getattr(sys.modules[name], "__file__", "")).startswith("/tmp"):
                del sys.modules[name]
        return Done(int(status), captured.out, captured.err)

    return run


def wrong(folder: Path) -> Path:
    (folder / "wrong.py").write_text(WRONG)
    return folder / "wrong.py"


def marked(mark: str, name: str = "test_double") -> str:
    """The suite with a mark on that check."""
    check = '@check("double")' if name == "test_double" else '@check("Add")'
    return SUITE.replace(check, f"{mark}\n{check}")


def test_first_failure_ends_the_session_with_x(call: Pytest, tmp_path: Path) -> None:
    folder = two_questions(tmp_path)
    done = call(folder, "--submission", wrong(tmp_path), "-x", "-v")
    assert done.returncode == 1
    assert "test_double FAILED" in done.stdout
    assert "test_add" not in done.stdout
    assert "stopping after 1 failures" in done.stdout


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (("-k", "Add"), {"test_add"}),
        (("-k", "double"), {"test_double"}),
        (("-k", "Add or double"), {"test_add", "test_double"}),
        (("-m", "slow"), {"test_add"}),
        (("-m", "not slow"), {"test_double"}),
    ],
)
def test_checks_are_chosen_by_question_and_mark(
    call: Pytest, tmp_path: Path, options: tuple[str, str], kept: set[str]
) -> None:
    folder = two_questions(tmp_path, suite=marked("@pytest.mark.slow", "test_add").replace("test_add", "test_plus"))
    (folder / "assignment.toml").write_text((folder / "assignment.toml").read_text().replace("test_add", "test_plus"))
    done = call(folder, *options, "-v")
    assert {name for name in ("test_plus", "test_double") if f"{name} PASSED" in done.stdout} == {
        name.replace("add", "plus") for name in kept
    }


def test_failure_has_the_traceback_of_the_check_and_what_the_student_is_told(call: Pytest, tmp_path: Path) -> None:
    folder = two_questions(tmp_path)
    done = call(folder, "--submission", wrong(tmp_path), "-k", "Add", "--tb=short")
    assert f"test_toy.py:{line_of(SUITE, 'submission.Add(')}: in test_add" in done.stdout
    assert "expect.equal(submission.Add(1, 2), 3)" in done.stdout
    assert "grader/suite" not in done.stdout
    assert "failed: Add(1, 2) is 1, expected 3" in done.stdout


BROKEN = SUITE.replace("2 * n)", "helped(n))") + "\ndef helped(n):\n    return torch.ones(n) @ torch.ones(n + 1)\n"


def test_broken_check_names_the_authors_line_and_the_example_and_has_a_traceback(
    call: Pytest, run: Run, tmp_path: Path
) -> None:
    folder = two_questions(tmp_path, suite=BROKEN)
    line = line_of(BROKEN, "return torch.ones(n)")
    by_hand = call(folder, "-k", "double", "--tb=short")
    assert f"test_toy.py:{line}: in helped" in by_hand.stdout
    assert f"test_toy.py:{line_of(BROKEN, 'helped(n))')}: in test_double" in by_hand.stdout
    graded = run(tmp_path / "hw.py", "--assignment", folder)
    assert graded.returncode == 3
    told = " ".join(graded.stdout.split())
    assert f"(test_toy.py, line {line}, in helped: return torch.ones(n) @ torch.ones(n + 1))" in told
    assert "the example: n = 1" in told


def test_debugger_stands_in_the_check(call: Pytest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = two_questions(tmp_path)
    (tmp_path / "recording_pdb.py").write_text(
        "import bdb, pathlib, pdb, sys\n"
        "class Recording(pdb.Pdb):\n"
        "    def interaction(self, frame, found):\n"
        "        found = getattr(found, '__traceback__', found)\n"
        "        while found.tb_next: found = found.tb_next\n"
        "        code = found.tb_frame.f_code\n"
        "        pathlib.Path(__file__).with_name('stood').open('a').write(f'{code.co_name} {found.tb_lineno}\\n')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    call(folder, "--submission", wrong(tmp_path), "--pdb", "--pdbcls=recording_pdb:Recording")
    stood = (tmp_path / "stood").read_text().splitlines()
    wanted = [f"test_double {line_of(SUITE, 'submission.double(')}", f"test_add {line_of(SUITE, 'submission.Add(')}"]
    assert [*dict.fromkeys(stood)] == wanted


EXPECTED = "    expect.equal(submission.double(n), 2 * n)\n"


def in_the_check(code: str) -> str:
    """The suite with other code in its first check."""
    assert SUITE.count(EXPECTED) == 1
    return SUITE.replace(EXPECTED, f"    {code}\n")


LEFT_OUT = {
    "skip": marked("@pytest.mark.skip(reason='later')"),
    "skipif": marked("@pytest.mark.skipif(True, reason='later')"),
    "skip in the check": in_the_check("pytest.skip('later')"),
    "xfail": marked("@pytest.mark.xfail(reason='later')").replace("2 * n)", "3 * n)"),
    "xfail in the check": in_the_check("pytest.xfail('later')"),
}


@pytest.mark.parametrize("how", LEFT_OUT)
def test_check_that_is_left_out_costs_nobody_points(run: Run, call: Pytest, tmp_path: Path, how: str) -> None:
    folder = two_questions(tmp_path, suite=LEFT_OUT[how])
    for path, score, status in ((tmp_path / "hw.py", "3 / 3", 0), (wrong(tmp_path), "0 / 3", 1)):
        done = run(path, "--assignment", folder, "--quiet")
        assert (done.returncode, done.stdout) == (status, f"{path.name}: {score}\n"), done.stderr
    by_hand = call(folder, "-rsx")
    assert f"1 passed, 1 {'xfailed' if 'xfail' in how else 'skipped'}" in by_hand.stdout
    assert "later" in by_hand.stdout
    assert by_hand.returncode == 0


def test_file_that_is_skipped_as_a_whole_costs_nobody_points(run: Run, tmp_path: Path) -> None:
    head, double, add = SUITE.partition('@check("Add")')
    folder = two_questions(tmp_path, suite=head)
    skipped = "import pytest\npytest.importorskip('no_such_library')\nfrom grader.suite import check, expect\n"
    (folder / "test_add.py").write_text(f"{skipped}{double}{add}")
    done = run(tmp_path / "hw.py", "--assignment", folder)
    assert done.returncode == 0, done.stderr
    assert "4 / 4" in done.stdout


@pytest.mark.parametrize(("strict", "status", "score"), [(False, 0, "7 / 7"), (True, 3, "3 / 3")])
def test_check_that_passes_though_it_was_to_fail(
    run: Run, tmp_path: Path, strict: bool, status: int, score: str
) -> None:
    folder = two_questions(tmp_path, suite=marked(f"@pytest.mark.xfail(reason='later', strict={strict})"))
    done = run(tmp_path / "hw.py", "--assignment", folder, "--quiet")
    assert done.returncode == status
    assert score in done.stdout


def test_fail_of_pytest_is_a_failure_of_the_submission(run: Run, tmp_path: Path) -> None:
    folder = two_questions(tmp_path, suite=in_the_check("pytest.fail('no')"))
    done = run(tmp_path / "hw.py", "--assignment", folder)
    assert done.returncode == 1
    assert "no" in done.stdout


LOOPS = {
    "in the check": in_the_check("while True: pass"),
    "that catches all": in_the_check("while True:\n        try: n += 1\n        except Exception: pass"),
    "in a function for values": in_the_check("expect.holds(loop, submission.double(n))")
    + "\ndef loop(x):\n    while True: pass\n",
}


@pytest.mark.parametrize("where", LOOPS)
def test_loop_in_a_check_ends_at_its_limit_and_costs_nobody_points(run: Run, tmp_path: Path, where: str) -> None:
    folder = two_questions(tmp_path, suite=LOOPS[where])
    table = (folder / "assignment.toml").read_text().replace("limit_s = 2", "limit_s = 0.2")
    (folder / "assignment.toml").write_text(table)
    done = run(tmp_path / "hw.py", "--assignment", folder)
    assert done.returncode == 3, done.stdout
    told = " ".join(done.stdout.split())
    assert "a loop of the check's own did not end" in told
    assert "(test_toy.py, line " in told
    assert "Add 3/3" in told


def test_many_processes_are_refused_in_a_word(call: Pytest, tmp_path: Path) -> None:
    folder = two_questions(tmp_path)
    pytest.importorskip("xdist")
    done = call(folder, "-n2")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "leave out -n" in done.stderr


@pytest.mark.parametrize("importer", ["test_toy.py", "conftest.py"])
@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_helper_is_imported_by_its_name_by_both(
    run: Run, call: Pytest, tmp_path: Path, importer: str, mode: str
) -> None:
    folder = two_questions(tmp_path)
    (folder / "helper.py").write_text("TWICE = 2\n")
    text = (folder / importer).read_text() if (folder / importer).exists() else ""
    (folder / importer).write_text(f"from helper import TWICE\n{text.replace('2 * n', 'TWICE * n')}")
    assert run(tmp_path / "hw.py", "--assignment", folder).returncode == 0
    done = call(folder, f"--import-mode={mode}")
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout + done.stderr
