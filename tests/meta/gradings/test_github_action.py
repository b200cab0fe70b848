"""The action and the template's workflow: their YAML fits GitHub's schemas, and their shell does what it says.

The steps run with the environment that the runner sets, in a folder that holds nothing but a student's repository.
What needs the network (installing, the cache, the upload) is not run: of installing, the calls of pip are looked at.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.meta.tools.repository import ROOT
from tests.meta.tools.toy import RIGHT, TOY_SUITE, TOY_TABLE, WRONG

ACTION = ROOT / "action.yml"
WORKFLOW = ROOT / "student_template" / ".github" / "workflows" / "grade.yml"


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("schema", "path"), [("vendor.github-actions", ACTION), ("vendor.github-workflows", WORKFLOW)])
def test_yaml_fits_githubs_schema(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflow_gives_the_action_inputs_that_it_has() -> None:
    workflow = read(WORKFLOW)
    (job,) = workflow["jobs"].values()
    checkout, grade = job["steps"]
    assert set(grade["with"]) <= set(read(ACTION)["inputs"])
    assert (ROOT / "student_template" / grade["with"]["path"]).is_file()
    assert checkout["with"]["persist-credentials"] is False
    assert workflow["permissions"] == {"contents": "read"}


def test_no_script_has_an_expression_in_its_text() -> None:
    """An input such as `"; curl ...` would be executed."""
    scripts = [step["run"] for step in read(ACTION)["runs"]["steps"] if "run" in step]
    assert len(scripts) == 3
    assert [script for script in scripts if "${{" in script] == []


class Runner:
    """A step's environment as GitHub's runner sets it."""

    def __init__(self, folder: Path) -> None:
        self.workspace, self.temp = folder / "workspace", folder / "temp"
        self.workspace.mkdir()
        self.temp.mkdir()
        for name in ("output", "summary"):
            (self.temp / name).touch()
        self.variables = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "HOME": str(folder),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "LANG": "C.UTF-8",
        }

    def run(self, name: str, variables: Mapping[str, str], first_on_path: Path | None = None) -> tuple[int, str]:
        """Status and output of the step of that name, by `bash` as the runner calls it."""
        (step,) = [step for step in read(ACTION)["runs"]["steps"] if step.get("name") == name]
        assert set(variables) == set(step.get("env", {}))
        script = self.temp / "script.sh"
        script.write_text(step["run"])
        environment = {**self.variables, **variables}
        if first_on_path:
            environment["PATH"] = os.pathsep.join((str(first_on_path), environment["PATH"]))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stdout

    @property
    def outputs(self) -> dict[str, str]:
        """What the steps have put out."""
        lines = (self.temp / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_cache_is_named_for_the_dependencies(runner: Runner) -> None:
    status, _ = runner.run("Name the cache", {"PYTHON_VERSION": "3.12.9"})
    assert status == 0
    assert runner.outputs["key"].startswith("grader-Linux-X64-3.12.9-")
    assert len(runner.outputs["key"].rsplit("-", 1)[1]) == 64


def test_cpu_build_of_torch_is_installed_before_the_grader(runner: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\t" "$word"; done\necho\n')
    (folder / "python").chmod(0o755)
    status, output = runner.run("Install", {}, first_on_path=folder)
    first, second = (line.rstrip("\t").split("\t") for line in output.splitlines())
    cache = ["-m", "pip", "install", "--cache-dir", str(runner.temp / "grader-pip")]
    assert status == 0
    assert first == [*cache, "--index-url", "https://download.pytorch.org/whl/cpu", "torch", "torchvision"]
    assert second == [*cache, str(ROOT)]


INPUTS = {"ASSIGNMENT": "toy homework", "PASS_AT": "", "EFFORT": "quick"}


@pytest.fixture
def repository(runner: Runner) -> Runner:
    """A student's repository, in which nothing else is."""
    if shutil.which("grade", path=Path(sys.executable).parent) is None:
        pytest.skip("`grade` is not installed beside this Python")
    suite = runner.workspace / "toy homework"
    suite.mkdir()
    (suite / "assignment.toml").write_text(TOY_TABLE)
    (suite / "test_of_action.py").write_text(TOY_SUITE)
    (runner.workspace / "my hw.py").write_text(WRONG)
    return runner


def test_lost_points_fail_the_step_and_are_told(repository: Runner) -> None:
    status, output = repository.run("Grade", {**INPUTS, "SUBMISSION": "my hw.py"})
    assert status == 1, output
    assert repository.outputs == {"score": "0", "max-score": "4"}
    assert "\n::error file=my hw.py,title=double%3A 4 points lost,line=1::double(x) is twice x.%0A" in output
    assert "double(21) is 21, expected 42" in (repository.temp / "grade-report.html").read_text()
    assert "## Toy homework: 0 / 4" in (repository.temp / "summary").read_text()
    assert sorted(path.name for path in repository.workspace.iterdir()) == ["my hw.py", "toy homework"]


def test_solution_with_a_name_like_an_option_passes(repository: Runner) -> None:
    (repository.workspace / "--json=x.py").write_text(RIGHT)
    status, output = repository.run("Grade", {**INPUTS, "SUBMISSION": "--json=x.py", "PASS_AT": "4"})
    assert status == 0, output
    assert repository.outputs == {"score": "4", "max-score": "4"}


def test_input_is_no_shell(repository: Runner) -> None:
    """What is in an input is one argument, whatever it holds."""
    status, output = repository.run("Grade", {**INPUTS, "SUBMISSION": '$(touch a); "`touch b`" #.py'})
    assert status == 2
    assert "no file at" in output
    assert sorted(path.name for path in repository.workspace.iterdir()) == ["my hw.py", "toy homework"]


def test_outputs_of_the_action_are_those_that_grade_writes() -> None:
    outputs = read(ACTION)["outputs"]
    written = {f"${{{{ steps.grade.outputs.{name} }}}}" for name in ("score", "max-score")}
    assert {output["value"] for output in outputs.values()} == written
