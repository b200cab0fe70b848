"""The command: what `--help` and `--version` say, and that neither they nor a wrong call wait for torch."""

import subprocess
import sys

import pytest

from grader import __version__
from grader.cli import DEFAULT_PAGE, with_default_page
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
