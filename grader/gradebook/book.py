"""The book of a class: what its database holds, as records. Each write is a transaction; one process grades into it."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.gradebook.changes import ChangeLog
from grader.gradebook.context import Context
from grader.gradebook.database import transaction
from grader.gradebook.handed import HandedIn
from grader.gradebook.roster import Student
from grader.gradebook.supervisor import Graded
from grader.gradebook.works import Work
from grader.provenance import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A student, and what they handed in."""

    student: Student
    label: str = ""  # as the platform names it; nothing where there is no work
    layout: str = ""
    files: Mapping[str, str]
    is_late: bool
    notes: tuple[str, ...]
    problem: str = ""
    sha: str = ""  # of the work; nothing where there is none that can be graded


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRun:
    """One grading of the class. Another is beside it, never in its place."""

    id: int
    created: str
    why: str
    context: Context
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one work in one grading."""

    id: int
    key: str
    outcome: str
    reason: str
    card: Mapping[str, Any] | None
    graded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be entered of a student. problem: why there is no work."""

    student: Student
    handed: HandedIn | None = None
    work: Work | None = None
    problem: str = ""


class Book:
    """The database of a class."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.changes = ChangeLog(connection)
        self.close = connection.close

    # --- students ----------------------------------------------------------------------------------------------------

    def put_students(self, entries: Sequence[Entry], layout: str) -> None:
        """Enter who is in the class and what they handed in. Who is in the book stays, with what was handed in before.

        Who was entered under the name of their work, and is known by another one now, keeps results and changes.
        """
        names = {entry.student.student for entry in entries}
        with transaction(self._db):
            for entry in entries:
                if entry.handed:
                    _make_way(self._db, entry.student.student, entry.handed, layout, names)
                if entry.work:
                    self._db.execute("insert or ignore into works values (?, ?)", (entry.work.sha, entry.work.path))
            for position, entry in enumerate(entries):
                name, record = entry.student.student, json.dumps(entry.student.as_dict())
                blank = (name, position, record, "", "", "{}", 0, "[]", "", None)
                self._db.execute(f"insert or ignore into students values ({_marks(blank)})", blank)
                self._db.execute(
                    "update students set position = ?, record = ? where student = ?", (position, record, name)
                )
                if (handed := entry.handed) is not None:
                    files, notes = json.dumps(dict(handed.files)), json.dumps(handed.notes)
                    sha = entry.work.sha if entry.work else None
                    self._db.execute(
                        "update students set label = ?, layout = ?, files = ?, is_late = ?, notes = ?, problem = ?, "
                        "work = ? where student = ?",
                        (handed.label, layout, files, handed.is_late, notes, entry.problem, sha, name),
                    )

    def rows(self) -> tuple[Row, ...]:
        """All students, in the order of the roster."""
        found = self._db.execute("select * from students order by position, student")
        return tuple(
            Row(
                student=Student(**json.loads(row["record"])),
                label=row["label"],
                layout=row["layout"],
                files=json.loads(row["files"]),
                is_late=bool(row["is_late"]),
                notes=tuple(json.loads(row["notes"])),
                problem=row["problem"],
                sha=row["work"] or "",
            )
            for row in found
        )

    def path_of(self, sha: str) -> str:
        """The copy of that work, in the folder of the class."""
        return str(self._db.execute("select path from works where sha = ?", (sha,)).fetchone()[0])

    # --- runs and results --------------------------------------------------------------------------------------------

    def begin(self, context: Context, why: str) -> ClassRun:
        """Enter a new run."""
        with transaction(self._db):
            row = (now(), why, context.as_json(), False)
            self._db.execute("insert into runs (created, why, context, is_done) values (?, ?, ?, ?)", row)
        return self.runs()[-1]

    def runs(self) -> tuple[ClassRun, ...]:
        """All runs, the first one first."""
        return tuple(
            ClassRun(
                id=row["id"],
                created=row["created"],
                why=row["why"],
                context=Context.from_json(row["context"]),
                is_done=bool(row["is_done"]),
            )
            for row in self._db.execute("select * from runs order by id")
        )

    def finish(self, run: ClassRun) -> None:
        """All of it is graded."""
        self._db.execute("update runs set is_done = 1 where id = ?", (run.id,))

    def accept(self, run: ClassRun, who: str) -> None:
        """From now on, that run counts."""
        self._db.execute("insert into accepted (run, who, at) values (?, ?, ?)", (run.id, who, now()))

    def accepted(self) -> ClassRun | None:
        """The run that counts."""
        row = self._db.execute("select run from accepted order by id desc limit 1").fetchone()
        return next((run for run in self.runs() if row and run.id == row["run"]), None)

    def known(self, key: str) -> int | None:
        """The latest result of that key."""
        row = self._db.execute("select max(id) from results where key = ?", (key,)).fetchone()
        return None if row[0] is None else int(row[0])

    def put_result(self, run: ClassRun, graded: Graded, students: Iterable[str]) -> None:
        """Enter a result, for all who handed that in."""
        card = graded.card or {}
        with transaction(self._db):
            page = zlib.compress(graded.page.encode()) if graded.page else None
            score, most, text = card.get("score"), card.get("max_score"), json.dumps(card) if card else ""
            what = (graded.key, graded.outcome, graded.reason, score, most, text, page, now(), graded.duration_s)
            cursor = self._db.execute(f"insert into results values (null, {_marks(what)})", what)
            rows = [(run.id, student, cursor.lastrowid) for student in students]
            self._db.executemany("insert or replace into entries values (?, ?, ?)", rows)

    def put_entries(self, run: ClassRun, entries: Mapping[str, int]) -> None:
        """Enter known results of students."""
        with transaction(self._db):
            rows = [(run.id, student, result) for student, result in entries.items()]
            self._db.executemany("insert or replace into entries values (?, ?, ?)", rows)

    def results(self, run: ClassRun) -> Mapping[str, Result]:
        """The result of each student in that run, of whatever they had handed in then."""
        found = self._db.execute(
            "select entries.student, results.id, key, outcome, reason, card, graded from entries "
            "join results on results.id = entries.result where run = ?",
            (run.id,),
        )
        return {
            row["student"]: Result(
                id=row["id"],
                key=row["key"],
                outcome=row["outcome"],
                reason=row["reason"],
                card=json.loads(row["card"]) if row["card"] else None,
                graded=row["graded"],
            )
            for row in found
        }

    def present(self, run: ClassRun) -> Mapping[str, Result]:
        """The results of that run that are of what is handed in now."""
        contexts = [each.context for each in self.runs()]
        shas = {row.student.student: row.sha for row in self.rows() if row.sha}
        return {
            student: result
            for student, result in self.results(run).items()
            if student in shas and any(context.key(shas[student]) == result.key for context in contexts)
        }

    def page(self, result: Result) -> str:
        """The page for the browser of that result; nothing where there is none."""
        row = self._db.execute("select page from results where id = ?", (result.id,)).fetchone()
        return zlib.decompress(row["page"]).decode() if row["page"] else ""


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _make_way(db: sqlite3.Connection, student: str, handed: HandedIn, layout: str, names: Collection[str]) -> None:
    """Who was called as this work is that student, unless it is one of these. Nobody else makes way."""
    found = db.execute("select student from students where label = ? and layout = ?", (handed.label, layout))
    for (before,) in found.fetchall():
        if before not in names and handed.may_call(before):
            for table in ("changes", "entries"):
                db.execute(f"update or ignore {table} set student = ? where student = ?", (student, before))
            db.execute("delete from students where student = ?", (before,))
