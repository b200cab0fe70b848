"""The command: what `--help` and `--version` say, and that neither they nor a wrong call wait for torch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader import __version__
from grader.options import DEFAULT_PAGE, with_default_page
from tests.meta.tools.command import grade

IMPORTS_TORCH = """
import sys
from grader.cli import main
try:
    main()
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""


def test_help_names_the_options_and_exit_statuses() -> None:
    done = grade("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    for option in (
        "--only",
        "--json",
        "--seed",
        "--effort",
        "--pass-at",
        "--assignment",
        "--all",
        "--verbose",
        "--version",
    ):
        assert option in done.stdout
    assert "Exit status: 0 full marks" in done.stdout


def test_version_is_the_packages() -> None:
    done = grade("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"grade {__version__}\n", "")


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("not/there.py",)])
def test_torch_is_not_imported_where_nothing_is_graded(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS_TORCH, *arguments], capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("hw3.py --html", "hw3.py --html=P"),
        ("--html hw3.py", "--html=P hw3.py"),
        ("--html .", "--html=P ."),
        ("--html --only SGD hw3.py", "--html=P --only SGD hw3.py"),
        ("--html -- hw3.py", "--html=P -- hw3.py"),
        ("--html page hw3.py", "--html page hw3.py"),
        ("--html - hw3.py", "--html - hw3.py"),
        ("--html=x hw3.py", "--html=x hw3.py"),
        ("-- --html", "-- --html"),
    ],
)
def test_html_alone_has_a_default(given: str, meant: str) -> None:
    assert with_default_page(given.split()) == meant.replace("P", DEFAULT_PAGE).split()


NO_WORKERS = """
import sys
from grader.processes import workers
def refuse(*_):
    raise AssertionError("a worker was started")
workers.open_workers = refuse
from grader.cli import main
main()
"""


def without_workers(*arguments: object, **variables: str) -> tuple[int, str]:
    """The status and what was said, of a call that ends with 3 where it starts a worker."""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
    command = [sys.executable, "-c", NO_WORKERS, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=kept | variables)
    return done.returncode, done.stderr


def test_what_needs_no_worker_starts_none(tmp_path: Path) -> None:
    (tmp_path / "hw3.py").write_text("x = 1")
    (tmp_path / "empty").mkdir()
    assert without_workers(tmp_path / "hw3.py")[0] == 3
    assert without_workers("--version")[0] == without_workers("--schema")[0] == without_workers("--help")[0] == 0
    for wrong in (
        "empty",
        "hw4.py",
        "hw3.py --only Lineer",
        "hw3.py --csv no/x",
        "hw3.py --seed x",
        "hw3.py --submit mugrade",
    ):
        name, *options = wrong.split()
        status, told = without_workers(tmp_path / name, *options, MUGRADE_KEY="")
        assert (status, "a worker was started" in told) == (2, False), wrong


@pytest.mark.parametrize(
    ("options", "variables", "is_followed"),
    [
        ([], {}, True),
        (["--require-isolation", "process"], {"CI": "false"}, True),
        (["--require-isolation", "jail"], {}, False),
        (["--gradescope", "results.json"], {}, False),
        ([], {"CI": "true"}, False),
        ([], {"GITHUB_ACTIONS": "true"}, False),
    ],
)
def test_own_link_is_followed_at_home_and_refused_on_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], variables: dict[str, str], is_followed: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solution.py").write_text("x = 1")
    (tmp_path / "hw3.py").symlink_to("solution.py")
    status, told = without_workers("hw3.py", *options, **variables)
    assert (status, "solution.py is graded" in told) == ((3, True) if is_followed else (2, False))
    assert ("hw3.py is a link; pass the file" in told) is not is_followed
