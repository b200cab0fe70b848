"""A class sits one exam: the scorecards are those that each submission gets by itself with the same examples."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.judge.exam import Exam, Paper
from grader.judge.grade import grade
from grader.judge.grading import Grading
from grader.judge.silent import SilentSession
from grader.processes.worker import Worker
from grader.processes.workers import Workers
from grader.scorecard import QuestionResult, Scorecard, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta.mutants import all_mutants, apply

QUESTIONS = ("Linear", "SGD")


@pytest.fixture(scope="module")
def sources(assignment: Assignment) -> list[str]:
    """Right, wrong in several ways, right again: what the one before has shown must not count."""
    assert assignment.reference
    right = assignment.reference.read_text()
    chosen = [mutant for mutant in all_mutants() if mutant.questions and set(mutant.questions) <= {*QUESTIONS}]
    return [right, *(apply(right, mutant) for mutant in chosen[:: len(chosen) // 5]), f"# another one\n{right}"]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A name for each worker that is taken."""
    names, take = list[str](), Workers.take

    def noting(workers: Workers, name: str) -> Worker:
        names.append(name)
        return take(workers, name)

    monkeypatch.setattr(Workers, "take", noting)
    return names


def comparable(card: Scorecard) -> list[QuestionResult]:
    """What must be equal: not how long it took."""
    return [
        replace(question, checks=tuple(replace(check, duration_s=0.0) for check in question.checks))
        for question in card.questions
    ]


def test_scorecards_are_those_without_it(
    sources: list[str], assignment: Assignment, workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(seed=11, exam=True, effort=Effort.QUICK, only=QUESTIONS)
    asked, exam = list[Paper](), Exam()
    ask = SilentSession.ask

    def noting(session: SilentSession, paper: Paper) -> None:
        asked.append(paper)
        ask(session, paper)

    monkeypatch.setattr(SilentSession, "ask", noting)
    scores = []
    for number, source in enumerate(sources):
        path = tmp_path / f"{number}.py"
        path.write_text(source)
        with_exam = grade(path, assignment, settings, workers=workers, exam=exam)
        assert asked or not number
        assert all(part.script is not None for paper in asked for part in paper.parts)
        before = len(asked)
        assert comparable(with_exam) == comparable(grade(path, assignment, settings, workers=workers))
        assert len(asked) == before
        scores.append(with_exam.score)
    assert scores[0] == scores[-1] == with_exam.max_score > max(scores[1:-1])
    checks = [check for question in with_exam.questions for check in question.checks]
    assert all(check.verdict is Verdict.PASSED and check.examples for check in checks)


@pytest.mark.parametrize("most", [100, 10**6], ids=["ends within a question", "lasts"])
def test_checks_of_a_question_ask_one_worker_and_a_fresh_one_where_that_fails(
    most: int,
    sources: list[str],
    assignment: Assignment,
    workers: Workers,
    tmp_path: Path,
    taken: list[str],
) -> None:
    """100 calls are enough for each check of Linear with its 10 examples, and not for all of them."""
    counting = "if len(calls := globals().setdefault('calls', [])) > {most}: raise RuntimeError('too often')"
    old = "    def forward(self, X):\n"
    tires = sources[0].replace(old, f"{old}        {counting.format(most=most)}\n        calls.append(1)\n", 1)
    settings = Settings(seed=11, exam=True, effort=Effort.QUICK, only=("Linear",))
    exam, numbers = Exam(), list[int]()
    for number, source in enumerate((sources[0], sources[0], tires)):
        path = tmp_path / f"{number}.py"
        path.write_text(source)
        taken.clear()
        card = grade(path, assignment, settings, workers=workers, exam=exam)
        assert card.score == card.max_score
        numbers.append(len(taken))
    alone, together, tiring = numbers
    assert together == 3  # one of them reads the source, one is of the check that has no examples
    assert alone == 1 + len(card.questions[0].checks)
    assert (tiring == together) is (most > 100)


def test_questions_share_a_worker_and_have_others_where_that_fails(
    sources: list[str], assignment: Assignment, workers: Workers, tmp_path: Path, taken: list[str]
) -> None:
    """It executes for each; what one question's code has done to the process costs no other a point."""
    counting = "import builtins; builtins.n = getattr(builtins, 'n', 0) + 1"
    old = "    def forward(self, X):\n"
    tires = sources[0].replace(
        old, f"{old}        {counting}\n        if builtins.n > 150: raise RuntimeError('too often')\n"
    )
    beside = "import layers\n" + sources[0]
    (tmp_path / "several").mkdir()
    (tmp_path / "several" / "layers.py").write_text("size = 3\n")
    settings = Settings(seed=11, exam=True, effort=Effort.QUICK, only=QUESTIONS)
    exam, numbers = Exam(), list[int]()
    for path, source in (("hw3.py", sources[0]), ("hw3.py", sources[0]), ("hw3.py", tires), ("several/hw3.py", beside)):
        (tmp_path / path).write_text(source)
        taken.clear()
        graded = (tmp_path / path).parent if "/" in path else tmp_path / path
        card = grade(graded, assignment, settings, workers=workers, exam=exam)
        assert card.score == card.max_score
        numbers.append(len(taken))
    _, together, tiring, several = numbers
    assert together == 3  # one of them reads the source, one is of the check that has no examples
    assert together < tiring
    assert several == 2 + len(QUESTIONS)


def test_seed_alone_decides_what_is_drawn(
    sources: list[str], assignment: Assignment, workers: Workers, tmp_path: Path
) -> None:
    seeds = dict[bool, set[int]]()
    for exam in (True, False):
        for source in sources[:2]:
            path = tmp_path / "hw3.py"
            path.write_text(source)
            with Grading(read_submission(path), assignment, Settings(exam=exam), workers) as grading:
                seeds.setdefault(exam, set()).add(grading.draw_seed(*QUESTIONS))
    assert (len(seeds[True]), len(seeds[False])) == (1, 2)
