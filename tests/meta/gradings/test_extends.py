"""A course's own checks on the shipped homework: graded by `grade`, pytest, Gradescope's package and check_here."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.gradebook import gradescope
from grader.judge.grade import grade
from grader.judge.hidden import MESSAGE
from grader.processes import workers as workers_module
from grader.processes.workers import Workers
from grader.report.formats import gradescope as gradescope_format
from grader.scorecard import CheckResult, Scorecard, Verdict
from grader.settings import Effort, Settings
from grader.standby import Judge, Order
from grader.submission import read_submission
from tests.meta.tools.command import Run
from tests.meta.tools.repository import ROOT
from tests.meta.units.report.formats.renderers import RENDERERS

OURS = ROOT / "tests/meta/extending/hw3_ours"
PARTS = ("Linear", "CrossEntropyLoss", "SGD")
SECRETS = ("secret", "0.125", "1.9459", "math.log", "torch.full")
# The bonus and the hidden check see a mistake each, and no other check does.
NO_ROWS = ("return X @ self.weight.T", "return X[[0]] @ self.weight.T if len(X) == 0 else X @ self.weight.T")
EQUAL = """
right = CrossEntropyLoss.forward
def forward(self, logits, y):
    return right(self, logits, y) + (logits.shape[1] == 7 and bool((logits == logits[0, 0]).all()))
CrossEntropyLoss.forward = forward
"""


@pytest.fixture(scope="module")
def ours() -> Assignment:
    return load_assignment(OURS)


@pytest.fixture(scope="module")
def wrong_source() -> str:
    """Wrong where the bonus and the hidden check look."""
    source = (ROOT / "reference/hw3.py").read_text()
    assert NO_ROWS[0] in source
    head = source.replace(*NO_ROWS).partition("\nmnist_")[0]
    return head + EQUAL


Graded = Callable[..., Scorecard]


@pytest.fixture(scope="module")
def graded(ours: Assignment, wrong_source: str, workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The wrong submission's scorecard for the questions with checks of ours; assignment: with another policy."""
    path = tmp_path_factory.mktemp("wrong") / "hw.py"
    path.write_text(wrong_source)

    def run(assignment: Assignment = ours, *only: str) -> Scorecard:
        settings = Settings(only=only or PARTS, effort=Effort.QUICK)
        return grade(read_submission(path), assignment, settings, workers=workers)

    return run


@pytest.fixture(scope="module")
def card(graded: Graded) -> Scorecard:
    return graded()


def named(card: Scorecard, name: str) -> CheckResult:
    return next(check for check in card.checks if check.name == name)


def test_what_is_not_written_is_as_in_hw3(ours: Assignment, assignment: Assignment) -> None:
    assert ours.names == tuple(name for name in assignment.names if name != "MultiLayerNN")
    assert ours.question("Linear").points == {
        **assignment.question("Linear").points, "test_forward": 4, "test_same_answer_twice": 1, "test_no_rows": 2,
    }  # fmt: skip
    assert "test_single_row_or_class" not in ours.question("CrossEntropyLoss").points
    assert ours.rules.allowed == assignment.rules.allowed | {"torch.nn.Identity", "torch.nn.modules.linear.Identity"}
    assert ours.rules.banned == assignment.rules.banned
    assert ours.question("eval_linear_model").settings == {"max_error": 0.08}
    assert replace(ours.question("epoch")) == assignment.question("epoch")
    assert (ours.reference, ours.stand_ins, ours.limits) == (
        assignment.reference,
        assignment.stand_ins,
        assignment.limits,
    )
    title = "has less than {max_error:.0%} error"
    assert ours.question("eval_linear_model").titled(title) == "has less than 8% error"


def test_bonus_is_outside_of_the_maximum_and_hidden_checks_count(card: Scorecard) -> None:
    linear, loss, sgd = card.questions
    assert (linear.score, linear.max_score, linear.lost, linear.bonus) == (14, 14, 0, 0)
    assert (loss.score, loss.max_score, loss.lost) == (12, 15, 3)
    assert (sgd.score, sgd.max_score) == (13, 13)
    assert named(card, "test_no_rows").verdict is named(card, "test_equal_logits").verdict is Verdict.FAILED
    assert all(named(card, name).verdict is Verdict.PASSED for name in ("test_shifted_logits", "test_forward"))


def test_hidden_check_tells_title_and_points_alone(card: Scorecard) -> None:
    hidden = named(card, "test_equal_logits")
    assert hidden.title == "The loss of equal logits is the logarithm of their number."
    assert (hidden.message, hidden.hint, hidden.snippet, hidden.diagnosis, hidden.output) == (MESSAGE, "", "", "", "")
    assert hidden.excerpt is None


def timeless(card: Scorecard) -> Scorecard:
    """It without durations, which may be any number."""
    questions = [replace(q, checks=tuple(replace(c, duration_s=0.0) for c in q.checks)) for q in card.questions]
    return replace(card, questions=tuple(questions), duration_s=0.0)


@pytest.mark.parametrize("name", RENDERERS)
def test_no_report_tells_what_a_hidden_check_looks_at(card: Scorecard, name: str) -> None:
    text = RENDERERS[name](timeless(card))
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("tells", [(), ("points",), ("title",)])
def test_title_and_points_are_told_by_policy(ours: Assignment, graded: Graded, tells: tuple[str, ...]) -> None:
    card = graded(replace(ours, tell_of_hidden=frozenset(tells)), "CrossEntropyLoss")
    assert (card.score, card.max_score) == (12, 15)
    listed = "points" in tells
    assert len(card.checks) == 4 + listed
    for name, render in RENDERERS.items():
        text = render(card)
        assert "test_equal_logits" not in text, name
        assert "logarithm" not in text, name
    if listed:
        assert named(card, "hidden_1").title == "A hidden check"


