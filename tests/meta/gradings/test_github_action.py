"""The action and the template's workflow: their YAML fits GitHub's schemas, and their shell does what it says.

The steps run with the environment that the runner sets, in a folder that holds nothing but a student's repository.
What needs the network (installing, the cache, the upload) is not run: of installing, the calls of pip are looked at.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from grader.version import __version__
from tests.meta.tools import templates
from tests.meta.tools.repository import ROOT
from tests.meta.tools.toy import RIGHT, TOY_SUITE, TOY_TABLE, WRONG

ACTION = ROOT / "action.yml"
FORMS = [ROOT / "student_template" / form for form in templates.FORMS]
WORKFLOWS = [form / ".github" / "workflows" / "grade.yml" for form in FORMS]
CPU = "https://download.pytorch.org/whl/cpu"


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def fits(schema: str, *paths: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def documented(folder: Path) -> dict[str, Path]:
    """The workflows that docs/github.md shows, written to files; each begins with its path in a comment."""
    text = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    found = {}
    for block in re.findall(r"```yaml\n(# (\S+\.yml)\n.*?)```", text, re.DOTALL):
        path = folder / block[1].replace("/", "_")
        path.write_text(block[0], encoding="utf-8")
        found[block[1]] = path
    return found


def test_yaml_fits_githubs_schemas(tmp_path: Path) -> None:
    fits("vendor.github-actions", ACTION)
    recipes = documented(tmp_path)
    assert len(recipes) == 3
    fits("vendor.github-workflows", *WORKFLOWS, *recipes.values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=templates.FORMS)
def test_workflow_of_a_form_grades_it_once_a_push_with_a_fixed_grader(path: Path) -> None:
    workflow = read(path)
    (job,) = workflow["jobs"].values()
    checkout, grade = job["steps"]
    assert set(grade["with"]) <= set(read(ACTION)["inputs"])
    assert (grade["uses"], grade["with"]["path"]) == (f"OWNER/torch-homework-grader@v{__version__}", ".")
    assert checkout["with"]["persist-credentials"] is False
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["on"].keys() == {"push", "workflow_dispatch"}
    assert "# pass-at: 40" in path.read_text()


def test_recipes_keep_the_token_from_the_homework_and_fix_the_grader(tmp_path: Path) -> None:
    for name, path in documented(tmp_path).items():
        jobs = read(path)["jobs"].values()
        steps = [step for job in jobs for step in job.get("steps", ())]
        used = [step["uses"] for step in steps if "uses" in step]
        assert [uses for uses in used if "torch-homework-grader" in uses] in (
            [f"OWNER/torch-homework-grader@v{__version__}"],
            [],
        ), name
        for step in steps:
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False
            if "torch-homework-grader" in step.get("uses", ""):
                assert set(step["with"]) <= set(read(ACTION)["inputs"])
            assert "${{" not in step.get("run", "")


def test_python_of_the_action_is_the_tested_one() -> None:
    told = (ROOT / "grader" / "constraints.txt").read_text()
    assert f"in Python {read(ACTION)['inputs']['python-version']['default']}." in told


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
    status, output = runner.run("Install", {"PACKAGES": ""}, first_on_path=folder)
    first, second = (line.rstrip("\t").split("\t") for line in output.splitlines())
    tested = str(ROOT / "grader" / "constraints.txt")
    pip = ["-I", "-m", "pip", "install", "--cache-dir", str(runner.temp / "grader-pip"), "--constraint", tested]
    assert status == 0
    assert first == [*pip, "--no-deps", "--index-url", CPU, "torch", "torchvision"]
    assert second == [*pip, str(ROOT)]
    status, output = runner.run("Install", {"PACKAGES": "our-course==1.0  $(touch x) -r"}, first_on_path=folder)
    assert status == 0
    *_, third = (line.rstrip("\t").split("\t") for line in output.splitlines())
    assert third == [*pip, "--", "our-course==1.0", "$(touch", "x)", "-r"]
    assert [*runner.workspace.iterdir()] == []


INPUTS = {
    "ENTRY": "",
    "ASSIGNMENT": "toy homework",
    "PASS_AT": "",
    "EFFORT": "quick",
    "SEED": "0",
    "ISOLATION": "process",
}


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


def test_folder_is_graded_by_the_form_that_is_written_and_annotated_there(repository: Runner) -> None:
    """The assignment is in the repository here; its files define no question."""
    homework = repository.workspace / "homework"
    homework.mkdir()
    (repository.workspace / "my hw.py").rename(homework / "hw.py")
    (homework / "hw_marimo.py").write_text("def double(x):\n    ...\n")
    status, output = repository.run("Grade", {**INPUTS, "SUBMISSION": "homework"})
    assert status == 1, output
    assert "hw.py is graded: 1 of 1 questions are written in it; hw_marimo.py has 0" in output
    assert "\n::error file=homework/hw.py,title=double%3A 4 points lost,line=1::" in output
    status, output = repository.run("Grade", {**INPUTS, "SUBMISSION": "homework", "ENTRY": "hw_marimo.py"})
    assert "file=homework/hw_marimo.py," in output


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


def test_seed_and_isolation_are_those_that_are_asked_for(repository: Runner) -> None:
    inputs = {**INPUTS, "SUBMISSION": "my hw.py", "SEED": "7"}
    assert repository.run("Grade", inputs)[0] == 1
    scorecard = json.loads((repository.temp / "grade-scorecard.json").read_text())
    assert (scorecard["seed"], scorecard["score"]) == (7, 0)
    status, output = repository.run("Grade", {**inputs, "ISOLATION": "wall"})
    assert (status, "--require-isolation" in output) == (2, True)


def test_what_the_repository_holds_is_not_executed_beside_the_grader(repository: Runner) -> None:
    for name in ("hashlib.py", "pip.py", "typer.py"):
        (repository.workspace / name).write_text("raise SystemExit('executed')\n")
    assert repository.run("Name the cache", {"PYTHON_VERSION": "3.11"})[0] == 0
    status, output = repository.run("Grade", {**INPUTS, "SUBMISSION": "my hw.py"})
    assert (status, "executed" in output) == (1, False)


def test_inputs_are_documented() -> None:
    text = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    assert [name for name in read(ACTION)["inputs"] if f"`{name}`" not in text] == []


def test_outputs_of_the_action_are_those_that_grade_writes() -> None:
    outputs = read(ACTION)["outputs"]
    written = {f"${{{{ steps.grade.outputs.{name} }}}}" for name in ("score", "max-score")}
    assert {output["value"] for output in outputs.values()} == written
