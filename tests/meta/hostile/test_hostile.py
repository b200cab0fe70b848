"""Whatever a submission does: its own check is lost, every other counts, and nothing of it is left.

Each case is graded in each tier that the machine has. What the tiers promise stands in docs/security.md.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grader.assignment import Assignment, load_assignment
from grader.errors import GraderError, IsolationMissing
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.report.formats import markdown
from grader.report.formats import terminal as terminal_report
from grader.sandbox import linux
from grader.sandbox.tiers import Tier
from grader.scorecard import Scorecard, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta.conftest import limited
from tests.meta.hostile import (
    CHECKS,
    FAILED,
    REFERENCE,
    SUITE,
    Hostile,
    Verdicts,
    denial,
    files,
    forging,
    innocent,
    leaks,
    protocol,
    reading,
    takeovers,
)
from tests.meta.hostile.files import FileCase

WRONG = Hostile(
    name="the-wrong-solution",
    source=REFERENCE.replace("2 * x", "3 * x")
    .replace("x * self.weight", "x + self.weight")
    .replace("return self\n", "return iter(self.items)\n")
    .replace("dim=-1", "dim=0"),
    loses=dict.fromkeys(CHECKS, FAILED),
)
CONTROLS = [WRONG, innocent.ALL[0]]
EVERY = [
    *CONTROLS,
    *innocent.ALL[1:],
    *forging.ALL,
    *takeovers.ALL,
    *denial.ALL,
    *denial.BOUNDED,
    *leaks.ALL,
    *reading.ALL,
    *protocol.ALL,
]
# What holds where the process alone holds the worker: it may read, and leave files and processes for the next one.
IN_PROCESS = [*CONTROLS, *innocent.ALL[1:], *forging.ALL, *takeovers.ALL, *denial.ALL, leaks.ALL_AT_ONCE, *protocol.ALL]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the tiers differ on Linux alone")


@pytest.fixture(scope="module")
def toy() -> Assignment:
    return load_assignment(SUITE)


@pytest.fixture(scope="module")
def everybody(workers: Workers) -> list[Workers]:
    """All that are open: each has a worker ready, which is not left behind."""
    return [workers]


@pytest.fixture(scope="module")
def of_tier(workers: Workers, everybody: list[Workers]) -> Iterator[Callable[[Tier], Workers]]:
    """Workers that are held by that tier, and no better."""
    opened: dict[Tier, Workers] = {}

    def find(tier: Tier) -> Workers:
        if tier not in opened:
            opened[tier] = stack.enter_context(contextlib.closing(Workers(workers.data, tier=tier)))
            everybody.append(opened[tier])
        return opened[tier]

    with contextlib.ExitStack() as stack:
        yield find


@pytest.fixture
def held(request: pytest.FixtureRequest, of_tier: Callable[[Tier], Workers]) -> Workers:
    """Workers of one tier."""
    found = of_tier(request.param)
    if found.isolation.tier is not request.param:
        pytest.skip(f"no {request.param} here: {found.isolation}")
    return found


def graded(path: Path, toy: Assignment, workers: Workers) -> Scorecard:
    return grade(read_submission(path), toy, Settings(effort=Effort.QUICK), workers=workers)


def descendants(process: int) -> list[int]:
    """With the zygote itself, where bubblewrap stands before it."""
    found = linux.children(process)
    return found + [each for child in found for each in descendants(child)]


def left_behind(workers: Workers, everybody: list[Workers]) -> dict[str, object]:
    """What is there between two gradings: the zygote's children, the scratch folders, the judge's descriptors."""
    workers.settle()
    prepared = [each._next.started.output for each in everybody if each._next]
    for output in [output for each in everybody for output in each._drain.outputs if output not in prepared]:
        assert output.gone.wait(60.0), "a worker is left"  # its pipe is closed when it is gone
    zygote = workers._start._process.pid  # type: ignore[union-attr]
    return {
        "processes": len(descendants(zygote)),
        "folders": len(list(workers._root.iterdir())),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def check_points(scorecard: Scorecard, loses: dict[str, Verdicts], tells: str = "") -> None:
    """These checks have lost their points, with these verdicts; every other one has passed."""
    found = {check.name: (check.verdict, check.message) for check in scorecard.checks}
    for name in CHECKS:
        verdict, message = found[name]
        wanted = loses.get(name, Verdict.PASSED)
        assert verdict in (wanted if isinstance(wanted, frozenset) else {wanted}), (name, found)
        assert name not in loses or tells in message, found


def shown(scorecard: Scorecard) -> str:
    """All reports that are text for people."""
    terminal = io.StringIO()
    terminal_report.show(scorecard, Console(file=terminal, width=80), title=scorecard.title, verbose=True)
    return terminal.getvalue() + markdown.render(scorecard)


def check_text(text: str) -> None:
    """It shows what it shows: no control character, none that turns the direction, no line that is a CI's command."""
    assert not [c for c in text if c not in "\n\t" and unicodedata.category(c)[0] == "C"]
    assert not re.search(r"^\s*::\w|##\w*\[", text, re.MULTILINE)
    text.encode()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("held", "case"),
    [
        *(pytest.param(Tier.PROCESS, case, id=f"process-{case.name}") for case in IN_PROCESS),
        *(pytest.param(Tier.JAIL, case, id=f"jail-{case.name}") for case in EVERY),
        *(pytest.param(Tier.NAMESPACES, case, id=f"namespaces-{case.name}") for case in EVERY),
    ],
    indirect=["held"],
)
def test_submission_costs_its_own_checks(
    case: Hostile, held: Workers, everybody: list[Workers], toy: Assignment, tmp_path: Path
) -> None:
    if case in denial.BOUNDED and "files in memory" not in held.isolation.detail:
        pytest.skip(f"only watched here: {held.isolation}")
    for name in ("other.py", "spare.py"):
        (tmp_path / name).write_text("SECRET = 'of another student'\n")
    for name, value in {"@FOLDER@": tmp_path, "@SUITE@": SUITE, "@JUDGE@": os.getpid()}.items():
        case = replace(case, source=case.source.replace(name, str(value)))
    path = tmp_path / "student.py"
    path.write_bytes(case.source.encode("utf-8", "surrogatepass"))
    held.take("nobody").end()
    here, before = contents(tmp_path), left_behind(held, everybody)
    scorecard = graded(path, toy if case.limit_s is None else limited(toy, case.limit_s), held)
    check_points(scorecard, dict(case.loses), case.tells)
    assert left_behind(held, everybody) == before
    assert contents(tmp_path) == here


