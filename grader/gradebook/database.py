"""The database of a class: one SQLite file, its tables, and the journal that the disk can bear."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grader.errors import SubmissionNotFound

FILE: Final = "gradebook.db"
VERSION: Final = 1
BUSY_S: Final = 30.0
_TABLES: Final = """
create table works (sha text primary key, path text not null);
create table students (
    student text primary key, position integer not null, record text not null, label text not null,
    layout text not null, files text not null, is_late integer not null, notes text not null,
    problem text not null, work text references works
);
create table runs (
    id integer primary key, created text not null, why text not null, context text not null, is_done integer not null
);
create table results (
    id integer primary key, key text not null, outcome text not null, reason text not null, score real, max_score real,
    card text not null, page blob, graded text not null, duration_s real not null
);
create index results_by_key on results (key, id);
create table entries (
    run integer not null references runs, student text not null, result integer not null references results,
    primary key (run, student)
);
create table changes (
    id integer primary key, student text not null, question text not null, points real, text text not null,
    who text not null, at text not null
);
create table accepted (
    id integer primary key, run integer not null references runs, who text not null, at text not null
);
"""


def create(folder: Path) -> sqlite3.Connection:
    """Opens the database of that folder for writing; makes it where there is none."""
    path = folder / FILE
    is_new = not path.exists() or path.stat().st_size == 0
    mode = journal_mode(folder)
    connection = _connect(path)
    connection.execute(f"pragma journal_mode={mode}")
    connection.execute("pragma synchronous=full")
    if is_new or not _version(connection):
        with transaction(connection):
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"pragma user_version={VERSION}")
    return _checked(connection, path)


def open_existing(folder: Path) -> sqlite3.Connection:
    """Opens the database of a class that was graded. Raises SubmissionNotFound."""
    path = folder / FILE
    if not path.is_file():
        raise SubmissionNotFound(
            f"{folder} has no {FILE}; grade a class into it: gradebook run SUBMISSIONS --out {folder}"
        )
    return _checked(_connect(path), path)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it is written, or nothing."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def journal_mode(folder: Path) -> str:
    """WAL where a write through it can be read back, else a rollback journal: WAL fails on NFS, Lustre and GPFS.

    SQLite may say that it uses WAL there, and fail with the first write: so a scratch file is written.
    """
    scratch = folder / "journal-probe.db"
    try:
        with contextlib.closing(sqlite3.connect(scratch, isolation_level=None)) as first:
            if first.execute("pragma journal_mode=wal").fetchone() != ("wal",):
                return "delete"
            first.execute("create table probe (value)")
            first.execute("insert into probe values (1)")
            with contextlib.closing(sqlite3.connect(scratch)) as second:
                return "wal" if second.execute("select value from probe").fetchall() == [(1,)] else "delete"
    except sqlite3.Error:
        return "delete"
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                scratch.with_name(scratch.name + suffix).unlink()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])


def _checked(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    if (found := _version(connection)) != VERSION:
        connection.close()
        raise SubmissionNotFound(
            f"{path} is of version {found}, and this grader reads {VERSION}; use the grader that made it"
        )
    return connection
