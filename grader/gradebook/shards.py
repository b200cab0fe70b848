"""A class in parts: each machine grades its share into a folder of its own, and the folders become one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SettingsInvalid
from grader.gradebook.book import Book, Entry, Result, Row
from grader.gradebook.folder import WORKS
from grader.gradebook.handed import HandedIn
from grader.gradebook.supervisor import Graded
from grader.gradebook.works import Work


@dataclass(frozen=True, slots=True)
class Shard:
    """One of so many parts, counted from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """3/10. Raises SettingsInvalid."""
        match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
        shard = cls(int(match[1]), int(match[2])) if match else cls(0, 0)
        if not 1 <= shard.number <= shard.of:
            raise SettingsInvalid(f"--shard {text} is no part; write 3/10 for the third of ten")
        return shard

    def has(self, row: Row) -> bool:
        """Whether that is in this part: identical works are in the same one. Who has no work is in all."""
        return not row.sha or int(row.sha[:15], 16) % self.of == self.number - 1


def merge(sources: Sequence[tuple[Path, Book]], out: Path, book: Book) -> list[str]:
    """Enter all that the sources have, with the copies of the works. Doing it again changes nothing. What to tell.

    Raises SettingsInvalid where they were not graded with the same suite, settings and versions.
    """
    run, told = book.accepted(), list[str]()
    for path, source in sources:
        theirs = source.accepted()
        if theirs is None:
            raise SettingsInvalid(f"{path} has nothing graded; leave it out")
        if run is None:
            run = book.begin(theirs.context, "merge")
            book.accept(run, "merge")
        if differences := run.context.differences(theirs.context):
            raise SettingsInvalid(f"{path} was graded with other settings: {'; '.join(differences)}; grade it again")
    if run is None:
        raise SettingsInvalid("there is nothing to merge; pass the folders of the shards")
    for path, source in sources:
        theirs = source.accepted()
        known = {row.student.student: row for row in book.rows()}
        rows = [row for row in source.rows() if _is_news(row, known, path, told)]
        _copy_works(path, source, rows, out)
        for layout in dict.fromkeys(row.layout for row in rows):
            book.put_students([_entry(row, source) for row in rows if row.layout == layout], layout)
        results = source.results(theirs) if theirs else {}
        own = {row.student.student: row for row in book.rows()}
        for student, result in results.items():
            if student not in own or run.context.key(own[student].sha) != result.key:
                continue
            if (number := book.known(result.key)) is None:
                book.put_result(run, _graded(result, source), [student])
            else:
                book.put_entries(run, {student: number})
        before = {*book.changes.all()}
        for change in source.changes.all():
            if change not in before:
                book.changes.put(change)
    have = book.present(run)
    told += [
        f"{row.student.student} is not graded in any of them; run the shard that has it again"
        for row in book.rows()
        if row.sha and row.student.student not in have
    ]
    book.finish(run)
    return told


def _is_news(row: Row, known: dict[str, Row], path: Path, told: list[str]) -> bool:
    """Whether that row is to be entered: nobody's work takes the place of another work of theirs."""
    before = known.get(row.student.student)
    if before is None or not before.label:
        return True
    if row.label and (row.sha or row.problem) != (before.sha or before.problem):
        told.append(f"{row.student.student} has another work in {path}; the first one stays")
    return False


def _copy_works(path: Path, source: Book, rows: Sequence[Row], out: Path) -> None:
    for row in rows:
        target = out / WORKS / row.sha
        if row.sha and not target.exists():
            temporary = target.with_name(f".{row.sha}")
            shutil.rmtree(temporary, ignore_errors=True)  # of a merge that was killed
            shutil.copytree(path / WORKS / row.sha, temporary)
            temporary.rename(target)


def _entry(row: Row, source: Book) -> Entry:
    handed = HandedIn(label=row.label, files=row.files, is_late=row.is_late, notes=row.notes) if row.label else None
    work = Work(row.sha, source.path_of(row.sha)) if row.sha else None
    return Entry(student=row.student, handed=handed, work=work, problem=row.problem)


def _graded(result: Result, source: Book) -> Graded:
    return Graded(
        key=result.key, outcome=result.outcome, reason=result.reason, card=result.card, page=source.page(result)
    )
