"""The suite that students get has nothing of what is hidden, and grades the rest as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignment import load_assignment
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.gradebook import cli, open_suite
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.tools.repository import ROOT
from tests.meta.tools.toys import DOUBLE, TRIPLE, two_toys

OURS = ROOT / "tests/meta/extending/hw3_ours"
SECRET = """
import hard
from shared import TEN
from grader.suite import check, expect


@check("double")
def test_secret(submission):
    \"\"\"double(10) is twenty.\"\"\"
    expect.equal(submission.double(TEN), hard.SECRET)
"""


@pytest.fixture
def toys(tmp_path: Path) -> Path:
    """With a hidden check, a module that it alone imports, and one that others import, too."""
    folder = two_toys(tmp_path)
    table = (folder / "assignment.toml").read_text()
    line = "test_double = 4\n"
    assert line in table
    table = table.replace(line, f"{line}test_secret = {{ points = 3, hidden = true }} # the secret of the course\n")
    (folder / "assignment.toml").write_text(f"points = 9 # of all\n{table}")
    (folder / "test_secret.py").write_text(SECRET)
    (folder / "hard.py").write_text("import harder\nSECRET = 20\n")
    (folder / "harder.py").write_text("")
    (folder / "shared.py").write_text("TEN = 10\n")
    suite = folder / "test_toys.py"
    suite.write_text(f"import shared\n{suite.read_text()}")
    (folder / "reference.py").write_text(DOUBLE + TRIPLE)
    (folder / "mutants").mkdir()
    (folder / "mutants" / "a.py").write_text("# mistake: none\n# loses: double\n")
    return folder


def test_nothing_hidden_and_no_solution_is_in_it_and_the_rest_is_graded(
    toys: Path, tmp_path: Path, workers: Workers
) -> None:
    out = tmp_path / "students" / "toys"
    called = CliRunner().invoke(cli.app, ["suite", str(out), "--assignment", str(toys)])
    assert called.exit_code == 0
    assert {path.name for path in out.rglob("*")} == {"assignment.toml", "shared.py", "test_toys.py"}
    assert all("secret" not in path.read_text().lower() for path in out.iterdir())
    assert "points = 6 # of all" in (out / "assignment.toml").read_text()
    work = tmp_path / "work.py"
    work.write_text(DOUBLE + TRIPLE)
    submission = read_submission(work)
    given, whole = (grade(submission, load_assignment(folder), Settings(), workers=workers) for folder in (out, toys))
    assert (given.score, given.max_score, whole.score) == (6, 6, 9)


def test_own_checks_on_a_shipped_homework(tmp_path: Path) -> None:
    written = open_suite.write(load_assignment(OURS), tmp_path / "hw3_ours")
    assert sorted(path.name for path in written) == ["assignment.toml", "ours.py", "test_ours.py"]
    table = (tmp_path / "hw3_ours" / "assignment.toml").read_text()
    assert "points = 93 # of all checks" in table
    assert "test_equal_logits" not in table
    assert "# TOML has no +=" in table


def test_hidden_check_beside_others_is_refused_with_its_line(toys: Path, tmp_path: Path) -> None:
    secret = toys / "test_secret.py"
    secret.write_text(f'{SECRET}\n\n@check("triple")\ndef test_open(submission):\n    """Open."""\n')
    table = toys / "assignment.toml"
    table.write_text(table.read_text().replace("test_triple = 2", "test_triple = 2\ntest_open = 1"))
    with pytest.raises(AssignmentInvalid, match=r"test_secret.py:8: test_secret is hidden, and test_open in the same"):
        open_suite.write(load_assignment(toys), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_points_that_share_their_line_are_refused(toys: Path, tmp_path: Path) -> None:
    table = toys / "assignment.toml"
    head, _, rest = table.read_text().partition("[question.checks]")
    _, _, rest = rest.partition("[[question]]")
    checks = "checks = { test_double = 4, test_secret = { points = 3, hidden = true } }"
    table.write_text(f"{head}{checks}\n[[question]]{rest}")
    with pytest.raises(AssignmentInvalid, match="give each of them a line of its own"):
        open_suite.write(load_assignment(toys), tmp_path / "out")


def test_folder_that_is_not_empty_stays_as_it_is(toys: Path) -> None:
    with pytest.raises(SettingsInvalid, match="is there already and not empty"):
        open_suite.write(load_assignment(toys), toys)
