"""What a change can't alter is not graded anew, and the result is that of a new grading."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import load_assignment
from grader.judge import again
from grader.judge.again import Regraded, Regrader
from grader.judge.grade import grade
from grader.judge.listener import NoListener
from grader.processes.workers import Workers
from grader.scorecard import Scorecard, Verdict
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.tools.checks_asked import checks_asked
from tests.meta.tools.toys import DOUBLE, TRIPLE, WRONG_TRIPLE, two_toys


class Desk:
    """A file that is saved and graded again."""

    def __init__(self, folder: Path, workers: Workers) -> None:
        self.assignment = load_assignment(two_toys(folder))
        self.path, self.workers = folder / "work.py", workers
        self.regrader = Regrader(self.assignment, Settings(), workers)

    def save(self, source: str, only: tuple[str, ...] | None = None) -> Regraded:
        self.path.write_text(source)
        return self.regrader.grade(read_submission(self.path), NoListener(), only)


@pytest.fixture
def desk(tmp_path: Path, workers: Workers) -> Desk:
    return Desk(tmp_path, workers)


def test_only_what_has_changed_is_graded(desk: Desk) -> None:
    assert desk.save(DOUBLE + TRIPLE).graded == ("double", "triple")
    assert desk.save(DOUBLE + TRIPLE).graded == ()
    found = desk.save(DOUBLE + WRONG_TRIPLE)
    assert (found.graded, found.scorecard.score, found.scorecard.max_score) == (("triple",), 4, 6)
    assert desk.save(DOUBLE + TRIPLE).scorecard.score == 6


def test_needed_part_that_has_not_changed_is_not_checked_again(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, workers)
    table = desk.assignment.folder / "assignment.toml"
    table.write_text(table.read_text().replace('name = "triple"', 'name = "triple"\nneeds = ["double"]'))
    desk.regrader = Regrader(load_assignment(desk.assignment.folder), Settings(), workers)
    desk.save(DOUBLE + TRIPLE)
    asked = checks_asked(monkeypatch)
    assert desk.save(DOUBLE + WRONG_TRIPLE).scorecard.score == 4
    assert [case.name for case in asked] == ["test_triple"]


def test_it_is_what_a_new_grading_finds(desk: Desk) -> None:
    for source in (DOUBLE + WRONG_TRIPLE, "\n\n# lower\n" + DOUBLE + WRONG_TRIPLE, WRONG_TRIPLE + DOUBLE):
        kept = desk.save(source).scorecard
        new = grade(read_submission(desk.path), desk.assignment, Settings(), workers=desk.workers)
        lost = [[check for check in card.checks if check.score < check.max_score] for card in (kept, new)]
        told = [[(check.name, check.verdict, check.message, check.line) for check in checks] for checks in lost]
        assert told[0] == told[1]
        assert kept.score == new.score
        assert (kept.sha256, kept.warnings) == (new.sha256, new.warnings)


def test_full_marks_are_kept_wherever_the_code_stands(desk: Desk) -> None:
    desk.save(DOUBLE + WRONG_TRIPLE)
    assert desk.save("\n# lower\n" + DOUBLE + WRONG_TRIPLE).graded == ("triple",)  # its line is told


def test_what_cannot_be_read_leaves_what_is_known(desk: Desk) -> None:
    desk.save(DOUBLE + TRIPLE)
    broken = desk.save(DOUBLE + "def triple(x:\n")
    assert "was never closed" in broken.unread
    assert broken.scorecard.score == 6  # the last one that could be graded
    mended = desk.save(DOUBLE + WRONG_TRIPLE)
    assert (mended.graded, mended.unread) == (("triple",), "")


def test_first_that_cannot_be_read_has_a_scorecard(desk: Desk) -> None:
    found = desk.save("def double(x:\n")
    assert found.unread
    assert {check.verdict for check in found.scorecard.checks} == {Verdict.BLOCKED}
    assert desk.save(DOUBLE + TRIPLE).graded == ("double", "triple")


def test_question_that_is_asked_for_is_graded_alone(desk: Desk) -> None:
    found = desk.save(DOUBLE + TRIPLE, only=("triple",))
    assert (found.graded, [q.name for q in found.scorecard.questions]) == (("triple",), ["triple"])
    assert desk.save(DOUBLE + TRIPLE).graded == ("double",)
    assert [q.name for q in desk.save(DOUBLE + TRIPLE).scorecard.questions] == ["double", "triple"]


def test_statement_that_may_matter_counts_where_points_were_lost(desk: Desk) -> None:
    """Which names it binds can't be read: what lost points was tried with it, too."""
    for name, score in (("other", 4), ("triple", 6)):
        source = f"{DOUBLE}{WRONG_TRIPLE}name = {name!r}\nglobals()[name] = lambda x: 3 * x\n"
        assert desk.save(source).scorecard.score == score


@pytest.mark.parametrize("verdict", [Verdict.BROKEN, Verdict.NOT_GRADED])
def test_what_has_no_verdict_is_graded_again(desk: Desk, verdict: Verdict, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*arguments: Any, **more: Any) -> Scorecard:
        card = grade(*arguments, **more)
        double, triple = card.questions
        lost = replace(triple, checks=tuple(replace(check, verdict=verdict) for check in triple.checks))
        return replace(card, questions=(double, lost))

    monkeypatch.setattr(again, "grade", failing)
    desk.save(DOUBLE + TRIPLE)
    monkeypatch.undo()
    found = desk.save(DOUBLE + TRIPLE)
    assert (found.graded, found.scorecard.score) == (("triple",), 6)


def test_part_in_another_file_counts(desk: Desk) -> None:
    folder = desk.path.parent / "folder"
    folder.mkdir()
    (folder / "work.py").write_text(f"from helper import factor\n{DOUBLE}def triple(x):\n    return factor() * x\n")

    def score(helper: str) -> float:
        (folder / "helper.py").write_text(helper)
        return desk.regrader.grade(read_submission(folder, "work.py"), NoListener()).scorecard.score

    assert score("def factor():\n    return 3\n") == 6
    assert score("def factor():\n    return 1\n") == 4
    score("def factor():\n    return 1 / 0\n")
    score("# lower\ndef factor():\n    return 1 / 0\n")
    kept = desk.regrader.grade(read_submission(folder, "work.py"), NoListener())
    assert kept.graded == ()
    assert "helper.py, line 3" in kept.scorecard.checks[1].message


def test_file_that_the_code_may_read_counts(tmp_path: Path, workers: Workers) -> None:
    toys = two_toys(tmp_path)
    table = toys / "assignment.toml"
    table.write_text(f'files_beside = ["factor.json"]\n{table.read_text()}')
    regrader = Regrader(load_assignment(toys), Settings(), workers)
    folder = tmp_path / "folder"
    folder.mkdir()
    read = "import json\ndef triple(x):\n    return json.load(open('factor.json')) * x\n"
    (folder / "work.py").write_text(DOUBLE + read)
    for factor, score in ((3, 6), (1, 4), (3, 6)):
        (folder / "factor.json").write_text(str(factor))
        found = regrader.grade(read_submission(folder), NoListener())
        assert (found.scorecard.score, "triple" in found.graded) == (score, True)
