"""What decides or writes is imported before a submission runs, and a changed file changes nothing any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.judge import ahead
from grader.sandbox.tiers import Tier
from tests.meta.tools.repository import ROOT

ASKED = """
import sys
import grader.judge.grading as grading
before = set(sys.modules)
grading.ahead.import_all()
print(*sorted(name for name in sys.modules if name.startswith("grader.")))
"""


def test_all_modules_but_those_of_other_processes_are_imported() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    paths = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "grader").rglob("*.py")]
    names = {".".join(path.parts).removesuffix(".__init__") for path in paths}
    others = {"worker", "gradebook", "doctor"}
    wanted = {name for name in names if name != "grader" and not others & {*name.split(".")}}
    assert wanted - {*done.stdout.split()} == set()


def test_nothing_of_those_is_imported_by_what_grades() -> None:
    """Only by itself: what a process that grades imports later, a submission could have rewritten."""
    others = ("grader.gradebook", "grader.doctor")
    rest = [
        path
        for path in (ROOT / "grader").rglob("*.py")
        if path.relative_to(ROOT).parts[1] not in ("gradebook", "doctor")
    ]
    assert [path for path in rest if any(other in path.read_text(encoding="utf-8") for other in others)] == [
        ROOT / "grader" / "judge" / "ahead.py"
    ]


def test_all_is_imported_where_a_process_alone_holds_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[Tier] = []
    for tier in Tier:
        monkeypatch.setattr(ahead, "import_all", lambda tier=tier: held.append(tier))
        ahead.import_for(tier)
    assert held == [Tier.PROCESS]


SCRIPT = """
import contextlib, shutil, sys
from pathlib import Path
package, hw3, reference = map(Path, sys.argv[1:])
shutil.copytree(package, "grader")
sys.path.insert(0, str(Path.cwd()))
from grader.judge import grading
from grader.judge.grade import grade
from grader.processes.workers import Workers, open_workers
from grader.sandbox.tiers import Tier
from grader.settings import Settings
assert Path(grading.__file__).is_relative_to(Path.cwd())
files = f"__import__('pathlib').Path({str(Path('grader').resolve())!r}).rglob('*.py')"
attack = f"[path.write_text('raise SystemExit') for path in {files}] and X"
Path("student.py").write_text(reference.read_text().replace("X @ self.weight.T", attack))
with open_workers(["mnist"]) as first, contextlib.closing(Workers(first.data, tier=Tier.PROCESS)) as workers:
    card = grade("student.py", str(hw3), Settings(only=["Linear"]), workers=workers)
from grader.report.formats import csv, github, gradescope, html, json, junit, markdown, prairielearn, terminal
print(Path(json.__file__).read_text() == "raise SystemExit")
print("Linear" in markdown.render(card), "Linear" in html.render(card))
"""


def test_submission_that_rewrites_the_package_changes_no_report(tmp_path: Path) -> None:
    """In the tier of the process, with a package that the user may write."""
    (tmp_path / "attack.py").write_text(SCRIPT)
    given = (tmp_path / "attack.py", ROOT / "grader", ROOT / "tests/hw3", ROOT / "reference/hw3.py")
    done = subprocess.run([sys.executable, *map(str, given)], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True", "True"], done.stderr
