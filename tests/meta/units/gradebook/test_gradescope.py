"""autograder.zip, rehearsed as Gradescope uses it: unpacked, set up once, run for a submission.

The layout is that of /autograder, in a temporary folder. Only the network is missing: apt-get is a script that does
nothing, and pip finds what it is asked for in the installation that runs the tests. What a run takes of a small
container is measured by `nox -s memory`: docs/formats.md has the figures.
"""

import importlib.metadata
import json
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from benchmarks.memory import exported
from grader.assignment import load_assignment
from grader.gradebook import gradescope
from grader.gradebook.cli import app
from grader.sandbox import environment
from tests.meta.fakes.gradescope import RESULTS
from tests.meta.tools.repository import ROOT
from tests.meta.tools.toy import RIGHT, TOY_SUITE, TOY_TABLE, WRONG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Gradescope runs Linux")

NO_APT = '#!/bin/sh\necho "$@" >> "$APT_LOG"\n'
# Makes an environment that sees the installed libraries, but not the grader that is tested.
PYTHON = """#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
  {python} -m venv --without-pip "$3" || exit 1
  printf '%s\\n' {libraries} > "$3/lib/{version}/site-packages/installed.pth"
else
  exec {python} "$@"
fi
"""


def libraries() -> list[str]:
    return [entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]


@dataclass(frozen=True)
class Autograder:
    """A folder laid out as /autograder, and the environment of its scripts."""

    root: Path
    environment: dict[str, str]

    def call(self, script: Path) -> subprocess.CompletedProcess[str]:
        """Run a script as Gradescope does: by itself, as root or not, from another folder."""
        return subprocess.run(
            [script], cwd=self.root.parent, env=self.environment, capture_output=True, text=True, timeout=300
        )

    def submit(self, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Put these files into the submission's folder and run."""
        shutil.rmtree(self.root / "submission", ignore_errors=True)
        for name, text in files.items():
            path = self.root / "submission" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.root / "submission").mkdir(exist_ok=True)
        return self.call(self.root / "run_autograder")

    @property
    def results(self) -> Path:
        """Where Gradescope looks."""
        return self.root / "results" / "results.json"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assignments") / "toy"
    folder.mkdir()
    (folder / "assignment.toml").write_text(TOY_TABLE)
    (folder / "test_of_package.py").write_text(TOY_SUITE)
    (folder / ".secret").write_text("not for the archive")
    return folder


