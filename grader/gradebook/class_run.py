"""Grades a class: from a folder or zip of submissions to results in the book. What was graded is never graded again."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from grader.assignment import Assignment
from grader.boundary.forms import MAX_SOURCE_BYTES
from grader.errors import SettingsInvalid, SubmissionUnreadable
from grader.gradebook import works
from grader.gradebook.book import Book, ClassRun, Entry, Row
from grader.gradebook.cluster import Cluster
from grader.gradebook.context import Context
from grader.gradebook.judges import COMMAND, Task
from grader.gradebook.layouts import read_layout
from grader.gradebook.matching import match
from grader.gradebook.roster import Roster
from grader.gradebook.sources import open_files
from grader.gradebook.supervisor import Graded, Supervisor
from grader.settings import Settings

MAX_METADATA: Final = 16 * MAX_SOURCE_BYTES  # it has all results and their history
DEFAULT_LIMIT_S: Final = 1800.0


class ClassListener(Protocol):
    """Hears of a class's grading."""

    def problem(self, text: str) -> None:
        """Something can't be used; the rest goes on."""

    def begins(self, students: int, known: int) -> None:
        """So many students have work to grade, and of so many the result is known."""

    def finished(self, graded: Graded, students: Sequence[str]) -> None:
        """A result is in the book, for those who handed that in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What of the machine a run may use. limit_s: for one submission. command: that starts a judge.

    scheduler: the address of a Dask cluster that grades in place of this machine.
    """

    jobs: int
    scheduler: str = ""
    limit_s: float = DEFAULT_LIMIT_S
    command: Sequence[str] = COMMAND


def take_in(
    path: Path, roster: Roster | None, assignment: Assignment, out: Path, book: Book, tell: ClassListener
) -> int:
    """Enter who handed in what, with a copy of it. What can't be used is told, and costs nobody else.

    How many files and rows were left out, or fitted nobody.
    """
    entries = list[Entry]()
    with open_files(path) as files:
        found = read_layout(files.names, lambda name: files.read(name, MAX_METADATA).decode("utf-8", "replace"))
        matched = match(found.handed, roster)
        problems = (*files.problems, *found.problems, *matched.problems)
        for text in (*problems, *found.notes):
            tell.problem(text)
        if not found.handed:
            raise SubmissionUnreadable(
                f"{path} holds no submission; pass the folder or .zip that the platform has made"
            )
        for student, handed in matched.students:
            entry = Entry(student=student, handed=handed)
            if handed:
                for note in handed.notes:
                    tell.problem(f"{student.student}: {note}")
                try:
                    entry = replace(entry, work=works.keep(handed, files, assignment, out))
                except SubmissionUnreadable as error:
                    entry = replace(entry, problem=str(error))
                    tell.problem(f"{student.student}: {error}")
            entries.append(entry)
    book.put_students(entries, str(found.layout))
    return len(problems)


def current(book: Book, assignment: Assignment, settings: Settings, entry: str, seed: int | None) -> ClassRun:
    """The run that counts, or the first one. Raises SettingsInvalid where the class was graded with something else.

    One that has no result yet was of a suite that can't be run, or was ended at once: nothing hinders another one.
    """
    run = book.accepted()
    drawn = run.context.seed if run else random.SystemRandom().randrange(1, 10**6)
    asked = Context.of(assignment, replace(settings, seed=drawn if seed is None else seed), entry)
    differences = run.context.differences(asked) if run else ()
    if run is None or (differences and not book.results(run)):
        run = book.begin(asked, "run")
        book.accept(run, "run")
    elif differences:
        told = "; ".join(differences)
        raise SettingsInvalid(f"this class was graded with {told}; see what changes with it: gradebook regrade DIR")
    return run


def grade_rows(
    book: Book,
    run: ClassRun,
    rows: Sequence[Row],
    out: Path,
    temporary: Path,
    power: Power,
    tell: ClassListener,
    anew: bool = False,
) -> None:
    """Grade what has no result yet; with `anew`, none of another run. Each is in the book as soon as it is there.

    What has a result in this run keeps it, whatever it was graded with: a regrade of some has left the others as they
    were.
    """
    here, students, shas = book.present(run), defaultdict[str, list[str]](list), dict[str, str]()
    for row in rows:
        if row.sha and row.student.student not in here:
            key = run.context.key(row.sha)
            students[key].append(row.student.student)
            shas[key] = row.sha
    own = [here[name] for row in rows if (name := row.student.student) in here]
    # What is in this run goes before a later result, which may not be accepted yet.
    known = {result.key: result.id for result in own}
    latest = {key: known.get(key, None if anew else book.known(key)) for key in shas}
    known = {key: result for key, result in latest.items() if result is not None}
    book.put_entries(run, {student: result for key, result in known.items() for student in students[key]})
    so_far = len(own) + sum(len(students[key]) for key in known)
    tell.begins(len(own) + sum(map(len, students.values())), so_far)
    tasks = [
        Task(key=key, path=str((out / book.path_of(sha)).resolve()), entry=run.context.entry)
        for key, sha in shas.items()
        if key not in known
    ]
    with _pool(run, temporary, power) as pool:
        for graded in pool.run(tasks):
            book.put_result(run, graded, students[graded.key])
            tell.finished(graded, students[graded.key])
    book.finish(run)


def _pool(run: ClassRun, temporary: Path, power: Power) -> Supervisor | Cluster:
    """What grades: judges of this machine, or a cluster."""
    context = run.context
    config = {key: getattr(context, key) for key in ("assignment", "folder", "seed", "effort", "require_isolation")}
    if power.scheduler:
        versions = {**context.versions, "suite": context.suite}
        return Cluster(config, versions, power.scheduler, limit_s=power.limit_s, command=power.command)
    return Supervisor(config, temporary, jobs=power.jobs, limit_s=power.limit_s, command=power.command)