@pytest.mark.parametrize("held", list(Tier), indirect=True)
def test_next_submission_is_graded_as_if_it_were_the_first(held: Workers, toy: Assignment, tmp_path: Path) -> None:
    """One that answers with random numbers, and so with what is left of the one before."""

    def shown(source: str) -> list[tuple[object, ...]]:
        (tmp_path / "student.py").write_text(source)
        scorecard = graded(tmp_path / "student.py", toy, held)
        return [(check.name, check.verdict, check.message, check.snippet) for check in scorecard.checks]

    before = shown(leaks.RANDOM)
    assert "total(" in before[-1][2]  # type: ignore[operator]
    shown(leaks.ALL_AT_ONCE.source)
    assert shown(leaks.RANDOM) == before


@pytest.mark.parametrize("case", files.REFUSED, ids=lambda case: case.name)
def test_file_is_refused(case: FileCase, workers: Workers, toy: Assignment, tmp_path: Path) -> None:
    path = case.make(tmp_path)
    with pytest.raises(GraderError, match=case.unreadable):
        graded(path, toy, workers)


def test_file_without_permission_is_refused(workers: Workers, toy: Assignment, tmp_path: Path) -> None:
    path = tmp_path / "student.py"
    path.write_text(REFERENCE)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root may read everything")
    with pytest.raises(GraderError, match="can't be opened"):
        graded(path, toy, workers)


@pytest.mark.parametrize("case", files.GRADED, ids=lambda case: case.name)
def test_odd_file_is_graded(
    case: FileCase, workers: Workers, everybody: list[Workers], toy: Assignment, tmp_path: Path
) -> None:
    path = case.make(tmp_path)
    workers.take("nobody").end()
    here, before = sorted(tmp_path.rglob("*")), left_behind(workers, everybody)
    scorecard = graded(path, toy, workers)
    check_points(scorecard, dict(case.loses))
    assert left_behind(workers, everybody) == before
    assert sorted(tmp_path.rglob("*")) == here
    check_text(shown(scorecard))


@pytest.mark.parametrize("wanted", [Tier.JAIL, Tier.NAMESPACES])
@pytest.mark.parametrize("held", [Tier.PROCESS], indirect=True)
def test_less_isolation_than_is_required_grades_nothing(
    wanted: Tier, held: Workers, toy: Assignment, tmp_path: Path
) -> None:
    path = tmp_path / "student.py"
    path.write_text(REFERENCE)
    with pytest.raises(IsolationMissing, match=f"process, not the {wanted} that --require-isolation asks for"):
        grade(read_submission(path), toy, Settings(require_isolation=wanted), workers=held)


@pytest.mark.parametrize("held", [Tier.JAIL, Tier.NAMESPACES], indirect=True)
def test_isolation_that_is_required_and_there_is_graded_in(held: Workers, toy: Assignment, tmp_path: Path) -> None:
    path = tmp_path / "student.py"
    path.write_text(REFERENCE)
    wanted = held.isolation.tier
    scorecard = grade(read_submission(path), toy, Settings(require_isolation=wanted), workers=held)
    assert scorecard.isolation.startswith(f"{wanted}: ")
    assert scorecard.score == scorecard.max_score