def test_gradescope_has_bonus_points_above_the_maximum(card: Scorecard) -> None:
    tests = {test["extra_data"]["check"]: test for test in gradescope_format.as_dict(card)["tests"]}
    assert (tests["test_no_rows"]["max_score"], tests["test_no_rows"]["score"]) == (0, 0)
    assert tests["test_no_rows"]["name"].startswith("Linear (bonus): ")
    assert (tests["test_equal_logits"]["max_score"], tests["test_equal_logits"]["visibility"]) == (3, "visible")


def test_grade_has_full_marks_with_a_bonus_that_makes_up_for_nothing(
    run: Run, wrong_source: str, tmp_path: Path
) -> None:
    right = wrong_source.replace(NO_ROWS[1], NO_ROWS[0]).replace(EQUAL, "")
    for name, source in (("right", right), ("lost", right + EQUAL)):
        (tmp_path / f"{name}.py").write_text(source)
    checks = [part for name in ("test_no_rows", "test_equal_logits") for part in ("--check", name)]
    done = run(tmp_path / "right.py", "--assignment", OURS, *checks, "--quiet")
    assert (done.returncode, done.stdout) == (0, "right.py: 5 / 3\n"), done.stderr
    done = run(tmp_path / "lost.py", "--assignment", OURS, *checks, "--quiet")
    assert (done.returncode, done.stdout) == (1, "lost.py: 2 / 3\n")
    assert run(tmp_path / "lost.py", "--assignment", OURS, *checks, "--pass-at", 2, "--quiet").returncode == 0


@pytest.mark.parametrize(
    ("asked", "graded", "told"),
    [
        (("test_no_rows",), {"test_no_rows"}, ""),
        (("test_no_ro", "TEST_STEP"), {"test_no_rows", "test_step"}, ""),
        (("test_two_layers",), {"test_two_layers"}, ""),  # Linear is run for its sake, and not told
        (("test_forwrad",), set(), "did you mean test_forward?"),
        (("test_s",), set(), "is the beginning of"),
        (("nothing",), set(), "no check 'nothing' in hw3_ours"),
    ],
)
def test_checks_are_chosen_by_name(
    run: Run, wrong_source: str, tmp_path: Path, asked: tuple[str, ...], graded: set[str], told: str
) -> None:
    (tmp_path / "hw.py").write_text(wrong_source)
    options = [part for name in asked for part in ("--check", name)]
    done = run(tmp_path / "hw.py", "--assignment", OURS, *options, "--effort", "quick", "--json", tmp_path / "card")
    if told:
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
        assert "test_equal_logits" not in done.stderr
        return
    card = json.loads((tmp_path / "card").read_text())
    assert {check["name"] for question in card["questions"] for check in question["checks"]} == graded


def test_pytest_runs_shipped_and_own_checks(wrong_source: str, tmp_path: Path) -> None:
    (tmp_path / "hw.py").write_text(wrong_source)
    command = [sys.executable, "-m", "pytest", "-pno:cacheprovider", str(OURS), "--submission", "hw.py", "-v"]
    done = subprocess.run(
        [*command, "--effort=quick", "-k", "Linear and (forward or rows) or SGD"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    for told in ("test_forward PASSED", "test_no_rows FAILED", "test_no_learning_rate PASSED", "test_step PASSED"):
        assert told in done.stdout


def test_check_here_grades_with_own_checks(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, wrong_source: str, tmp_path: Path
) -> None:
    @contextlib.contextmanager
    def opened(_: object) -> Iterator[Workers]:
        yield workers

    monkeypatch.setattr(workers_module, "open_workers", opened)
    (tmp_path / "hw.py").write_text(wrong_source)
    with contextlib.ExitStack() as stack:
        order = Order(path=str(tmp_path / "hw.py"), only=("CrossEntropyLoss",), assignment=str(OURS))
        shown = Judge(stack).answer(order, lambda _: None)
    assert shown.scorecard is not None
    assert (shown.scorecard["score"], shown.scorecard["max_score"]) == (12, 15)
    assert [secret for secret in SECRETS if secret in shown.text + shown.page] == []


def test_gradescopes_package_holds_what_it_is_built_on_and_grades(ours: Assignment, tmp_path: Path) -> None:
    gradescope.write(ours, gradescope.AutograderOptions(), tmp_path / "autograder.zip")
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        archive.extractall(tmp_path)
    assert "--assignment=hw3_ours" in (tmp_path / "run_autograder").read_text()
    (tmp_path / "hw.py").write_text("import torch\n\nclass SGD:\n    pass\n")
    # As run_autograder does, without the environment that setup.sh makes.
    command = [
        sys.executable,
        "-P",
        "-c",
        "from grader.cli import main; main()",
        "--assignment=hw3_ours",
        "--effort=quick",
    ]
    done = subprocess.run(
        [*command, "--gradescope", "results.json", "--only=SGD", "hw.py"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "package"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    names = {test["extra_data"]["check"] for test in results["tests"]}
    assert {"test_no_learning_rate", "test_step"} <= names
    assert results["extra_data"]["made_with"]["suite"].startswith("hw3_ours ")
