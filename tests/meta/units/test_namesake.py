"""Another package that imports as `grader`, too, is told before anything else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.namesake import NamesakeInstalled, refuse_namesake

METADATA = "Metadata-Version: 2.1\nName: grader\nVersion: 1.2\n"


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """A folder in which the other package is installed."""
    (tmp_path / "grader-1.2.dist-info").mkdir()
    (tmp_path / "grader-1.2.dist-info" / "METADATA").write_text(METADATA)
    return tmp_path


def test_nothing_is_said_without_it() -> None:
    refuse_namesake()


def test_it_is_named_with_the_way_out(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(libraries)
    with pytest.raises(NamesakeInstalled, match=r"named grader \(1.2\).*pip uninstall grader"):
        refuse_namesake()


@pytest.mark.parametrize("command", ["grader.cli", "grader.gradebook.cli"])
def test_commands_tell_it_in_a_line(command: str, libraries: Path) -> None:
    call = f"import sys; sys.path.insert(0, {str(libraries)!r}); from {command} import main; main()"
    wanted = ["hw3.py"] if command == "grader.cli" else ["gradescope"]
    done = subprocess.run([sys.executable, "-c", call, *wanted], capture_output=True, text=True, cwd=libraries)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip uninstall grader" in done.stderr