@pytest.fixture(scope="module")
def autograder(tmp_path_factory: pytest.TempPathFactory, toy: Path) -> Autograder:
    """Unpacked and set up."""
    folder = tmp_path_factory.mktemp("gradescope")
    root, tools = folder / "autograder", folder / "tools"
    (root / "source").mkdir(parents=True)
    tools.mkdir()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    listed = " ".join(f"'{path}'" for path in libraries())
    python = PYTHON.format(python=f"'{sys.executable}'", libraries=listed, version=version)
    for name, text in (("apt-get", NO_APT), ("python3", python)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    environment = {
        "PATH": f"{tools}:/usr/bin:/bin",
        "HOME": str(folder),
        "APT_LOG": str(folder / "apt.log"),
        "PIP_NO_INDEX": "1",
        "PIP_BREAK_SYSTEM_PACKAGES": "1",
        "LANG": "C.UTF-8",
    }
    _unpack(write(toy, folder / "autograder.zip"), root / "source")
    _pin_what_is_installed(root / "source" / "package" / "grader" / "constraints.txt")
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    made = Autograder(root, environment)
    done = made.call(root / "source" / "setup.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "python3-venv" in (folder / "apt.log").read_text()
    return made


def write(toy: Path, target: Path, *options: str) -> Path:
    called = CliRunner().invoke(app, ["gradescope", "-o", str(target), "--assignment", str(toy), *options])
    assert called.exit_code == 0, called.output
    assert str(target) in called.output
    return target


def _pin_what_is_installed(constraints: Path) -> None:
    """pip finds no other versions here: `nox -s newest` has newer ones."""
    pinned = [line.partition("==")[0] for line in constraints.read_text().splitlines() if "==" in line]
    assert "torch" in pinned
    constraints.write_text("".join(f"{name}=={importlib.metadata.version(name)}\n" for name in pinned))


def _unpack(archive: Path, folder: Path) -> None:
    """As unzip does: with the modes."""
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            opened.extract(entry, folder)
            (folder / entry.filename).chmod(entry.external_attr >> 16 & 0o777)


def test_archive_has_scripts_at_its_root_that_a_unix_shell_can_run(toy: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(write(toy, tmp_path / "a.zip")) as archive:
        for name in ("setup.sh", "run_autograder"):
            data = archive.read(name)
            assert data.startswith(b"#!/usr/bin/env bash\n")
            assert b"\r" not in data
            assert b"@" not in data.replace(b'"$@"', b"")
            assert archive.getinfo(name).external_attr >> 16 == 0o100755
        names = archive.namelist()
        assert b"timeout --signal=TERM --kill-after=45 540 " in archive.read("run_autograder")
        assert b"torch>=" in archive.read("requirements.txt")
    assert "package/grader/assignments/toy/assignment.toml" in names
    assert [name for name in names if "__pycache__" in name or "/." in name or "reference" in name] == []
    assert len(set(names)) == len(names)


def test_scripts_install_the_tested_versions_and_grade_as_was_asked_for(toy: Path, tmp_path: Path) -> None:
    options = ("--entry", "it's mine.py", "--seed", "7", "--effort", "quick", "--require-isolation", "namespaces")
    with zipfile.ZipFile(write(toy, tmp_path / "a.zip", *options)) as archive:
        run, setup = (archive.read(name).decode() for name in ("run_autograder", "setup.sh"))
        assert archive.read("package/grader/constraints.txt") == (ROOT / "grader" / "constraints.txt").read_bytes()
    (line,) = [line for line in run.splitlines() if "--gradescope" in line]
    words = shlex.split(line.split("2>")[0])
    assert words[2:-2] == ["--require-isolation=namespaces", "--seed=7", "--effort=quick", "--entry=it's mine.py"]
    assert words[-2] == "--"
    installs = [line for line in setup.replace("\\\n", "").splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert all('--constraint "$tested"' in line for line in installs)
    assert "python3 python3-venv bubblewrap\n" in setup


def test_memory_is_measured_with_the_settings_of_the_script() -> None:
    assert exported() == {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1000000", "OMP_NUM_THREADS": "1"}


def test_workers_keep_as_little_as_the_script_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted = {name: value for name, value in exported().items() if name.startswith("MALLOC_")}
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    assert len(wanted) == 2
    assert wanted.items() <= environment.worker_environment(tmp_path).items()


def test_scripts_of_a_checkout_on_windows_get_unix_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gradescope_files"
    shutil.copytree(Path(gradescope.__file__).parent / "gradescope_files", folder)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.setattr(gradescope, "__file__", str(tmp_path / "gradescope.py"))
    assert b"\r" not in gradescope._script("setup.sh") + gradescope._script("run_autograder")


def test_archive_of_the_same_is_the_same(toy: Path) -> None:
    assignment, settings = load_assignment(toy), gradescope.AutograderOptions()
    assert gradescope.archive(assignment, settings) == gradescope.archive(assignment, settings)


def test_submission_is_graded_in_gradescopes_layout(autograder: Autograder) -> None:
    """What else the student hands in, a `grader` package or a pytest.ini, takes no part."""
    extra = {"grader/__init__.py": "raise RuntimeError", "pytest.ini": "[pytest]\naddopts = --no-such-option\n"}
    done = autograder.submit({"solution.py": WRONG, **extra})
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(autograder.results.read_text())
    jsonschema.validate(results, RESULTS)
    (test,) = results["tests"]
    assert (results["score"], test["max_score"], test["status"]) == (0.0, 4.0, "failed")
    assert test["output"].startswith("double(21) is 21, expected 42")
    assert "0 / 4" in done.stdout
    assert [path.name for path in (autograder.root / "results").iterdir()] == ["results.json"]


def test_form_that_is_filled_in_is_graded_beside_an_untouched_one_and_the_student_is_told(
    autograder: Autograder,
) -> None:
    done = autograder.submit({"solution.py": RIGHT, "solution_marimo.py": "def double(x):\n    ...\n"})
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(autograder.results.read_text())
    assert results["score"] == 4
    assert "solution.py is graded: 1 of 1 questions are written in it; solution_marimo.py has 0." in results["output"]
    made = results["extra_data"]["made_with"]
    assert (made["suite"].split()[0], made["torch"]) == ("toy", importlib.metadata.version("torch"))


def test_two_filled_in_forms_are_named_and_what_to_do(autograder: Autograder) -> None:
    assert autograder.submit({"a.py": RIGHT, "b.py": WRONG}).returncode == 0
    results = json.loads(autograder.results.read_text())
    assert results["score"] == 0
    assert "(1 of 1 questions each): a.py, b.py; hand in the one that counts without the others" in results["output"]


def test_submission_that_cannot_be_read_is_told_so_with_no_points(autograder: Autograder) -> None:
    done = autograder.submit({"notes.txt": "I could not do it"})
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(autograder.results.read_text())
    jsonschema.validate(results, RESULTS)
    assert results["score"] == 0
    assert results["output"].startswith("grade: ")


def test_failure_of_the_grader_leaves_no_results_so_that_nobody_gets_a_zero(autograder: Autograder) -> None:
    command = autograder.root / "source/package/grader/cli.py"
    command.rename(command.with_suffix(".away"))
    try:
        done = autograder.submit({"solution.py": RIGHT})
        assert done.returncode != 0
        assert not autograder.results.exists()
    finally:
        command.with_suffix(".away").rename(command)


def test_suite_that_cannot_be_run_is_no_fault_of_the_student(autograder: Autograder) -> None:
    (suite,) = autograder.root.rglob("test_of_package.py")
    source = suite.read_text()
    suite.write_text("raise ValueError('no such library here')\n")
    try:
        done = autograder.submit({"solution.py": RIGHT})
        assert "no such library here" in done.stderr
        assert done.returncode != 0
        assert not autograder.results.exists()
    finally:
        suite.write_text(source)
