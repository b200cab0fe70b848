"""What a change can't alter is not graded anew, and the result is that of a new grading."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.judge.again import Regraded, Regrader
from grader.judge.grade import grade
from grader.judge.listener import NoListener
from grader.processes.workers import Workers
from grader.scorecard import Verdict
from grader.settings import Settings
from grader.submission import read_submission
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


def test_part_in_another_file_counts(desk: Desk) -> None:
    folder = desk.path.parent / "folder"
    folder.mkdir()
    for number, factor in enumerate((3, 1)):
        (folder / "work.py").write_text(f"from helper import factor\n{DOUBLE}def triple(x):\n    return factor * x\n")
        (folder / "helper.py").write_text(f"factor = {factor}\n")
        found = desk.regrader.grade(read_submission(folder, "work.py"), NoListener())
        assert found.scorecard.score == (6, 4)[number]
