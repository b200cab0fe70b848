"""A server of MuGrade's protocol on loopback, with its data in SQLite, for tests."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

SCHEMA = """
CREATE TABLE expected (homework TEXT, problem TEXT, value TEXT, PRIMARY KEY (homework, problem));
CREATE TABLE submissions (id INTEGER PRIMARY KEY, user TEXT, homework TEXT, problem TEXT);
CREATE TABLE results (submission INTEGER, test_case INTEGER, correct INTEGER, PRIMARY KEY (submission, test_case));
"""


class Server(ThreadingHTTPServer):
    """Knows some keys; can be told to fail, to say nonsense, or to keep everybody waiting."""

    def __init__(self, database: Path, keys: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.database, self.keys = database, keys
        self.failures: list[tuple[int, str]] = []  # statuses and texts of the next answers
        self.calls: list[str] = []
        self.waits: threading.Event | None = None  # for as long as it is not set
        with self.open() as connection:
            connection.executescript(SCHEMA)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    @contextlib.contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A connection of one call: committed, and closed."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection, connection:
            yield connection

    def rows(self, query: str) -> list[Any]:
        """What the database holds."""
        with self.open() as connection:
            return connection.execute(query).fetchall()


class Handler(BaseHTTPRequestHandler):
    """One call."""

    server: Server

    def do_POST(self) -> None:
        server, parts = self.server, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.calls.append(parts.path)
        if server.waits:
            server.waits.wait()
        if server.failures:
            self._answer(*server.failures.pop(0))
        elif query["user_key"] not in server.keys:
            self._answer(403, f"no user has the key {query['user_key']}")
        else:
            with server.open() as connection:
                status, answer = self._do(connection, parts.path, query, json.loads(body) if body else None)
            self._answer(status, answer if isinstance(answer, str) else json.dumps(answer))

    def _do(
        self, connection: sqlite3.Connection, path: str, query: dict[str, str], value: Any
    ) -> tuple[int, dict[str, Any] | str]:
        user = self.server.keys[query["user_key"]]
        match path:
            case "/publish" if user != "staff":
                return 403, "only staff publish"
            case "/publish":
                row = (query["assignment"], query["problem"], json.dumps(value))
                connection.execute("INSERT OR REPLACE INTO expected VALUES (?, ?, ?)", row)
                return 200, {"status": "ok"}
            case "/submit":
                row = (user, query["assignment"], query["problem"])
                known = connection.execute("SELECT 1 FROM expected WHERE homework = ? AND problem = ?", row[1:])
                if known.fetchone() is None:
                    return 404, f"no problem {query['problem']}"
                made = connection.execute("INSERT INTO submissions (user, homework, problem) VALUES (?, ?, ?)", row)
                return 200, {"submission_id": made.lastrowid}
            case "/submit_test":
                found = connection.execute(
                    "SELECT value FROM expected NATURAL JOIN submissions WHERE id = ? AND user = ?",
                    (query["submission_id"], user),
                ).fetchone()
                index = int(query["test_case_index"])
                correct = equal(json.loads(found[0])[index], value)
                result = (query["submission_id"], index, correct)
                connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", result)
                return 200, {"correct": correct}
        return 404, "no such call"

    def _answer(self, status: int, text: str) -> None:
        with contextlib.suppress(OSError):  # a client that waits no longer
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", text)
            self.end_headers()
            self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def equal(expected: Any, actual: Any) -> bool:
    """The same structure, numbers up to rounding."""
    match expected:
        case dict():
            return isinstance(actual, dict) and equal(list(expected.items()), list(actual.items()))
        case list() | tuple():
            return (
                isinstance(actual, list | tuple) and len(expected) == len(actual) and all(map(equal, expected, actual))
            )
        case bool() | str() | None:
            return type(actual) is type(expected) and bool(actual == expected)
        case _:
            return type(actual) in (int, float) and math.isclose(expected, actual, rel_tol=1e-5, abs_tol=1e-6)


@contextlib.contextmanager
def running(database: Path, keys: dict[str, str]) -> Iterator[Server]:
    """A server that answers until the end of the block."""
    with Server(database, keys) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            if server.waits:
                server.waits.set()
            server.shutdown()
            thread.join()
