"""Classes that are graded by a judge which obeys what is in the files: quick, and without torch."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from grader.assignment import Assignment, load_assignment
from grader.gradebook import cli, database, folder
from grader.gradebook.book import Book, Result, Row
from grader.gradebook.changes import InstructorChange
from grader.gradebook.class_run import Power, current, grade_rows, take_in
from grader.gradebook.roster import Roster, Student
from grader.gradebook.shards import Shard
from grader.gradebook.standing import Standing, standing
from grader.gradebook.supervisor import Graded
from grader.settings import Settings
from tests.meta.tools.toy import TOY_SUITE, TOY_TABLE

FAKE: Final = (sys.executable, "-P", str(Path(__file__).parents[1] / "fakes/judge.py"))


@dataclass
class Heard:
    """A listener that keeps what it hears."""

    problems: list[str] = field(default_factory=list)
    known: int = 0
    graded: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def problem(self, text: str) -> None:
        self.problems.append(text)

    def begins(self, students: int, known: int) -> None:
        self.known = known

    def finished(self, graded: Graded, students: Sequence[str]) -> None:
        self.graded.append((graded.outcome, tuple(students)))


def toy_assignment(parent: Path) -> Assignment:
    place = parent / "toy"
    place.mkdir(exist_ok=True)
    (place / "assignment.toml").write_text(TOY_TABLE)
    (place / "test_toy.py").write_text(TOY_SUITE)
    return load_assignment(place)


@contextlib.contextmanager
def opened(out: Path) -> Iterator[tuple[Book, Path]]:
    folder.make(out)
    with folder.alone(out) as temporary, contextlib.closing(Book(database.create(out))) as book:
        yield book, temporary


def graded_class(
    parent: Path,
    files: dict[str, str],
    roster: Roster | None = None,
    limit_s: float = 20.0,
    seed: int = 7,
    shard: Shard | None = None,
    scheduler: str = "",
) -> tuple[Path, Heard]:
    """The folder of a class that has handed in these files, graded by the fake judge."""
    submissions, out, heard = parent / "class", parent / "grades", Heard()
    for name, text in files.items():
        (submissions / name).parent.mkdir(parents=True, exist_ok=True)
        (submissions / name).write_text(text)
    assignment = toy_assignment(parent)
    with opened(out) as (book, temporary):
        run = current(book, assignment, Settings(), "", seed)
        take_in(submissions, roster, assignment, out, book, heard)
        rows = [row for row in book.rows() if shard is None or shard.has(row)]
        power = Power(jobs=2, limit_s=limit_s, scheduler=scheduler, command=FAKE)
        grade_rows(book, run, rows, out, temporary, power, heard)
    return out, heard


def standing_of(student: str, score: float | None, most: float = 4.0, **fields: str) -> Standing:
    """A student with that score, or whose grading has crashed."""
    checks = [{"name": "test_double", "score": score, "max_score": most, "verdict": "passed", "message": ""}]
    question = {"name": "double", "score": score, "max_score": most, "checks": checks}
    card = {"score": score, "max_score": most, "provisional": False, "title": "Toy homework", "questions": [question]}
    row = Row(student=Student(student=student, **fields), label=student, files={}, is_late=False, notes=(), sha="s")
    outcome = "crashed" if score is None else "graded"
    result = Result(id=1, key="k", outcome=outcome, reason="it died", card=None if score is None else card, graded="")
    return standing(row, result, (), {**card, "score": 0.0})


HOSTILE: Final = "</td></script><script>window.attacked = 1</script><img src=x onerror='window.attacked = 1'>{{ 7*7 }}"


def large_class(students: int) -> list[Standing]:
    """A class with the checks of a real homework, hostile texts, and something of every outcome."""
    return [_member(i, students) for i in range(students)]


def _check(i: int, q: int, c: int) -> dict[str, object]:
    is_lost = (i * 7 + q * 5 + c * 3) % 11 < 3 and i % 4 != 0
    return {
        "name": f"test_q{q}_{c}",
        "title": f"The rule number {c} of question {q} holds.",
        "verdict": ("failed", "crashed", "forbidden")[c % 3] if is_lost else "passed",
        "score": 0.0 if is_lost else 2.5,
        "max_score": 2.5,
        "message": f"{HOSTILE} is {i}",
        "diagnosis": f"mistake {i % 5}" if c else "",
    }


def _member(i: int, students: int) -> Standing:
    questions = []
    for q in range(9):
        checks = [_check(i, q, c) for c in range(4)]
        score = sum(float(str(check["score"])) for check in checks)
        questions.append({"name": f"Question{q}", "score": score, "max_score": 10.0, "checks": checks})
    score = sum(float(str(question["score"])) for question in questions)
    card = {"score": score, "max_score": 90.0, "provisional": i == 5, "title": "Homework 3", "questions": questions}
    row = Row(
        student=Student(student=f"s{i:04}", name=f"Lovelace {HOSTILE if i < 3 else ''} {i}", section=f"S{i % 4}"),
        label=f"s{i}",
        files={},
        is_late=i % 10 == 0,
        notes=(),
        sha="s",
    )
    outcome = ("crashed", "timed_out", "unreadable")[i % 3] if i % 97 == 1 else "graded"
    reason = f"{HOSTILE} of {i}"
    is_graded = outcome == "graded"
    result = Result(id=i, key="k", outcome=outcome, reason=reason, card=card if is_graded else None, graded="")
    changes = [InstructorChange(student=f"s{i:04}", question="Question0", points=9.0, text=HOSTILE, who="me", at="now")]
    return standing(row, result, changes if i == 7 else (), card)


def gradebook(*arguments: object) -> tuple[int, str]:
    """Exit status and output of the command. Raises what it raises."""
    called = CliRunner().invoke(cli.app, [*map(str, arguments)])
    if called.exception and not isinstance(called.exception, SystemExit):
        raise called.exception
    return called.exit_code, called.output
