"""The database file, and the journal that the disk can bear."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from grader.errors import SubmissionNotFound
from grader.gradebook import database


def test_journal_is_wal_where_a_write_proves_it(tmp_path: Path) -> None:
    assert database.journal_mode(tmp_path) == "wal"
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("failing", ["create", "insert", "select"])
def test_journal_is_a_rollback_where_the_write_fails(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(sqlite3.Connection):
        def execute(self, sql: str, *rest: object) -> sqlite3.Cursor:
            if sql.startswith(failing):
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(sql)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Refusing))
    assert database.journal_mode(tmp_path) == "delete"
    assert [*tmp_path.iterdir()] == []


def test_transaction_is_whole_or_nothing(tmp_path: Path) -> None:
    with contextlib.closing(database.create(tmp_path)) as connection:
        with contextlib.suppress(ZeroDivisionError), database.transaction(connection):
            connection.execute("insert into works values ('a', 'b')")
            raise ZeroDivisionError
        assert connection.execute("select count(*) from works").fetchone()[0] == 0


def test_database_is_made_once_and_of_one_version(tmp_path: Path) -> None:
    with pytest.raises(SubmissionNotFound, match="gradebook run SUBMISSIONS"):
        database.open_existing(tmp_path)
    database.create(tmp_path).close()
    with contextlib.closing(database.create(tmp_path)) as connection:
        connection.execute("pragma user_version=99")
    with pytest.raises(SubmissionNotFound, match="of version 99"):
        database.open_existing(tmp_path)
